"""Differences and means of numbers that have intervals, on the safe side."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from interp.stats import Interval


def less(one: Sequence[Any], other: Sequence[Any]) -> Interval:
    """One number less another, at the worst of both ranges: too wide rather than too narrow."""
    a, b = Interval(*one), Interval(*other)
    return Interval(a.value - b.value, a.low - b.high, a.high - b.low, min(a.n, b.n))


def mean(numbers: Sequence[Interval]) -> Interval:
    """The mean of numbers measured on the same games; its range is the mean of theirs, as if all erred together."""
    value, low, high = np.array([one[:3] for one in numbers]).mean(0).tolist()
    return Interval(value, low, high, min(one.n for one in numbers))


__all__ = ["less", "mean"]
