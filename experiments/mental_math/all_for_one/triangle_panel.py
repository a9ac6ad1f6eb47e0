"""The triangle of all settings as a heat map, one for each model and task."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from interp import plots
from interp.report import Panel

if TYPE_CHECKING:
    import matplotlib.axes

_NUMBERS = 9
"""Depth up to which a cell has room for its number."""


def triangles(metrics: Mapping[str, Any]) -> Panel:
    """A row for each task that other models were asked, or the task to lead where there are no others."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure

    models = metrics["models"]
    shared = {each for name, model in models.items() if name != metrics["model"] for each in model["tasks"]}
    tasks = [each for each in models[metrics["model"]]["tasks"] if each in {*shared, metrics["lead"]}]
    figure = Figure(figsize=(0.8 + 3.2 * len(models), 3.5 * len(tasks)), layout="constrained")
    grid = figure.subplots(len(tasks), len(models), squeeze=False)
    for row, each in zip(grid, tasks, strict=True):
        for ax, (name, model) in zip(row, models.items(), strict=True):
            if each not in model["tasks"]:
                ax.set_visible(False)
                continue
            _draw(ax, f"{name}, {each}", model["tasks"][each])
    bar = figure.colorbar(ScalarMappable(Normalize(0, 1), "cividis"), ax=grid, shrink=0.7)
    bar.set_label("right answers kept", fontsize=9, color=plots.INK)
    bar.ax.yaxis.set_major_formatter(lambda fraction, _: f"{100 * fraction:.0f}%")
    bar.ax.tick_params(labelsize=8, length=0)
    return Panel(
        "triangles", figure,
        "Every setting: so many blocks wait, in so many after them the last token sees the others, in the rest it sees "
        "itself and the first token. In per cent of the prompts that the full model answers right. Framed: what the "
        "search chose on other prompts, dashed when nothing passed and this is only the best that waits. Dots: the "
        "frontier. The first column, no transfer, is the control: nothing of other tokens can be known there.",
    )  # fmt: skip


def _draw(ax: "matplotlib.axes.Axes", title: str, told: Mapping[str, Any]) -> None:
    from matplotlib import colormaps
    from matplotlib.patches import Rectangle

    cells = _square(told["scores"])
    shades = colormaps["cividis"].with_extremes(bad="white")
    ax.imshow(np.ma.masked_invalid(cells), cmap=shades, vmin=0, vmax=1)
    if len(cells) <= _NUMBERS + 1:
        for wait, transfer in np.argwhere(np.isfinite(cells)):
            ink = "black" if cells[wait, transfer] > 0.5 else "white"
            ax.text(transfer, wait, _percent(cells[wait, transfer]), ha="center", va="center", fontsize=7.5, color=ink)
    for wait, transfer in told["search"]["frontier"]:
        ax.plot(transfer + 0.36, wait - 0.36, "o", color=plots.COLOURS[1], markersize=3.5)
    setting, found = told["chosen"]["layers"], told["search"]["found"] is not None
    corner = setting["transfer"] - 0.5, setting["wait"] - 0.5
    dashes = "-" if found else ":"
    ax.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=plots.COLOURS[1], linewidth=2, linestyle=dashes))
    every = range(0, len(cells), 1 if len(cells) <= 16 else 4)
    ax.set_xticks(every)
    ax.set_yticks(every)
    ax.set_xlabel("blocks that transfer", fontsize=9, color=plots.INK)
    ax.set_ylabel("blocks that wait", fontsize=9, color=plots.INK)
    ax.set_title(title, fontsize=10.5, color=plots.INK, loc="left", fontweight="bold")
    ax.tick_params(labelsize=8.5, length=0, labelcolor=plots.INK)
    for side in ("top", "right", "left", "bottom"):
        ax.spines[side].set_visible(False)


def _square(rows: Sequence[Sequence[float]]) -> np.ndarray:
    """The rows of a triangle in a square with NaN."""
    cells = np.full((len(rows), len(rows)), np.nan)
    for wait, row in enumerate(rows):
        cells[wait, : len(row)] = row
    return cells


def _percent(share: float) -> str:
    """No 100 that is less than all."""
    return f"{100 * share:.0f}" if share in (0, 1) or 0.005 < share < 0.995 else f"{100 * share:.1f}"


__all__ = ["triangles"]
