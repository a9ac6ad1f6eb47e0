"""The figures of the styles."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from interp import plots
from interp.report import Panel

if TYPE_CHECKING:
    import matplotlib.axes

_BARS = {"given": ("setting of the plain style", plots.COLOURS[0]), "own": ("setting of its own", plots.COLOURS[4])}
_MARKS = {
    "base": ("accuracy of the full model", "o", plots.INK),
    "no transfer": ("no transfer", "v", plots.GREYS[0]),
}


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """What each style keeps, and how long it can wait."""
    return (_bars(metrics), _waiting(metrics))


def _bars(metrics: Mapping[str, Any]) -> Panel:
    from matplotlib.figure import Figure

    tasks = metrics["tasks"]
    figure = Figure(figsize=(10.4, 2.9 * len(tasks) + 0.3), layout="constrained")
    axes = figure.subplots(len(tasks), 1, sharex=True, squeeze=False)[:, 0]
    for ax, (task, styles) in zip(axes, tasks.items(), strict=True):
        for place, told in enumerate(styles.values()):
            _style(ax, place, told)
        ax.set_xticks(range(len(styles)), [style.replace(" ", "\n") for style in styles], fontsize=9.5)
        ax.set_xlim(-0.5, len(styles) - 0.5)
        ax.set_ylim(0, 1.06)
        ax.yaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f}%")
        _dress(ax, task)
    handles = {handle.get_label(): handle for ax in axes for handle in [*ax.containers, *ax.lines]}
    axes[0].legend(
        handles=[handle for label, handle in handles.items() if not str(label).startswith("_")], loc="upper left",
        bbox_to_anchor=(1.01, 1.02), frameon=False, fontsize=9, labelcolor=plots.INK,
    )  # fmt: skip
    layers = metrics["setting"]["layers"]
    return Panel(
        "styles", figure,
        "Of the answers that the full model gets right in each style, the share that the subgraph keeps: with the "
        f"setting that was found on bare sums (wait {layers['wait']}, transfer {layers['transfer']} of "
        f"{metrics['depth']} blocks), and with one that was chosen in the style itself. Conditional means are of the "
        "style's own prompts. Beside it what a last token knows that sees no other, and the best single answer to "
        "everything. Bars are 95 % over prompts; a style that the full model does not answer has no bars.",
    )  # fmt: skip


def _style(ax: "matplotlib.axes.Axes", place: int, told: Mapping[str, Any]) -> None:
    if told["base"] is not None:
        label, marker, colour = _MARKS["base"]
        ax.plot(place - 0.36, told["base"][0], marker, color=colour, fillstyle="none", markersize=6, linestyle="",
                label=label)  # fmt: skip
    if not told["answered"]:
        ax.text(place + 0.03, 0.04, "not answered", ha="center", fontsize=9, color=plots.GREYS[0])
        return
    for number, (name, (label, colour)) in enumerate(_BARS.items()):
        value, low, high, *_ = told[name]
        x = place - 0.15 + 0.3 * number
        ax.bar(x, value, width=0.28, color=colour, label=label, zorder=2)
        ax.vlines(x, low, high, color=plots.INK, linewidth=1.2, zorder=3)
    label, marker, colour = _MARKS["no transfer"]
    ax.plot(place + 0.37, told["no transfer"][0], marker, color=colour, markersize=6, linestyle="", label=label)
    ax.plot(
        [place - 0.32, place + 0.32], 2 * [told["majority"][0]], color=plots.GREYS[2], linestyle=plots.DASHES[0],
        linewidth=1.6, label="best single answer", zorder=4,
    )  # fmt: skip


def _dress(ax: "matplotlib.axes.Axes", title: str) -> None:
    ax.set_title(title, fontsize=10.5, color=plots.INK, loc="left", fontweight="bold")
    ax.set_ylabel("answers kept", fontsize=10, color=plots.INK)
    ax.grid(True, axis="y", color=plots.FAINT, linewidth=0.7)
    ax.tick_params(labelsize=9, length=0, labelcolor=plots.INK)
    ax.set_axisbelow(True)
    for edge in ("top", "right", "left"):
        ax.spines[edge].set_visible(False)


def _waiting(metrics: Mapping[str, Any]) -> Panel:
    from matplotlib.figure import Figure

    tasks, depths = metrics["tasks"], range(metrics["depth"] + 1)
    figure = Figure(figsize=(5.0 * len(tasks) + 1.6, 3.6), layout="constrained")
    axes = figure.subplots(1, len(tasks), sharey=True, squeeze=False)[0]
    for ax, (task, styles) in zip(axes, tasks.items(), strict=True):
        lines = {style: plots.curve(told["waiting"]) for style, told in styles.items() if told["answered"]}
        if lines:
            baseline = max(told["majority"][0] for told in styles.values() if told["answered"])
            plots.by_depth(
                depths, lines, ax, controls={"best single answer": baseline}, percent=True, title=task,
                xlabel="blocks that wait", ylabel="answers kept" if ax is axes[0] else "",
            )  # fmt: skip
            ax.set_ylim(-0.02, 1.04)
            if ax is not axes[-1]:
                ax.get_legend().remove()
    return Panel(
        "styles_waiting", figure,
        "The share of right answers that are kept when the first blocks do not run and the conditional mean stands in "
        "their place, everything after them as usual. Styles that the full model does not answer are left out. Bands "
        "are 95 % over prompts.",
    )  # fmt: skip


__all__ = ["panels"]
