"""Criteria that several findings about mental math share. They were committed before the records that they judge."""

from collections.abc import Callable

from interp.findings import Measurement, Verdict

Criterion = Callable[[Measurement], Verdict]


def ordinary(criterion: Criterion) -> Criterion:
    """For claims about ordinary language models: a small model, taught what is claimed, shows its direction at most."""

    def judge(m: Measurement) -> Verdict:
        verdict = criterion(m)
        return Verdict.DIRECTION if verdict is Verdict.REPRODUCED and m.preset != "paper" else verdict

    return judge


def keeps(reproduced: float, direction: float) -> Criterion:
    """Reproduced when the share is at least `reproduced`; a direction when its whole interval is at least `direction`.

    Either only when the interval also lies above the control's. For shares so near 1 that an interval of a thousand
    prompts can hardly lie above what is claimed.
    """

    def judge(m: Measurement) -> Verdict:
        if m.value.low <= m.control.high or m.value.low < direction:
            return Verdict.NOT_REPRODUCED
        return Verdict.REPRODUCED if m.value.value >= reproduced else Verdict.DIRECTION

    return judge


__all__ = ["Criterion", "keeps", "ordinary"]
