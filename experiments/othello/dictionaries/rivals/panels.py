"""Rivals by depth, decoders beside probes, and the board in the reconstruction."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from experiments.othello.dictionaries.kinds import FIRST, PUBLISHED, RANDOM, SECOND
from experiments.othello.dictionaries.rivals.contenders import DIRECTIONS, NEURONS, PROBE
from experiments.othello.dictionaries.rivals.kept import PARTS
from experiments.othello.dictionaries.rivals.scores import FOUND
from interp import plots
from interp.report import Panel

_LINES = {
    PROBE: "probe",
    FIRST: "best latent, first seed",
    SECOND: "best latent, second seed",
    PUBLISHED: "best latent, published kind",
    NEURONS: "best MLP neuron",
}
_CONTROLS = {RANDOM: "best latent, random weights", DIRECTIONS[FIRST]: "best of random directions"}


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """One metric on one split; cosines; what the reconstruction keeps."""
    return (_rivals(metrics["rivals"]), _cosines(metrics["cosines"]), _kept(metrics["kept"]))


def _rivals(rivals: Mapping[str, Any]) -> Panel:
    figure = Figure(figsize=(7.6, 9.0), layout="constrained")
    views = (
        ("auroc", "mean AUROC", False),
        ("f1", "mean F1", False),
        ("found", f"share with AUROC {FOUND} or more", True),
    )
    for ax, (key, label, percent) in zip(figure.subplots(3, 1), views, strict=True):
        lines, controls = (
            {line: plots.curve([entry and entry[key] for entry in rivals[name]]) for name, line in names.items()}
            for names in (_LINES, _CONTROLS)
        )
        plots.by_depth(range(len(rivals[PROBE])), lines, ax, controls=controls, percent=percent, ylabel=label,
                       title={"auroc": "Every square and class: who knows it best"}.get(key, ""))  # fmt: skip
    return Panel(
        "rivals", figure,
        "For each square and each of mine, theirs and empty the best of every kind, chosen by AUROC on some games and "
        "measured on others. Neurons stand at the depth after their block. Bands resample squares.",
    )  # fmt: skip


def _cosines(cosines: Mapping[str, Any]) -> Panel:
    ax = plots.by_depth(
        range(len(cosines[FIRST]["mean"])),
        {name: plots.curve(found["mean"]) for name, found in cosines.items()},
        controls={f"{name}, rotated": plots.curve(cosines[name]["rotated"]) for name in (FIRST, PUBLISHED)},
        ylabel="highest |cosine|, mean over squares", title="Decoder rows beside mine/theirs directions of probes",
    )  # fmt: skip
    return Panel(
        "rival_cosines", ax.figure,
        "How near the nearest decoder row comes to each square's direction of mine against theirs, with either sign. "
        "Grey: the decoder as a whole rotated at random. Bands resample squares; those of the controls are over draws.",
    )  # fmt: skip


def _kept(kept: Mapping[str, Any]) -> Panel:
    ax = plots.by_depth(
        range(len(kept[FIRST][PARTS[0]])),
        {part: plots.curve(kept[FIRST][part]) for part in PARTS},
        controls={
            "majority of each square": kept["majority"][0],
            **{f"{part}, random weights": plots.curve(kept[RANDOM][part]) for part in PARTS[:2]},
        },
        percent=True, ylabel="squares read right", title="Does the dictionary keep the board?",
    )  # fmt: skip
    return Panel(
        "board_kept", ax.figure,
        "Least-squares probes of mine/theirs/empty, fitted anew to the activations, to what the dictionary makes of "
        "them, and to the difference of both. Bands are 95 % over games.",
    )  # fmt: skip


__all__ = ["panels"]
