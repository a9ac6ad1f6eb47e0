"""Rows of axes and their dress, for the figures of this experiment."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from interp import plots

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

TICKS = (0, 1, 10, 100, 1000, 10_000, 100_000)


def row(count: int, width: float) -> "list[matplotlib.axes.Axes]":
    """Axes side by side on a figure of their own, each `width` inches wide."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width * count, 3.8), layout="constrained")
    return list(figure.subplots(1, count, squeeze=False)[0])


def whole(ax: "matplotlib.axes.Axes") -> "matplotlib.figure.FigureBase":
    """The figure that the axes lie on."""
    return ax.figure


def times(steps: Sequence[float] | Sequence[int]) -> Any:
    """Where steps lie on an axis that has room for 0: ln(1 + step)."""
    return np.log1p(np.asarray(steps, np.float64))


def ticks(ax: "matplotlib.axes.Axes", steps: Sequence[int]) -> None:
    """Label an axis of `times` with steps that are powers of 10."""
    shown = [tick for tick in TICKS if tick <= steps[-1]]
    ax.set_xticks(times(shown), [f"{tick:,}" for tick in shown])
    ax.set_xlabel("training step", fontsize=10, color=plots.INK)


def bare(values: Any) -> plots.Curve:
    """A line without a band."""
    line = np.asarray(values, np.float64)
    return plots.Curve(line, line, line)


def plain(ax: "matplotlib.axes.Axes", xlabel: str, title: str) -> None:
    """The dress of axes that `interp.plots` did not draw."""
    ax.set_xlabel(xlabel, fontsize=10, color=plots.INK)
    ax.set_title(title, fontsize=11, color=plots.INK, loc="left", fontweight="bold")
    ax.grid(True, color=plots.FAINT, linewidth=0.7)
    ax.set_axisbelow(True)
    ax.tick_params(labelsize=9, length=0, labelcolor=plots.INK)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)


__all__ = ["TICKS", "bare", "plain", "row", "ticks", "times", "whole"]
