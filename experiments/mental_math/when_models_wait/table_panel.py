"""One line per model: what it can do, how long it waits, and its best subgraph that waits at all."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from experiments.mental_math.when_models_wait.naming import SIDES, by_side, side
from interp import plots
from interp.report import Panel

if TYPE_CHECKING:
    import matplotlib.axes

_STYLES = dict(zip(SIDES, zip(plots.COLOURS, plots.MARKERS, strict=True), strict=False))
_COLUMNS = {
    "accuracy": lambda told: told["base"],
    "longest wait, of all blocks": lambda told: [told["share"]] * 3,
    "best subgraph that waits": lambda told: told["best"]["faithful"],
}


def table(metrics: Mapping[str, Any]) -> Panel:
    """Three columns of dots, a row for each model; those that were trained to wait come last."""
    from matplotlib.figure import Figure

    models = [*metrics["studied"], *metrics["planted"]]
    figure = Figure(figsize=(10.4, 1.5 + 0.31 * len(models)), layout="constrained")
    axes = figure.subplots(1, len(_COLUMNS), sharey=True)
    for ax, (title, read) in zip(axes, _COLUMNS.items(), strict=True):
        for line, model in enumerate(models):
            _dots(ax, line, by_side(model), read, line >= len(metrics["studied"]))
        ax.axhline(len(metrics["studied"]) - 0.5, color=plots.FAINT, linewidth=0.7)
        _dress(ax, title)
    for line, model in enumerate(models):
        for name, told in by_side(model).items():
            axes[2].plot(told["majority"], line + _offset(name), "|", color=plots.GREYS[0], markersize=8,
                         label="best single answer")  # fmt: skip
        for name, told in model["tasks"].items():
            if "accuracy in training" in told:
                colour, marker = _STYLES[side(name)]
                axes[0].plot(told["accuracy in training"], line + _offset(side(name)), marker, color=colour,
                             markersize=6, fillstyle="none")  # fmt: skip
    axes[0].axvline(metrics["able"], color=plots.GREYS[1], linestyle=plots.DASHES[1], linewidth=1.2)
    axes[2].axvline(metrics["threshold"], color=plots.GREYS[1], linestyle=plots.DASHES[1], linewidth=1.2)
    axes[0].set_yticks(range(len(models)), _names(metrics))
    axes[0].set_ylim(len(models) - 0.4, -0.6)
    handles = {str(drawn.get_label()): drawn for drawn in reversed(axes[2].lines)}
    shown = [drawn for label, drawn in handles.items() if not label.startswith("_")]
    axes[2].legend(
        handles=shown[::-1], loc="upper left", bbox_to_anchor=(1.01, 1.02), frameon=False, fontsize=9,
        labelcolor=plots.INK,
    )  # fmt: skip
    return Panel(
        "models", figure,
        "What each model was changed in and what came of it. Left: accuracy; models left of the dotted line do not "
        "count, and those with open marks, from the end of their training, were not looked at further. Middle: the "
        "longest wait that keeps 95 % of the answers with everything after it as usual. Right: the most that any "
        "all-for-one subgraph keeps which waits a block or more, chosen on other questions, beside the best single "
        "answer to all. The last rows were trained to wait. Bars are 95 % over questions.",
    )  # fmt: skip


def _dots(ax: "matplotlib.axes.Axes", line: int, sides: Mapping[str, Any], read: Any, planted: bool) -> None:
    for name, told in sides.items():
        colour, marker = _STYLES[name]
        value, low, high, *_ = read(told)
        y = line + _offset(name)
        ax.plot([low, high], [y, y], color=plots.GREYS[0] if planted else colour, linewidth=1.4, zorder=2)
        ax.plot(value, y, marker, color=plots.GREYS[0] if planted else colour, markersize=6, zorder=3,
                label=name)  # fmt: skip


def _offset(name: str) -> float:
    return 0.3 * (SIDES.index(name) - 0.5)


def _names(metrics: Mapping[str, Any]) -> Sequence[str]:
    return [model["name"] for model in metrics["studied"]] + [
        f"trained to wait: {m['name']}" for m in metrics["planted"]
    ]


def _dress(ax: "matplotlib.axes.Axes", title: str) -> None:
    ax.set_title(title, fontsize=10.5, color=plots.INK, loc="left", fontweight="bold")
    ax.set_xlim(-0.04, 1.04)
    ax.xaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f}%")
    ax.grid(True, axis="x", color=plots.FAINT, linewidth=0.7)
    ax.tick_params(labelsize=9, length=0, labelcolor=plots.INK)
    ax.set_axisbelow(True)
    for edge in ("top", "right", "left"):
        ax.spines[edge].set_visible(False)


__all__ = ["table"]
