"""Criteria that several Othello findings share. They were committed before the records that they judge."""

from collections.abc import Callable

from interp.findings import Measurement, Verdict

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


def near(reproduced: float, direction: float) -> Criterion:
    """Reproduced when the whole interval (of an excess that should be 0) lies below `reproduced`; then `direction`.

    Either only when the interval also lies below the control's.
    """

    def judge(m: Measurement) -> Verdict:
        if m.value.high >= m.control.low or m.value.high > direction:
            return Verdict.NOT_REPRODUCED
        return Verdict.REPRODUCED if m.value.high <= reproduced else Verdict.DIRECTION

    return judge


def within(low: float, high: float) -> Criterion:
    """Reproduced when the value lies in `low`..`high`; there is no direction to a level alone."""

    def judge(m: Measurement) -> Verdict:
        return Verdict.REPRODUCED if low <= m.value.value <= high else Verdict.NOT_REPRODUCED

    return judge


def at_paper_scale(criterion: Criterion) -> Criterion:
    """Judge only records of the paper preset: a number that a small model cannot be asked for needs scale."""

    def judge(m: Measurement) -> Verdict:
        return criterion(m) if m.preset == "paper" else Verdict.NEEDS_SCALE

    return judge
