"""How well two seeds agree on where and how deep squares are told, whatever the latents are called."""

import numpy as np
from jaxtyping import Float64, Int64, Real

from interp.stats import Interval

DRAWS = 1000
"""Resamplings of squares, and orders of depths."""

Maps = Int64[np.ndarray, "depth square"]

UNKNOWN = Interval(0.0, -1.0, 1.0, 0)
"""The correlation of something that does not vary."""


def correlation(first: Real[np.ndarray, " item"], second: Real[np.ndarray, " item"]) -> float | None:
    """Pearson's; None where one of the two is the same everywhere."""
    a, b = first - first.mean(), second - second.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(np.clip((a @ b) / size, -1.0, 1.0)) if size > 0 else None


def profiles(first: Maps, second: Maps, rng: np.random.Generator) -> Interval:
    """The correlation of two profiles, counts by depth summed over squares; the interval resamples squares."""
    value = correlation(first.sum(1), second.sum(1))
    squares = first.shape[1]
    chosen = rng.integers(squares, size=(DRAWS, squares))
    drawn = [correlation(first[:, some].sum(1), second[:, some].sum(1)) for some in chosen]
    return _interval(value, drawn, squares)


def other_depths(first: Maps, second: Maps, rng: np.random.Generator) -> Interval:
    """The same with the depths of the second profile in random order: the mean and the middle 95 %."""
    ours, theirs = first.sum(1), second.sum(1)
    drawn = [correlation(ours, rng.permutation(theirs)) for _ in range(DRAWS)]
    known = [one for one in drawn if one is not None]
    return _interval(float(np.mean(known)) if known else None, drawn, len(ours))


def _interval(value: float | None, drawn: list[float | None], count: int) -> Interval:
    known: Float64[np.ndarray, " draw"] = np.array([one for one in drawn if one is not None], np.float64)
    if value is None or not len(known):
        return UNKNOWN
    low, high = np.quantile(known, [0.025, 0.975])
    return Interval(value, float(min(low, value)), float(max(high, value)), count)


__all__ = ["Maps", "UNKNOWN", "correlation", "other_depths", "profiles"]
