"""Errors by the length of an edit, by its depth, and by the number of depths."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.othello.edits.editing import PROBE
from experiments.othello.edits.layout import one_legend, row
from experiments.othello.edits.titles import OWN, TITLES
from interp import plots
from interp.report import Panel


def by_scale(metrics: Mapping[str, Any]) -> Panel:
    """How far."""
    kinds = _searched(metrics)
    figure, places = row(len(kinds), width=4.4, height=3.4, columns=min(2, len(kinds)))
    for ax, (kind, told) in zip(places, kinds.items(), strict=True):
        lines = {name: _errors(edit["by_scale"]) for name, edit in told["editors"].items()}
        controls: dict[str, Any] = {
            "random direction, as long as the probe's": _errors(told["editors"][PROBE]["by_scale_random"])
        }
        plots.curves(
            metrics["scales"], lines, ax, controls={**controls, **_levels(told)},
            xlabel="scale (steps at each depth)", ylabel="errors per case", title=TITLES[kind],
        )  # fmt: skip
    one_legend(places, at=min(2, len(kinds)) - 1)
    return Panel(
        "edits_by_scale", figure,
        "Errors against the intended board by the length of the edit, each editor at its chosen depths. For probes one "
        "step is the distance between the two classes along the direction; for latents and the plane it is the whole "
        "way to a typical, or to the donor's, activation.",
    )  # fmt: skip


def by_depths(metrics: Mapping[str, Any]) -> Panel:
    """Where, and at how many depths."""
    kinds = _searched(metrics)
    figure, flat = row(2 * len(kinds), width=4.4, height=3.4, columns=2)
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
    one_legend(flat, at=1)
    return Panel(
        "edits_by_depth", figure,
        "Errors against the intended board when one depth is edited, and when neighbouring ones are. Scale (and where "
        "the window lies) was chosen for each point on other cases. Depth 0 is the embedding; at the last depth only "
        "the logits move, nothing is computed from the edit any more.",
    )  # fmt: skip


def _searched(metrics: Mapping[str, Any]) -> dict[str, Any]:
    return {kind: told for kind, told in metrics["kinds"].items() if "by_scale" in told["editors"][PROBE]}


def _levels(told: Mapping[str, Any]) -> dict[str, Any]:
    """What doing nothing gives, and what the model gets wrong on boards that nobody edited."""
    return {"no edit": told["null"]["edited"][0], OWN: told["null"]["original"][0]}


def _errors(entries: Sequence[Mapping[str, Any]]) -> plots.Curve:
    return plots.curve([entry["edited"] for entry in entries])


__all__ = ["by_depths", "by_scale"]
