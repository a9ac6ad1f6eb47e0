"""An interval for a number that is no mean and no ratio: the jackknife that leaves out a part of the text at a time."""

from collections.abc import Sequence
from math import isfinite, sqrt

from interp.errors import ShapeError
from interp.stats import Interval, t_quantile


def jackknife(whole: float, without: Sequence[float], level: float = 0.95) -> Interval:
    """`whole`, measured on all parts, with the t interval from `without`: the same without each part in turn.

    The standard error is sqrt((n - 1) / n * sum of squared distances from their mean). One part tells nothing about
    the spread. Raises `ShapeError` for no parts, NaN and infinity.
    """
    n = len(without)
    if not n or not all(map(isfinite, [whole, *without])):
        raise ShapeError(f"need a finite number and the same without each part, got {whole} and {list(without)}")
    if n == 1:
        return Interval(whole, whole, whole, 1)
    mean = sum(without) / n
    half = t_quantile(level, n - 1) * sqrt((n - 1) / n * sum((each - mean) ** 2 for each in without))
    return Interval(whole, whole - half, whole + half, n)


__all__ = ["jackknife"]
