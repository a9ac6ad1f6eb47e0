"""Numbers with their intervals, one under the other: for what has a name and no place on an axis."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from interp import plots

if TYPE_CHECKING:
    import matplotlib.axes


def dots(
    ax: "matplotlib.axes.Axes",
    values: Mapping[str, Sequence[float | int]],
    *,
    controls: Sequence[str] = (),
    levels: Mapping[str, float] | None = None,
    xlabel: str = "",
    title: str = "",
    form: str = ".3g",
) -> None:
    """A dot and a line for each interval, the first at the top; `controls` are grey, `levels` dashed uprights."""
    for line, (name, (value, low, high, *_)) in enumerate(values.items()):
        colour = plots.GREYS[1] if name in controls else plots.COLOURS[0]
        ax.plot([low, high], [line, line], color=colour, linewidth=2.2, alpha=0.55, zorder=2)
        ax.plot([value], [line], marker="o", markersize=6, color=colour, zorder=3)
        ax.annotate(
            format(value, form), (max(value, high), line), xytext=(6, 0), textcoords="offset points", va="center",
            fontsize=8.5, color=plots.INK,
        )  # fmt: skip
    for (name, level), dashes in zip((levels or {}).items(), plots.DASHES, strict=False):
        ax.axvline(level, color=plots.GREYS[0], linestyle=dashes, linewidth=1.2, label=name, zorder=1)
    if levels:
        ax.legend(loc="upper left", bbox_to_anchor=(0, -0.16), frameon=False, fontsize=8.5, labelcolor=plots.INK)
    ax.set_yticks(range(len(values)), list(values), fontsize=9)
    ax.set_ylim(len(values) - 0.5, -0.5)
    ax.margins(x=0.14)
    ax.set_xlabel(xlabel, fontsize=10, color=plots.INK)
    ax.set_title(title, fontsize=10.5, color=plots.INK, loc="left", fontweight="bold")
    ax.tick_params(labelsize=9, length=0, labelcolor=plots.INK)
    ax.grid(True, axis="x", color=plots.FAINT, linewidth=0.7, zorder=0)
    ax.set_axisbelow(True)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)


__all__ = ["dots"]
