"""The claim about seeds, with its criterion."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from interp.findings import Finding, Measurement, Verdict
from interp.stats import Interval


def _profile_not_numbers(m: Measurement) -> Verdict:
    """The profile agrees more than with depths in random order, and latents of one number have nothing in common.

    A direction at best: one model stands here for the two of the paper.
    """
    numbers = abs(m.extra["same_number"]) <= 0.1
    return Verdict.DIRECTION if numbers and m.value.low > m.control.high else Verdict.NOT_REPRODUCED


FINDINGS = (
    Finding(
        id="othello-22",
        claim="Another seed of the dictionaries finds as much at each depth, by latents of other numbers (correlation)",
        source="Du et al. 2025 (arXiv 2501.07108), tables 1 and 2: our sums by layer, stable squares, two models",
        paper_value=0.91,
        scale="S",
        measured_by="othello/dictionaries",
        control="the depths of the second seed in random order",
        criterion=_profile_not_numbers,
    ),
)


def measured(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Value, control and further numbers of the finding, from what `measure` gives; means are over depths."""
    by_depth, profile = metrics["partners"], metrics["profile"]
    known = [one for one in metrics["maps"]["seeds"] if one is not None]
    extra = {
        "same_number": float(np.mean([one["same_number"]["value"][0] for one in by_depth])),
        "same_number_control": float(np.mean([one["same_number"]["control"][0] for one in by_depth])),
        "alike_0.7": float(np.mean([one["alike"]["0.7"]["value"][0] for one in by_depth])),
        "alike_0.7_control": float(np.mean([one["alike"]["0.7"]["control"] for one in by_depth])),
        "maps": float(np.mean(known)) if known else 0.0,
    }
    value, control = Interval(*profile["value"]), Interval(*profile["control"])
    return {"othello-22": {"value": value, "control": control, "extra": extra}}


__all__ = ["FINDINGS", "measured"]
