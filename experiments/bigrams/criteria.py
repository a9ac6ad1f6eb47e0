"""Criteria that several findings about bigram subnetworks share. They were committed before the records they judge."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from interp.findings import Measurement, Verdict
from interp.stats import Interval

Criterion = Callable[[Measurement], Verdict]


def above(reproduced: float, direction: float) -> Criterion:
    """Reproduced when the whole interval lies at or above `reproduced`; a direction from `direction` on.

    Either only when the interval also lies above the control's.
    """

    def judge(m: Measurement) -> Verdict:
        if m.value.low <= m.control.high or m.value.low < direction:
            return Verdict.NOT_REPRODUCED
        return Verdict.REPRODUCED if m.value.low >= reproduced else Verdict.DIRECTION

    return judge


def at_paper_scale(criterion: Criterion) -> Criterion:
    """Judge only records of the paper preset: a number that a small model cannot be asked for needs scale."""

    def judge(m: Measurement) -> Verdict:
        return criterion(m) if m.preset == "paper" else Verdict.NEEDS_SCALE

    return judge


def plurality(m: Measurement) -> Verdict:
    """Over seeds larger than any other (the control); a direction when it is only larger than its even part."""
    if m.value.low <= m.extra["uniform"]:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.value.low > m.control.high else Verdict.DIRECTION


def entry(value: Sequence[float | int], control: Sequence[float | int], **extra: float | int) -> dict[str, Any]:
    """What a record keeps of one finding: see `interp.findings`. Underscores of names become blanks."""
    named = {name.replace("_", " "): float(number) for name, number in extra.items()}
    return {"value": list(value), "control": list(control), "extra": named}


def sure(value: float) -> Interval:
    """A number that has no spread: a share expected by count, a constant."""
    return Interval(value, value, value, 1)


def highest(intervals: Mapping[str, Sequence[float | int]]) -> Interval:
    """Of several controls the one that reaches highest: what beats it beats them all."""
    return Interval(*max(intervals.values(), key=lambda interval: interval[2]))  # type: ignore[arg-type]


__all__ = ["Criterion", "above", "at_paper_scale", "entry", "highest", "plurality", "sure"]
