"""The figures of edits: every editor beside its controls, how far and how deep, playing on, and one case to look at."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from experiments.othello.edits.editing import PROBE
from experiments.othello.edits.example_panel import example_panel
from experiments.othello.edits.layout import dress, row
from experiments.othello.edits.playing_on import EDITED, NULL, RANDOM, UNEDITED
from experiments.othello.edits.search_panels import by_depths, by_scale
from experiments.othello.edits.titles import OWN, TITLES
from interp import plots
from interp.report import Panel

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

CONTROLS = ("random direction", "wrong square")


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """From what `measure_edits` returned or its JSON."""
    return (
        _editors(metrics),
        _followed(metrics["kinds"]),
        by_scale(metrics),
        by_depths(metrics),
        example_panel(metrics["example"]),
        _rollout(metrics["rollout"]),
    )


def _editors(metrics: Mapping[str, Any]) -> Panel:
    kinds = metrics["kinds"]
    rows = len(next(iter(kinds.values()))["editors"])
    across = min(3, len(kinds))
    figure, places = row(len(kinds), width=3.0, height=1.4 + 0.65 * rows, columns=across)
    highest = max(_high(told) for told in kinds.values())
    for place, (ax, (kind, told)) in enumerate(zip(places, kinds.items(), strict=True)):
        _dots(ax, told, names=place % across == 0, legend=place == across - 1)
        ax.set_xlim(0, 1.08 * highest)
        ax.set_title(TITLES[kind], fontsize=10.5, color=plots.INK, loc="left", fontweight="bold")
    figure.supxlabel("errors per case", fontsize=10, color=plots.INK)
    return Panel(
        "edits", figure,
        "Legal moves that the model misses and illegal ones that it takes for legal after an edit of its board, judged "
        "by the board that the edit intends; the dashed line is the same without an edit, the dotted one what the "
        "model gets wrong on the boards that were. Grey: edits of equal length in a random direction and of another "
        "square. Open marks are judged by the board that was. Bars are 95 % over cases; depths and scales were chosen "
        "on other flips and erasures.",
    )  # fmt: skip


def _followed(kinds: Mapping[str, Any]) -> Panel:
    """The same edits by what they change alone, a row for each kind of cases."""
    told = {kind: one for kind, one in kinds.items() if one["null"]["followed"] is not None}
    names = list(next(iter(kinds.values()))["editors"])
    ax = plots.axes(7.6, 1.2 + 0.62 * len(told))
    for line, one in enumerate(told.values()):
        edits = one["editors"]
        shown = [(edits[name]["followed"], plots.COLOURS[place], plots.MARKERS[place], name)
                 for place, name in enumerate(names)]  # fmt: skip
        shown += [(edits[PROBE][name]["followed"], plots.GREYS[0], "x", name) for name in CONTROLS[:1]]
        shown.append((one["null"]["followed"], plots.GREYS[1], "|", "no edit"))
        for place, ((value, low, high, *_), colour, marker, name) in enumerate(shown):
            y = line + 0.12 * (place - (len(shown) - 1) / 2)
            ax.plot([low, high], [y, y], color=colour, linewidth=1.3)
            ax.plot(
                value, y, color=colour, marker=marker, markersize=6, linestyle="", label=f"{'_' * bool(line)}{name}"
            )
    ax.set_yticks(range(len(told)), [TITLES[kind] for kind in told], fontsize=9.5)
    ax.invert_yaxis()
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f}%")
    ax.set_title(
        "Does the model follow the changed board?", fontsize=11, color=plots.INK, loc="left", fontweight="bold"
    )
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.02), frameon=False, fontsize=9, labelcolor=plots.INK)
    ax.grid(True, axis="x", color=plots.FAINT, linewidth=0.7)
    dress(ax)
    return Panel(
        "edits_followed", ax.figure,
        "Of the moves that the edit makes legal or forbids, the share that the model takes, or does not take, as the "
        "changed board wants: what it gets wrong on any board does not count here. The random direction is as long as "
        "the probe's edit. Bars are 95 % over cases.",
    )  # fmt: skip


def _high(told: Mapping[str, Any]) -> float:
    """The largest end of an interval that `_dots` draws."""
    ends = [told["null"]["edited"][2]]
    for edit in told["editors"].values():
        ends += [edit["edited"][2], edit["original"][2]]
        ends += [edit[control]["edited"][2] for control in CONTROLS]
    return float(max(ends))


def _dots(ax: "matplotlib.axes.Axes", told: Mapping[str, Any], *, names: bool, legend: bool) -> None:
    """Four marks an editor: the edit by both boards, and its two controls."""
    marks = (
        ("edit", plots.COLOURS[0], "o", "full"),
        ("edit, by the board that was", plots.COLOURS[1], "o", "none"),
        ("random direction", plots.GREYS[0], "s", "full"),
        ("another square", plots.GREYS[1], "D", "full"),
    )
    ax.axvline(told["null"]["edited"][0], color=plots.GREYS[0], linestyle=plots.DASHES[0], label="no edit")
    ax.axvline(told["null"]["original"][0], color=plots.GREYS[2], linestyle=plots.DASHES[1], label=OWN)
    for line, edit in enumerate(told["editors"].values()):
        values = (edit["edited"], edit["original"], *(edit[name]["edited"] for name in CONTROLS))
        for place, ((label, colour, shape, fill), (value, low, high, *_)) in enumerate(zip(marks, values, strict=True)):
            y = line + 0.2 * (place - 1.5)
            ax.plot([low, high], [y, y], color=colour, linewidth=1.4, zorder=2)
            ax.plot(value, y, shape, color=colour, markersize=6, zorder=3, linestyle="none",
                    fillstyle=fill, label=label if line == 0 else None)  # fmt: skip
    ax.set_yticks(range(len(told["editors"])), list(told["editors"]) if names else [])
    ax.set_ylim(len(told["editors"]) - 0.45, -0.55)
    dress(ax)
    ax.grid(True, axis="x", color=plots.FAINT, linewidth=0.7)
    if legend:
        ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0), frameon=False, fontsize=8.5, labelcolor=plots.INK)


def _rollout(rollout: Mapping[str, Any]) -> Panel:
    names = {EDITED: "edited, by the edited board", UNEDITED: "not edited"}
    steps = range(1, len(rollout[EDITED]["by_step"]) + 1)
    ax = plots.curves(
        steps, {label: plots.curve(rollout[name]["by_step"]) for name, label in names.items()},
        controls={
            "random direction, by the board that was": plots.curve(rollout[RANDOM]["by_step"]),
            "not edited, by the edited board": plots.curve(rollout[NULL]["by_step"]),
        },
        percent=True, xlabel="moves after the edit", ylabel="illegal moves", title="Playing on after flipping a disc",
    )  # fmt: skip
    ax.set_ylim(bottom=0)
    ax.set_xticks(list(steps))
    return Panel(
        "edits_rollout", ax.figure,
        "Share of the model's own next moves that are illegal, for both players, with the probe's edit left at its "
        "position. A game stops at its first illegal move: later steps count only games that were right so far. Bands "
        "are 95 % over cases.",
    )  # fmt: skip


__all__ = ["panels"]
