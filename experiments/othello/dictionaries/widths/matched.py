"""One curve against another where as many latents are active: read between neighbours, never beyond the ends."""

from collections.abc import Sequence
from itertools import pairwise
from math import log

from interp.stats import Interval

Point = tuple[float, Interval]
"""L0, and something measured there."""


def at(l0: float, curve: Sequence[Point]) -> Interval | None:
    """What the curve has at this L0, linear in log L0 between the two points around it; None outside its range."""
    points = sorted(point for point in curve if point[0] > 0)
    for (left, one), (right, other) in pairwise(points):
        if left <= l0 <= right:
            along = log(l0 / left) / log(right / left) if right > left else 0.0
            value, low, high = (a + along * (b - a) for a, b in zip(one[:3], other[:3], strict=True))
            return Interval(value, low, high, min(one.n, other.n))
    return points[0][1] if len(points) == 1 and points[0][0] == l0 else None


__all__ = ["Point", "at"]
