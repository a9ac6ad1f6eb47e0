"""The figures of `mental_math/alternatives`."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.mental_math.alternatives.drawing import bars, dress, grid, one_legend
from experiments.mental_math.alternatives.peeking import FOUND
from experiments.mental_math.alternatives.stand_ins import CONDITIONAL, NOTHING
from experiments.mental_math.alternatives.subjects import title
from interp import plots
from interp.report import Panel

_TOP = 1.04
"""Where axes of shares end, so that lines at 1 are seen."""


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """From what `run` returned or its JSON."""
    subjects = metrics["subjects"]
    return _waiting(subjects), _alternatives(subjects), _slots(subjects), _contexts(subjects)


def _name(one: Mapping[str, Any]) -> str:
    chosen = one["chosen"]
    setting = f"wait {chosen['wait']}, transfer {chosen['transfer']}"
    return f"{title(one['told']['model'], one['told']['task'])} ({setting}{'' if chosen['found'] else ', not found'})"


def _waiting(subjects: Sequence[Mapping[str, Any]]) -> Panel:
    figure, places = grid(len(subjects), 1, 5.2, 2.9, legend=2.2)
    for ax, one in zip(places, subjects, strict=True):
        plots.curves(
            range(one["depth"] + 1),
            {name: plots.curve(kept) for name, kept in one["waiting"].items() if name != NOTHING}, ax,
            controls={"best single answer": one["majority"]}, percent=True,
            xlabel="blocks that wait", ylabel="faithfulness", title=_name(one),
        )  # fmt: skip
        # Several stand-ins are as good as another: those drawn first are larger, so that their rims are seen.
        for number, line in enumerate(reversed([line for line in ax.lines if line.get_marker() != "None"])):
            line.set_markersize(4 + 1.7 * number)
        ax.axvline(one["chosen"]["wait"], color=plots.INK, linewidth=0.9, linestyle=plots.DASHES[1], zorder=1)
        ax.set_ylim(-0.04, _TOP)
        ax.set_xticks(range(0, one["depth"] + 1, 1 if one["depth"] <= 16 else 2))
    one_legend(places, at=0)
    return Panel(
        "wait_by_stand_in", figure,
        "Share of the right answers that are kept when the first blocks do not run and something else stands at their "
        "end; all blocks after them run as usual. The dotted upright is the wait that was found on other prompts (or "
        "1, where none was found). Bands are 95 % over prompts.",
    )  # fmt: skip


def _alternatives(subjects: Sequence[Mapping[str, Any]]) -> Panel:
    most = max(len(subjects[0]["stand ins"]), len(subjects[0]["peeking"]))
    figure, places = grid(len(subjects), 2, 5.2, 0.8 + 0.34 * most)
    for row, one in enumerate(subjects):
        levels = {"best single answer": one["majority"], "no transfer": one["isolated"][0]}
        for ax, (what, own) in zip(
            places[2 * row :], (("stand ins", CONDITIONAL), ("peeking", FOUND)), strict=False
        ):  # fmt: skip
            colours = [plots.COLOURS[0] if name == own else plots.GREYS[2] for name in one[what]]
            bars(ax, one[what], colours, levels=levels, title=_name(one) if what == "stand ins" else "")
    one_legend(places, at=1)
    return Panel(
        "alternatives", figure,
        "Faithfulness of the subgraph (blue) when one of its parts is exchanged. Left: what stands at the wait "
        "boundary. Right: who sees whom after it. Thin lines are 95 % over prompts.",
    )  # fmt: skip


def _slots(subjects: Sequence[Mapping[str, Any]]) -> Panel:
    most = max(len(one["told"]["slots"]) for one in subjects)
    figure, places = grid(len(subjects), 2, 4.4, 1.1 + 0.3 * most)
    for row, one in enumerate(subjects):
        seen, hidden = places[2 * row], places[2 * row + 1]
        slots = one["told"]["slots"]
        reached = [f"from {slot!r} on" for slot in reversed(slots)]
        bars(seen, dict(zip(reached, one["last n"], strict=True)), [plots.COLOURS[0]] * len(slots), title=_name(one))
        bars(
            hidden, {f"{slot!r} hidden": kept for slot, kept in zip(slots[:-1], one["hidden"], strict=True)},
            [plots.COLOURS[1]] * (len(slots) - 1),
        )  # fmt: skip
    return Panel(
        "slots_seen", figure,
        "What the last token must see. Left: in transfer it sees the tokens from one slot to its own, beside the first "
        "token. Right: one slot is hidden from the last token in all blocks after the boundary, the first token "
        "included. Faithfulness of the subgraph, lines 95 % over prompts.",
    )  # fmt: skip


def _contexts(subjects: Sequence[Mapping[str, Any]]) -> Panel:
    figure, places = grid(1, len(subjects), 3.9, 3.0, legend=1.7)
    for ax, one in zip(places, subjects, strict=True):
        few = one["contexts"]
        plots.curves(
            few["most"], {"mean over draws": plots.curve(few["kept"])}, ax,
            controls={"all contexts": one["stand ins"][CONDITIONAL][0], "best single answer": one["majority"]},
            percent=True, xlabel="contexts behind each mean", title=title(one["told"]["model"], one["told"]["task"]),
        )  # fmt: skip
        for most, draws in zip(few["most"], few["draws"], strict=True):
            ax.plot([most] * len(draws), draws, ".", color=plots.GREYS[0], markersize=4, zorder=4, label="_")
        ax.set_xscale("log", base=2)
        ax.set_xticks(few["most"], [str(most) for most in few["most"]])
        ax.minorticks_off()
        ax.set_ylim(-0.04, _TOP)
        dress(ax, ax.get_title(loc="left"))
    places[0].set_ylabel("faithfulness", fontsize=10, color=plots.INK)
    one_legend(places)
    return Panel(
        "contexts", figure,
        "Faithfulness of the subgraph when each conditional mean is taken over a few prompts only, drawn for every "
        "token at every position (dots: single draws). One context is a resample with the same token everywhere. The "
        "band is 95 % over prompts.",
    )  # fmt: skip


__all__ = ["panels"]
