"""The story of the report in one figure: what rises with depth, what dictionaries add, what survives the controls."""

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.othello.dictionaries.board_game.seen import NEURONS, PROBE
from experiments.othello.dictionaries.kinds import FIRST, RANDOM
from experiments.othello.dictionaries.rivals.contenders import DIRECTIONS
from experiments.othello.dictionaries.rivals.contenders import NEURONS as NEURON
from experiments.othello.dictionaries.rivals.contenders import PROBE as READER
from experiments.othello.dictionaries.rivals.scores import FOUND
from experiments.othello.dictionaries.stability.flags import NAMES
from experiments.othello.dictionaries.stability.pairs import THRESHOLD
from interp import plots
from interp.report import Panel


def story(metrics: Mapping[str, Any]) -> Panel:
    """Three curves by depth, each beside its controls; the panels that follow say more of each."""
    figure = Figure(figsize=(8.0, 9.6), layout="constrained")
    rises, adds, survives = figure.subplots(3, 1)
    _rises(rises, metrics["board_game"]["sets"])
    _adds(adds, metrics["rivals"]["rivals"])
    _survives(survives, metrics["stability"]["counts"])
    return Panel(
        "story", figure,
        "Top: how much of the board of mine and theirs the reliable detectors among latents, neurons and probe outputs "
        f"rebuild. Middle: the share of all squares and classes that some latent tells with an AUROC of {FOUND}, "
        "beside the probe. Bottom: pairs of latent and square that tell stable discs (the published rule), counted as "
        "in the paper, on other games, and within one ply, where the phase of the game tells nothing any more.",
    )  # fmt: skip


def _rises(ax: Axes, sets: Mapping[str, Any]) -> None:
    lines = {"probe": PROBE, "latents": FIRST, "MLP neurons": NEURONS}
    plots.by_depth(
        range(len(sets[FIRST]["board"]["reconstruction"])),
        {name: plots.curve(sets[key]["board"]["reconstruction"]) for name, key in lines.items()}, ax,
        controls={"latents, random weights": plots.curve(sets[RANDOM]["board"]["reconstruction"])},
        ylabel="board rebuilt (F1)", title="What rises with depth",
    )  # fmt: skip


def _adds(ax: Axes, rivals: Mapping[str, Any]) -> None:
    def curve(name: str) -> plots.Curve:
        return plots.curve([entry and entry["found"] for entry in rivals[name]])

    plots.by_depth(
        range(len(rivals[READER])),
        {"probe": curve(READER), "best latent": curve(FIRST), "best MLP neuron": curve(NEURON)}, ax,
        controls={"best latent, random weights": curve(RANDOM), "random directions": curve(DIRECTIONS[FIRST])},
        percent=True, ylabel=f"AUROC {FOUND} or more", title="What dictionaries add to probes",
    )  # fmt: skip


def _survives(ax: Axes, counts: Mapping[str, Any]) -> None:
    found, random = (counts[name][NAMES[0]] for name in (FIRST, RANDOM))
    plots.by_depth(
        range(len(found)),
        {
            "as published": _level([one["chosen"] for one in found]),
            "on other games": plots.curve([one["confirmed"] for one in found]),
            "and within one ply": _level([one["within"]["ply"][0] for one in found]),
        }, ax,
        controls={"on other games, random weights": plots.curve([one["confirmed"] for one in random])},
        ylabel=f"pairs with AUROC > {THRESHOLD}", title="What survives its controls: stable discs",
    )  # fmt: skip


def _level(values: list[int]) -> plots.Curve:
    return plots.curve([[value] * 3 for value in values])


__all__ = ["story"]
