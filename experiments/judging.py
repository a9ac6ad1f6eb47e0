"""What the criteria and records of findings of every paper have in common."""

from collections.abc import Callable, Sequence
from typing import Any

from interp.findings import Measurement, Verdict
from interp.stats import Interval

Criterion = Callable[[Measurement], Verdict]


def at_paper_scale(criterion: Criterion) -> Criterion:
    """Judge only records of the paper preset: a number that a small model cannot be asked for needs scale."""

    def judge(m: Measurement) -> Verdict:
        return criterion(m) if m.preset == "paper" else Verdict.NEEDS_SCALE

    return judge


def entry(value: Sequence[float | int], control: Sequence[float | int], **extra: float | int) -> dict[str, Any]:
    """What a record keeps of one finding: see `interp.findings`. Underscores of names become blanks."""
    named = {name.replace("_", " "): float(number) for name, number in extra.items()}
    return {"value": list(value), "control": list(control), "extra": named}


def sure(value: float) -> Interval:
    """A number that has no spread: a share expected by count, a constant."""
    return Interval(value, value, value, 1)


__all__ = ["Criterion", "at_paper_scale", "entry", "sure"]
