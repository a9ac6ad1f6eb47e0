"""The figure of two seeds: which latents come again, how much is found, and where."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.othello.dictionaries.kinds import FIRST, RANDOM, SECOND
from interp import plots
from interp.report import Panel

if TYPE_CHECKING:
    import matplotlib.axes


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """One figure of three rows."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.2, 10.0), layout="constrained")
    latents, found, maps = figure.subplots(3, 1)
    _latents(metrics["partners"], latents)
    _found(metrics["found"], found)
    _where(metrics["maps"], maps)
    return (
        Panel(
            "seeds", figure,
            "Two dictionaries of every depth that differ in their seed alone (the model is one and the same). Above: "
            "decoder directions, matched one to one or by their number; controls turn the second decoder at random. "
            "Middle: pairs (square, class) whose best latent reaches an AUROC of 0.9 on other games. Below: how alike "
            "the maps of hits are over squares. Bands are 95 % over latents; a gap: a map without any variation.",
        ),
    )  # fmt: skip


def _latents(partners: Sequence[Mapping[str, Any]], ax: "matplotlib.axes.Axes") -> None:
    lines = {
        "mean cosine, one to one": plots.curve([one["mean"]["value"] for one in partners]),
        "share above 0.7": plots.curve([one["alike"]["0.7"]["value"] for one in partners]),
        "share above 0.9": plots.curve([one["alike"]["0.9"]["value"] for one in partners]),
        "mean cosine, same number": plots.curve([one["same_number"]["value"] for one in partners]),
    }
    controls: dict[str, plots.Curve | float] = {
        "mean cosine, rotated": plots.curve([one["mean"]["control"] for one in partners]),
        "share above 0.7, rotated": _bare([one["alike"]["0.7"]["control"] for one in partners]),
    }
    plots.by_depth(range(len(partners)), lines, ax, controls=controls, title="Which latents come again", xlabel="")


def _found(found: Mapping[str, Any], ax: "matplotlib.axes.Axes") -> None:
    lines = {name: _bare(found[name]["0.9"]) for name in (FIRST, SECOND)}
    depths = range(len(found[FIRST]["0.9"]))
    plots.by_depth(depths, lines, ax, controls={RANDOM: _bare(found[RANDOM]["0.9"])}, ylabel="pairs", xlabel="",
                   title="How many pairs are found")  # fmt: skip


def _where(maps: Mapping[str, Any], ax: "matplotlib.axes.Axes") -> None:
    lines = {"the other seed": _bare(maps["seeds"])}
    controls: dict[str, plots.Curve | float] = {"random weights, all best triples": _bare(maps["random weights"])}
    plots.by_depth(range(len(maps["seeds"])), lines, ax, controls=controls, ylabel="correlation over squares",
                   title="On which squares")  # fmt: skip


def _bare(values: Sequence[float | int | None]) -> plots.Curve:
    line = np.array([np.nan if value is None else value for value in values], np.float64)
    return plots.Curve(line, line, line)


__all__ = ["panels"]
