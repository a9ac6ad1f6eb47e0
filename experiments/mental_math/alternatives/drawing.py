"""Bars with intervals, and axes in rows: what the figures of several subjects share."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from interp import plots

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure


def grid(
    rows: int, columns: int, width: float, height: float, legend: float = 0.0
) -> tuple["matplotlib.figure.Figure", list["matplotlib.axes.Axes"]]:
    """Axes of this size in inches, row after row, on a figure with `legend` more inches at the right."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width * columns + legend, height * rows), layout="constrained")
    return figure, list(figure.subplots(rows, columns, squeeze=False).flat)


def bars(
    ax: "matplotlib.axes.Axes",
    values: Mapping[str, Sequence[float | int]],
    colours: Sequence[str],
    *,
    levels: Mapping[str, float] | None = None,
    title: str = "",
) -> None:
    """A horizontal bar for each interval of shares, the first at the top; `levels` are dashed lines across them."""
    for line, ((value, low, high, *_), colour) in enumerate(zip(values.values(), colours, strict=True)):
        ax.barh(line, value, height=0.62, color=colour, zorder=2)
        ax.plot([low, high], [line, line], color=plots.INK, linewidth=1.3, zorder=3)
        ax.text(
            max(high, value) + 0.02, line, f"{100 * value:.0f}", va="center", fontsize=8.5, color=plots.INK, zorder=4,
            bbox={"facecolor": "white", "linewidth": 0, "pad": 0.8},
        )  # fmt: skip
    for (name, level), dashes, grey in zip((levels or {}).items(), plots.DASHES, plots.GREYS, strict=False):
        ax.axvline(level, color=grey, linestyle=dashes, linewidth=1.3, label=name, zorder=2.5)
    ax.set_yticks(range(len(values)), list(values), fontsize=9)
    ax.set_ylim(len(values) - 0.4, -0.6)
    ax.set_xlim(0, 1.12)
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1])
    ax.xaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f}%")
    dress(ax, title)
    ax.grid(True, axis="x", color=plots.FAINT, linewidth=0.7)


def dress(ax: "matplotlib.axes.Axes", title: str = "") -> None:
    """Axes that draw their own marks look as those of `interp.plots`."""
    ax.set_title(title, fontsize=10.5, color=plots.INK, loc="left", fontweight="bold")
    ax.tick_params(labelsize=9, length=0, labelcolor=plots.INK)
    ax.set_axisbelow(True)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)


def one_legend(axes: Sequence["matplotlib.axes.Axes"], at: int = -1) -> None:
    """The names of all lines once, beside one of the axes."""
    known: dict[str, Any] = {}
    for ax in axes:
        known |= {str(line.get_label()): line for line in ax.lines if not str(line.get_label()).startswith("_")}
        if (legend := ax.get_legend()) is not None:
            legend.remove()
    axes[at].legend(
        handles=list(known.values()), loc="upper left", bbox_to_anchor=(1.01, 1.02), frameon=False, fontsize=9,
        labelcolor=plots.INK, handlelength=2.6,
    )  # fmt: skip


__all__ = ["bars", "dress", "grid", "one_legend"]
