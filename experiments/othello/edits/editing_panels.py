"""The figures of edits: every editor beside its controls, how far and how deep, playing on, and one case to look at."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from experiments.othello.edits.editing import PROBE
from experiments.othello.edits.example_panel import example_panel
from experiments.othello.edits.playing_on import EDITED, NULL, RANDOM, UNEDITED
from interp import plots
from interp.report import Panel

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

OWN = "own errors, on the board that was"
CONTROLS = ("random direction", "wrong square")
TITLES = {
    "flip": "flip a disc",
    "understood": "flip, model errs nowhere",
    "erase": "erase a disc",
    "natural": "reachable boards",
    "unnatural": "unreachable boards",
    "given": "cases of Li et al.",
}


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """From what `measure_edits` returned or its JSON."""
    return (
        _editors(metrics),
        _followed(metrics["kinds"]),
        _by_scale(metrics),
        _by_depths(metrics),
        example_panel(metrics["example"]),
        _rollout(metrics["rollout"]),
    )


def _editors(metrics: Mapping[str, Any]) -> Panel:
    kinds = metrics["kinds"]
    rows = len(next(iter(kinds.values()))["editors"])
    across = min(3, len(kinds))
    figure, row = _row(len(kinds), width=3.0, height=1.4 + 0.65 * rows, columns=across)
    highest = max(_high(told) for told in kinds.values())
    for place, (ax, (kind, told)) in enumerate(zip(row, kinds.items(), strict=True)):
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
    for row, one in enumerate(told.values()):
        edits = one["editors"]
        shown = [(edits[name]["followed"], plots.COLOURS[place], plots.MARKERS[place], name)
                 for place, name in enumerate(names)]  # fmt: skip
        shown += [(edits[PROBE][name]["followed"], plots.GREYS[0], "x", name) for name in CONTROLS[:1]]
        shown.append((one["null"]["followed"], plots.GREYS[1], "|", "no edit"))
        for place, ((value, low, high, *_), colour, marker, name) in enumerate(shown):
            y = row + 0.12 * (place - (len(shown) - 1) / 2)
            ax.plot([low, high], [y, y], color=colour, linewidth=1.3)
            ax.plot(value, y, color=colour, marker=marker, markersize=6, linestyle="", label=f"{'_' * bool(row)}{name}")
    ax.set_yticks(range(len(told)), [TITLES[kind] for kind in told], fontsize=9.5)
    ax.invert_yaxis()
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f}%")
    ax.set_title(
        "Does the model follow the changed board?", fontsize=11, color=plots.INK, loc="left", fontweight="bold"
    )
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.02), frameon=False, fontsize=9, labelcolor=plots.INK)
    ax.grid(True, axis="x", color=plots.FAINT, linewidth=0.7)
    _dress(ax)
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
    for row, edit in enumerate(told["editors"].values()):
        values = (edit["edited"], edit["original"], *(edit[name]["edited"] for name in CONTROLS))
        for place, ((label, colour, shape, fill), (value, low, high, *_)) in enumerate(zip(marks, values, strict=True)):
            y = row + 0.2 * (place - 1.5)
            ax.plot([low, high], [y, y], color=colour, linewidth=1.4, zorder=2)
            ax.plot(value, y, shape, color=colour, markersize=6, zorder=3, linestyle="none",
                    fillstyle=fill, label=label if row == 0 else None)  # fmt: skip
    ax.set_yticks(range(len(told["editors"])), list(told["editors"]) if names else [])
    ax.set_ylim(len(told["editors"]) - 0.45, -0.55)
    _dress(ax)
    ax.grid(True, axis="x", color=plots.FAINT, linewidth=0.7)
    if legend:
        ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0), frameon=False, fontsize=8.5, labelcolor=plots.INK)


def _by_scale(metrics: Mapping[str, Any]) -> Panel:
    kinds = _searched(metrics)
    figure, row = _row(len(kinds), width=4.4, height=3.4, columns=min(2, len(kinds)))
    for ax, (kind, told) in zip(row, kinds.items(), strict=True):
        lines = {name: _errors(edit["by_scale"]) for name, edit in told["editors"].items()}
        controls: dict[str, Any] = {
            "random direction, as long as the probe's": _errors(told["editors"][PROBE]["by_scale_random"])
        }
        plots.curves(
            metrics["scales"], lines, ax, controls={**controls, **_levels(told)},
            xlabel="scale (steps at each depth)", ylabel="errors per case", title=TITLES[kind],
        )  # fmt: skip
    _one_legend(row, at=min(2, len(kinds)) - 1)
    return Panel(
        "edits_by_scale", figure,
        "Errors against the intended board by the length of the edit, each editor at its chosen depths. For probes one "
        "step is the distance between the two classes along the direction; for latents and the plane it is the whole "
        "way to a typical, or to the donor's, activation.",
    )  # fmt: skip


def _by_depths(metrics: Mapping[str, Any]) -> Panel:
    kinds = _searched(metrics)
    figure, flat = _row(2 * len(kinds), width=4.4, height=3.4, columns=2)
    for (one, many), (kind, told) in zip(zip(flat[::2], flat[1::2], strict=True), kinds.items(), strict=True):
        edits, null = told["editors"], _levels(told)
        if "ceiling" in told:
            null = {**null, "everything from a witness": plots.curve(told["ceiling"])}
        plots.by_depth(
            range(metrics["depths"]), {name: _errors(edit["by_depth"]) for name, edit in edits.items()}, one,
            controls=null, ylabel="errors per case", title=f"{TITLES[kind]}, at one depth",
        )  # fmt: skip
        plots.curves(
            range(1, metrics["depths"] + 1), {name: _errors(edit["by_size"]) for name, edit in edits.items()}, many,
            controls=_levels(told), xlabel="neighbouring depths edited",
            title=f"{TITLES[kind]}, at the best so many depths",
        )  # fmt: skip
    _one_legend(flat, at=1)
    return Panel(
        "edits_by_depth", figure,
        "Errors against the intended board when one depth is edited, and when neighbouring ones are. Scale (and where "
        "the window lies) was chosen for each point on other cases. Depth 0 is the embedding; at the last depth only "
        "the logits move, nothing is computed from the edit any more.",
    )  # fmt: skip


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


def _searched(metrics: Mapping[str, Any]) -> dict[str, Any]:
    return {kind: told for kind, told in metrics["kinds"].items() if "by_scale" in told["editors"][PROBE]}


def _levels(told: Mapping[str, Any]) -> dict[str, Any]:
    """What doing nothing gives, and what the model gets wrong on boards that nobody edited."""
    return {"no edit": told["null"]["edited"][0], OWN: told["null"]["original"][0]}


def _errors(entries: Sequence[Mapping[str, Any]]) -> plots.Curve:
    return plots.curve([entry["edited"] for entry in entries])


def _row(
    count: int, width: float, height: float, columns: int = 0
) -> tuple["matplotlib.figure.Figure", list["matplotlib.axes.Axes"]]:
    from matplotlib.figure import Figure

    across = columns or count
    down = -(-count // across)
    figure = Figure(figsize=(2.4 + width * across, height * down), layout="constrained")
    every = list(figure.subplots(down, across, squeeze=False).flat)
    for ax in every[count:]:
        ax.set_visible(False)
    return figure, every[:count]


def _one_legend(axes: Sequence["matplotlib.axes.Axes"], at: int = -1) -> None:
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


def _dress(ax: "matplotlib.axes.Axes") -> None:
    ax.tick_params(labelsize=9, length=0, labelcolor=plots.INK)
    ax.set_axisbelow(True)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)


__all__ = ["panels"]
