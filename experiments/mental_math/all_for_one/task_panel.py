"""Faithfulness by task under one setting, beside what knows nothing of the other tokens."""

from collections.abc import Mapping
from typing import Any

from interp import plots
from interp.report import Panel


def by_task(metrics: Mapping[str, Any]) -> Panel:
    """A line for each task."""
    tasks, setting = metrics["all"]["tasks"], metrics["setting"]["layers"]
    told = metrics["models"][metrics["model"]]["tasks"]
    how = "found" if metrics["setting"]["found"] else "nothing passes, the best"
    ax = plots.axes(8.2, 1.2 + 0.5 * len(tasks))
    for line, (name, one) in enumerate(tasks.items()):
        marks = (
            (f"AF1({setting['wait']}, {setting['transfer']}), {how} on {metrics['lead']}", one["given"], 0, "o", True),
            ("a setting of the task's own", one["own"], 2, "D", True),
            ("the full model, of all prompts", told[name]["base"], 0, "|", False),
            ("no transfer", told[name]["chosen"]["no transfer"], 1, "s", False),
            ("the best single answer", [told[name]["majority"]] * 3, 2, "x", False),
            ("plain mean", told[name]["chosen"]["plain mean and all later blocks"], 0, "v", False),
        )
        for place, (label, (value, low, high, *_), colour, shape, main) in enumerate(marks):
            y = line + 0.13 * (place - 2.5)
            shade = plots.COLOURS[colour] if main else plots.GREYS[colour]
            ax.plot([low, high], [y, y], color=shade, linewidth=1.4)
            ax.plot(value, y, shape, color=shade, markersize=6, linestyle="none", label=None if line else label)
    ax.set_yticks(range(len(tasks)), list(tasks))
    ax.set_ylim(len(tasks) - 0.45, -0.55)
    ax.set_xlim(-0.02, 1.02)
    ax.xaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f}%")
    ax.set_xlabel("right answers kept", fontsize=10, color=plots.INK)
    ax.set_title(f"{metrics['model']}: one setting on every task", fontsize=11, color=plots.INK, loc="left",
                 fontweight="bold")  # fmt: skip
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.02), frameon=False, fontsize=9, labelcolor=plots.INK)
    ax.grid(True, axis="x", color=plots.FAINT, linewidth=0.7)
    ax.tick_params(labelsize=9, length=0, labelcolor=plots.INK)
    ax.set_axisbelow(True)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    return Panel(
        "by_task", ax.figure,
        "The share of the full model's right answers that the subgraph keeps, with the setting found on one task and "
        "with one that each task chose for itself, on prompts that chose nothing. Grey: as long a wait without any "
        "transfer, the answer that is most often right, the plain mean with all later blocks as usual, and how often "
        "the full model is right at all. Bars are 95 % over prompts.",
    )  # fmt: skip


__all__ = ["by_task"]
