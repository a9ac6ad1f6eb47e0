"""Criteria of claims about language models, fixed before the records that they judge."""

from experiments.mental_math.criteria import Criterion
from interp.findings import Measurement, Verdict


def above(reproduced: float, direction: float) -> Criterion:
    """The whole interval lies above the control's, and at or above `reproduced`, or else `direction`."""

    def judge(m: Measurement) -> Verdict:
        if m.value.low <= m.control.high or m.value.low < direction:
            return Verdict.NOT_REPRODUCED
        return Verdict.REPRODUCED if m.value.low >= reproduced else Verdict.DIRECTION

    return judge


def below(reproduced: float, direction: float) -> Criterion:
    """The whole interval lies below these shares of the control's lower end: `reproduced`, or else `direction`.

    A control that keeps less than half itself has nothing to lose: not reproduced.
    """

    def judge(m: Measurement) -> Verdict:
        if m.control.low < 0.5 or m.value.high >= direction * m.control.low:
            return Verdict.NOT_REPRODUCED
        return Verdict.REPRODUCED if m.value.high < reproduced * m.control.low else Verdict.DIRECTION

    return judge


__all__ = ["above", "below"]
