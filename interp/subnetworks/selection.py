"""Which subnetwork of a lambda path to speak of, and what the path says between its points."""

from collections.abc import Iterable
from itertools import pairwise
from math import exp, isfinite, isnan, log, nan
from typing import NamedTuple

from interp.errors import ShapeError

TOLERANCE = 0.04
"""How far the chosen subnetwork's correlation may lie from that at lambda 0 (Chang and Bergen 2025, A.3)."""


class Point(NamedTuple):
    """One subnetwork of a path."""

    lam: float
    """Weight of the penalty on size; NaN for a subnetwork that was searched at a given size."""
    size: int
    """Weights that it keeps."""
    r: float
    """Its correlation with what it was searched for; higher is better."""


def chosen(path: Iterable[Point], tolerance: float = TOLERANCE) -> Point:
    """The point of largest lambda whose r is within `tolerance` of that at lambda 0: the published rule.

    It is not the point before the first drop: a path that falls and recovers gives the recovered one. Points with NaN
    for r are passed over. Raises `ShapeError` when lambda 0 is missing, stands twice, or has no r.
    """
    points = [point for point in path if not isnan(point.lam)]
    loose = [point for point in points if point.lam == 0]
    if len(loose) != 1 or not isfinite(loose[0].r):
        raise ShapeError(f"the rule needs exactly one subnetwork at lambda 0, with its correlation; got {loose}")
    # A hair more than asked: 0.96 - 0.92 is not 0.04 in binary.
    return max((point for point in points if point.r >= loose[0].r - tolerance - 1e-12), key=lambda point: point.lam)


def r_at(path: Iterable[Point], size: int) -> float:
    """The correlation at a size, on straight lines between the points over the logarithm of size.

    NaN where the size lies outside the path: nothing is guessed. Raises `ShapeError` for a path without points, and
    for a size that is not above 0 or of a point that has no logarithm.
    """
    points = _by_size(path)
    if not size > 0:
        raise ShapeError(f"a size must be above 0 to have a logarithm, not {size}")
    for point in points:
        if point.size == size:
            return point.r
    for below, above in pairwise(points):
        if below.size < size < above.size:
            part = (log(size) - log(below.size)) / (log(above.size) - log(below.size))
            return below.r + part * (above.r - below.r)
    return nan


def size_for(path: Iterable[Point], r: float) -> float:
    """The smallest size at which the path reaches a correlation of `r`, in the same straight lines.

    NaN when it never does. Where the smallest point reaches it already, the answer is that point's size: no
    smaller one was tried. Raises `ShapeError` as `r_at` does.
    """
    points = _by_size(path)
    if points[0].r >= r:
        return float(points[0].size)
    for below, above in pairwise(points):
        if below.r < r <= above.r:
            part = (r - below.r) / (above.r - below.r)
            return exp(log(below.size) + part * (log(above.size) - log(below.size)))
    return nan


def _by_size(path: Iterable[Point]) -> list[Point]:
    """The points by size; of several of one size, their mean correlation."""
    by_size: dict[int, list[float]] = {}
    for point in path:
        if point.size < 1 or not isfinite(point.r):
            raise ShapeError(f"a path between sizes needs sizes above 0 and correlations that are numbers, not {point}")
        by_size.setdefault(point.size, []).append(point.r)
    if not by_size:
        raise ShapeError("a path needs at least one point")
    return [Point(nan, size, sum(rs) / len(rs)) for size, rs in sorted(by_size.items())]


__all__ = ["TOLERANCE", "Point", "chosen", "r_at", "size_for"]
