"""The figures of `bigrams/geometry`."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from interp import plots
from interp.report import Panel
from interp.stats import over_seeds

NAMES = {
    "full": "full model", "bigram": "bigram subnetwork", "random": "random, as many weights", "empty": "no weights",
    "untrained": "untrained model",
}  # fmt: skip
"""What the kinds of models are called in figures."""


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """From what `run` returned or its JSON."""
    return (_rotation(metrics["shapes"]), _covariance(metrics["shapes"]))


def _rotation(shapes: Mapping[str, Any]) -> Panel:
    from matplotlib.figure import Figure

    depths = range(len(shapes["full"][0]["to input"]))
    figure = Figure(figsize=(12.4, 3.6), layout="constrained")
    places = figure.subplots(1, 2, sharey=True)
    for ax, way, title in zip(
        places, ("to input", "to output"), ("From the token embedding", "From the last depth"), strict=True
    ):
        lines = {name: _over_seeds(shapes[kind], way) for kind, name in NAMES.items()}
        told = [NAMES[kind] for kind in ("full", "bigram")]
        plots.by_depth(
            depths, {name: lines[name] for name in told}, ax,
            controls={name: line for name, line in lines.items() if name not in told},
            ylabel="median rotation (degrees)" if way == "to input" else "", title=title,
        )  # fmt: skip
    places[0].get_legend().remove()
    return Panel(
        "rotation", figure,
        "The median angle of the eigenvalues of the ridge map from each depth to the raw token embedding, and to the "
        "last depth. Bands: 95 % over three masks, or over three untrained models. No weights: blocks that only add "
        "their biases.",
    )  # fmt: skip


def _over_seeds(shapes: Sequence[Mapping[str, Any]], way: str) -> plots.Curve:
    return plots.curve([over_seeds(list(values)) for values in zip(*(shape[way] for shape in shapes), strict=True)])


def _covariance(shapes: Mapping[str, Any]) -> Panel:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.3 * len(NAMES), 3.4), layout="constrained")
    places = figure.subplots(1, len(NAMES))
    for ax, (kind, name) in zip(places, NAMES.items(), strict=True):
        cells = np.mean([shape["similarity"] for shape in shapes[kind]], axis=0)
        image = ax.imshow(cells, cmap="cividis", vmin=0, vmax=1)
        # In a deep model numbers would hide the picture.
        for (row, column), cell in np.ndenumerate(cells if len(cells) <= 9 else cells[:0]):
            ink = "black" if cell > 0.55 else "white"
            ax.text(column, row, f"{cell:.2f}", ha="center", va="center", fontsize=8, color=ink)
        ax.set_title(name, fontsize=10.5, color=plots.INK, loc="left", fontweight="bold")
        ax.set_xlabel("depth (blocks applied)", fontsize=9, color=plots.INK)
        ax.tick_params(labelsize=8, length=0)
    bar = figure.colorbar(image, ax=list(places), shrink=0.8)
    bar.ax.tick_params(labelsize=8, length=0)
    return Panel(
        "covariance", figure,
        "How alike the covariances of the residual stream are at every two depths: the cosine of the two matrices "
        "after the strongest direction of each is dropped; the mean over seeds.",
    )  # fmt: skip


__all__ = ["NAMES", "panels"]
