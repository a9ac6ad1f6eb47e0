"""The wait curves of all models in the same axes."""

from collections.abc import Mapping
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.mental_math.when_models_wait.naming import SIDES, by_side
from interp import plots
from interp.report import Panel

if TYPE_CHECKING:
    import matplotlib.axes


def waiting(metrics: Mapping[str, Any]) -> Panel:
    """Faithfulness over the share of blocks that wait, sums on the left and differences on the right."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.4, 4.4), layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    for ax, name in zip(axes, SIDES, strict=True):
        for model, style in zip(metrics["planted"], _greys(), strict=False):
            _curve(ax, model, name, style)
        for model, style in zip(metrics["studied"], _colours(), strict=False):
            _curve(ax, model, name, style)
        _dress(ax, name)
    axes[0].set_ylabel("answers kept", fontsize=10, color=plots.INK)
    handles = {line.get_label(): line for ax in axes for line in ax.lines}
    axes[1].legend(
        handles=list(handles.values()), loc="upper left", bbox_to_anchor=(1.01, 1.02), frameon=False, fontsize=9,
        labelcolor=plots.INK, handlelength=2.6,
    )  # fmt: skip
    return Panel(
        "waiting", figure,
        "Of the answers that the full model gets right, the share that are still right when its first blocks do not "
        "run and the conditional mean stands in their place, everything after them as usual. Models are of different "
        "depth, so waiting is counted in shares of it; marks stand at whole blocks. Grey and dashed: models that were "
        "trained to wait. Bars are 95 % over questions.",
    )  # fmt: skip


def _curve(ax: "matplotlib.axes.Axes", model: Mapping[str, Any], name: str, style: Mapping[str, Any]) -> None:
    told = by_side(model).get(name)
    if told is None:
        return
    line = plots.curve(told["waiting"])
    share = np.arange(model["depth"] + 1) / model["depth"]
    ax.plot(share, line.mean, label=model["name"], markersize=4.5, linewidth=1.5, **style)
    ax.vlines(share, line.low, line.high, color=style["color"], linewidth=1.0, alpha=0.6, zorder=style["zorder"])


def _dress(ax: "matplotlib.axes.Axes", name: str) -> None:
    ax.set_title(name, fontsize=10.5, color=plots.INK, loc="left", fontweight="bold")
    ax.set_xlabel("share of the blocks that wait", fontsize=10, color=plots.INK)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(lambda share, _: f"{100 * share:.0f}%")
    ax.set_ylim(-0.02, 1.04)
    ax.grid(True, color=plots.FAINT, linewidth=0.7)
    ax.tick_params(labelsize=9, length=0, labelcolor=plots.INK)
    ax.set_axisbelow(True)
    for edge in ("top", "right", "left"):
        ax.spines[edge].set_visible(False)


def _colours() -> Any:
    """Twelve styles that can be told apart: six colours, filled marks and solid lines first, then open and dotted."""
    first = [
        {"color": colour, "marker": marker, "zorder": 3}
        for colour, marker in zip(plots.COLOURS, plots.MARKERS, strict=True)
    ]
    return cycle([*first, *({**one, "fillstyle": "none", "linestyle": ":"} for one in first)])


def _greys() -> Any:
    return cycle(
        {"color": colour, "linestyle": dashes, "marker": marker, "zorder": 2}
        for colour, dashes, marker in zip(plots.GREYS, plots.DASHES, "sDo", strict=True)
    )


__all__ = ["waiting"]
