"""Figures of where masks lie."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from interp import plots

if TYPE_CHECKING:
    import matplotlib.figure

EVEN = "same part\nof each"


def stacked(places: Mapping[str, Mapping[str, Any]]) -> "matplotlib.figure.Figure":
    """A bar for each mask, from the first block at the bottom to the last: MLPs filled, attention pale.

    `places` are what `experiments.bigrams.places.placed` tells, by name.
    """
    from matplotlib.figure import Figure

    bars = {**places, EVEN: next(iter(places.values()))["uniform"]}
    figure = Figure(figsize=(2.6 + 0.72 * len(bars), 4.2), layout="constrained")
    ax = figure.add_subplot()
    bottom = np.zeros(len(bars))
    for block in range(len(bars[EVEN]["mlp"])):
        colour = plots.COLOURS[block % len(plots.COLOURS)]
        for part, alpha in (("mlp", 1.0), ("attention", 0.4)):
            heights = np.array([place[part][block] for place in bars.values()])
            label = f"{'MLP' if part == 'mlp' else 'attention'} of block {block}"
            ax.bar(range(len(bars)), heights, 0.7, bottom=bottom, color=colour, alpha=alpha, label=label)
            bottom += heights
    ax.set_xticks(range(len(bars)), list(bars))
    ax.yaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f}%")
    ax.set_ylabel("share of the kept weights", fontsize=10, color=plots.INK)
    ax.set_title("Where the kept weights lie", fontsize=11, color=plots.INK, loc="left", fontweight="bold")
    ax.tick_params(labelsize=8, length=0, labelcolor=plots.INK)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    handles, labels = ax.get_legend_handles_labels()
    ax.legend(
        handles[::-1], labels[::-1], loc="upper left", bbox_to_anchor=(1.01, 1.02), frameon=False, fontsize=9,
        labelcolor=plots.INK,
    )  # fmt: skip
    return figure


def by_kind(places: Mapping[str, Mapping[str, Any]]) -> "matplotlib.figure.Figure":
    """A line for each mask over the kinds of matrices: its share over that of a mask which prefers none."""
    first = next(iter(places.values()))
    kinds = list(first["kinds"])
    lines = {}
    for name, place in places.items():
        ratio = np.array([place["kinds"][kind] / place["uniform"]["kinds"][kind] for kind in kinds])
        lines[name.replace("\n", ", ")] = plots.Curve(ratio, ratio, ratio)
    ax = plots.curves(
        range(len(kinds)), lines, controls={"same part of each": 1.0},
        ylabel="times its even part", title="Which matrices are preferred",
    )  # fmt: skip
    ax.set_xticks(range(len(kinds)), [kind.replace("_", " ") for kind in kinds])
    figure: matplotlib.figure.Figure = ax.figure  # type: ignore[assignment]
    return figure


__all__ = ["EVEN", "by_kind", "stacked"]
