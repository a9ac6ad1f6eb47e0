"""Criteria that several findings about bigram subnetworks share. They were committed before the records they judge."""

from collections.abc import Mapping, Sequence

from interp.findings import Measurement, Verdict
from interp.stats import Interval


def plurality(m: Measurement) -> Verdict:
    """Over seeds larger than any other (the control); a direction when it is only larger than its even part."""
    if m.value.low <= m.extra["uniform"]:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.value.low > m.control.high else Verdict.DIRECTION


def highest(intervals: Mapping[str, Sequence[float | int]]) -> Interval:
    """Of several controls the one that reaches highest: what beats it beats them all."""
    return Interval(*max(intervals.values(), key=lambda interval: interval[2]))  # type: ignore[arg-type]


__all__ = ["highest", "plurality"]
