"""How the figures of edits lie beside each other."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from interp import plots

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure


def row(
    count: int, width: float, height: float, columns: int = 0
) -> tuple["matplotlib.figure.Figure", list["matplotlib.axes.Axes"]]:
    """So many axes on a figure of their own, each of this size in inches; one row unless `columns` say otherwise."""
    from matplotlib.figure import Figure

    across = columns or count
    down = -(-count // across)
    figure = Figure(figsize=(2.4 + width * across, height * down), layout="constrained")
    every = list(figure.subplots(down, across, squeeze=False).flat)
    for ax in every[count:]:
        ax.set_visible(False)
    return figure, every[:count]


def one_legend(axes: Sequence["matplotlib.axes.Axes"], at: int = -1) -> None:
    """The names of all lines once, beside the axes at one place."""
    keep = axes[at]
    known: dict[str, Any] = {}
    for ax in axes:
        known |= {str(line.get_label()): line for line in ax.lines if not str(line.get_label()).startswith("_")}
        if (legend := ax.get_legend()) is not None:
            legend.remove()
    keep.legend(
        handles=list(known.values()), loc="upper left", bbox_to_anchor=(1.01, 1.02), frameon=False, fontsize=9,
        labelcolor=plots.INK, handlelength=2.6,
    )  # fmt: skip


def dress(ax: "matplotlib.axes.Axes") -> None:
    """Axes that draw their own marks look as those of `interp.plots`."""
    ax.tick_params(labelsize=9, length=0, labelcolor=plots.INK)
    ax.set_axisbelow(True)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)


__all__ = ["dress", "one_legend", "row"]
