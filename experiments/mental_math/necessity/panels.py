"""The figures of `mental_math/necessity`."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.mental_math.alternatives.drawing import bars, dress, grid, one_legend
from experiments.mental_math.alternatives.subjects import title
from interp import plots
from interp.report import Panel

_TOP = 1.04
"""Where axes of shares end, so that lines at 1 are seen."""


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """From what `run` returned or its JSON; figures of heads only where there are any."""
    subjects = metrics["subjects"]
    drawn = [_blocks(subjects)]
    if pruned := [one for one in subjects if one["heads"] is not None]:
        drawn.append(_pruning(pruned))
    if looking := [one for one in subjects if one["looking"] is not None]:
        drawn.append(_looking(looking))
    return drawn


def _name(one: Mapping[str, Any]) -> str:
    return title(one["told"]["model"], one["told"]["task"])


def _blocks(subjects: Sequence[Mapping[str, Any]]) -> Panel:
    most = max(one["depth"] for one in subjects)
    figure, places = grid(len(subjects), 2, 4.6, max(2.6, 1.1 + 0.26 * most), legend=1.6)
    for row, one in enumerate(subjects):
        depth, chosen, blocks = one["depth"], one["chosen"], one["blocks"]
        transfer = chosen["transfer blocks, from 0"]
        bars(
            places[2 * row],
            {f"block {block}": kept for block, kept in enumerate(blocks["one"])},
            [plots.COLOURS[1] if block in transfer else plots.GREYS[2] for block in range(depth)],
            levels={"best single answer": one["majority"]},
            title=f"{_name(one)}{'' if chosen['found'] else ' (none found)'}",
        )
        more = places[2 * row + 1]
        lines = {name: plots.curve(kept) for name, kept in blocks["more"].items()}
        plots.curves(
            range(1, depth + 1), lines, more, controls={"best single answer": one["majority"]}, percent=True,
            xlabel="blocks knocked out", title="more and more of them",
        )  # fmt: skip
        more.set_ylim(-0.04, _TOP)
        more.set_xticks(range(1, depth + 1, 1 if depth <= 16 else 3))
    one_legend(places, at=1)
    return Panel(
        "knockouts", figure,
        "Right answers that the model keeps when the last token sees nothing but the first one and itself in a block, "
        "all else being as usual. Left: in one block at a time, transfer blocks of the subgraph in orange (where none "
        "was found: all blocks but the first). Right: in more and more of them. Lines and bands are 95 % over prompts.",
    )  # fmt: skip


def _pruning(subjects: Sequence[Mapping[str, Any]]) -> Panel:
    figure, places = grid(len(subjects), 1, 5.4, 2.9, legend=2.3)
    for ax, one in zip(places, subjects, strict=True):
        heads = one["heads"]
        orders = np.array(heads["random orders"])
        random = plots.Curve(orders.mean(0), orders.min(0), orders.max(0))
        plots.curves(
            range(len(heads["curve"])), {"least needed first": plots.curve(heads["curve"])}, ax,
            controls={"random orders": random, "best single answer": one["majority"]}, percent=True,
            xlabel="heads gone", ylabel="faithfulness", title=_name(one),
        )  # fmt: skip
        ax.axvline(heads["gone"], color=plots.INK, linewidth=0.9, linestyle=plots.DASHES[1], zorder=1)
        ax.set_ylim(-0.04, _TOP)
        ax.set_xticks(range(0, len(heads["curve"]), 1 if len(heads["curve"]) <= 16 else 8))
    one_legend(places, at=0)
    return Panel(
        "pruning", figure,
        "Faithfulness of the subgraph as its transfer heads stop peeking one by one. The order was chosen on other "
        "prompts, ranked anew at every step; the dotted upright is where it stops. Blue band: 95 % over prompts; grey "
        "band: least and most of the random orders.",
    )  # fmt: skip


def _looking(subjects: Sequence[Mapping[str, Any]]) -> Panel:
    most = max(len(one["heads"]["survivors"]) for one in subjects)
    widest = max(len(one["told"]["slots"]) for one in subjects)
    figure, places = grid(len(subjects), 2, 2.4 + 0.5 * widest, 1.4 + 0.45 * most)
    for row, one in enumerate(subjects):
        heads, slots = one["heads"]["survivors"], one["told"]["slots"]
        for ax, (what, where) in zip(
            places[2 * row :], (("single map", "subgraph"), ("full map", "whole model")), strict=False
        ):
            plots.board_map(np.array(one["looking"][what]), ax, limits=(0.0, 1.0), label="attention")
            ax.set_aspect("auto")
            ax.set_xticks(range(len(slots)), [slot.replace(" (2)", "") for slot in slots])
            ax.set_yticks(range(len(heads)), [f"block {block}, head {head}" for block, head in heads])
            dress(ax, f"{_name(one)}: {where}")
            ax.spines["bottom"].set_visible(False)
    return Panel(
        "surviving_heads", figure,
        "What the last token attends to with the heads that survive pruning, mean over prompts: in the subgraph with "
        "these heads alone, and in the whole model. Rows sum to 1.",
    )  # fmt: skip


__all__ = ["panels"]
