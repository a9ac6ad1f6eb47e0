"""Intervals: a ratio resampled by cluster, and a mean over seeds."""

from collections.abc import Sequence
from math import cos, isfinite, pi, sin, sqrt, tan
from typing import NamedTuple

import numpy as np
from jaxtyping import Real

from interp.errors import ShapeError


class Interval(NamedTuple):
    """A number, the range it may plausibly have had, and the number of independent units behind it."""

    value: float
    """The estimate itself."""
    low: float
    """Lower end; equal to `value` where one unit tells nothing about the spread."""
    high: float
    """Upper end."""
    n: int
    """Independent units: games, documents, seeds. Never the correlated items inside them."""


_TOGETHER = 2**17
"""Numbers that the bootstrap draws at a time."""


def bootstrap(
    numerators: Real[np.ndarray, " cluster"],
    denominators: Real[np.ndarray, " cluster"],
    generator: np.random.Generator,
    level: float = 0.95,
    draws: int = 1000,
) -> Interval:
    """sum(numerators) / sum(denominators) with the percentile interval of `draws` resamplings of whole clusters.

    Moves of one game are not independent, so an accuracy per move is `bootstrap(right per game, moves per game, ...)`.
    One cluster gives a range of width 0 and n = 1, and so do clusters that all have the same ratio: the bootstrap
    knows only what it saw. Resamplings whose denominators are all 0 are left out. Raises `ShapeError` for no
    clusters, NaN or infinity, negative denominators, and denominators that sum to 0.
    """
    if not 0 < level < 1 or draws < 1:
        raise ShapeError(f"level must lie between 0 and 1 and draws be at least 1, not {level} and {draws}")
    top, bottom = np.asarray(numerators, np.float64), np.asarray(denominators, np.float64)
    if not len(top) or len(top) != len(bottom):
        raise ShapeError(f"need one numerator and one denominator per cluster, got {len(top)} and {len(bottom)}")
    if not (np.isfinite(top).all() and np.isfinite(bottom).all()):
        raise ShapeError("numerators and denominators must be finite: look for NaN where they were counted")
    if (bottom < 0).any() or bottom.sum() == 0:
        raise ShapeError("denominators must be at least 0 and not all 0")
    n, value = len(top), float(top.sum() / bottom.sum())
    if n == 1:
        return Interval(value, value, value, 1)
    # Rows of whole draws at a time: as many numbers as fit a cache, in the order in which single draws would take them.
    ratios: list[float] = []
    for begin in range(0, draws, step := max(1, _TOGETHER // n)):
        chosen = generator.integers(n, size=(min(step, draws - begin), n))
        tops, bottoms = top[chosen].sum(1), bottom[chosen].sum(1)
        ratios += (tops[bottoms > 0] / bottoms[bottoms > 0]).tolist()
    low, high = np.quantile(ratios or [value], [(1 - level) / 2, (1 + level) / 2])
    return Interval(value, float(low), float(high), n)


def over_seeds(values: Sequence[float], level: float = 0.95) -> Interval:
    """The mean of `values` with its Student t interval; one value gives a range of width 0 and n = 1.

    Raises `ShapeError` for no values, NaN and infinity.
    """
    if not len(values) or not all(isfinite(value) for value in values):
        raise ShapeError(f"need at least one value, all finite, got {list(values)}")
    n, mean = len(values), float(np.mean(values))
    if n == 1:
        return Interval(mean, mean, mean, 1)
    half = t_quantile(level, n - 1) * float(np.std(values, ddof=1)) / sqrt(n)
    return Interval(mean, mean - half, mean + half, n)


def t_quantile(level: float, freedom: int) -> float:
    """The t with P(|T| <= t) = `level` for `freedom` degrees of freedom, by bisection of the finite series.

    The series for whole degrees of freedom is Abramowitz and Stegun 26.7.3 and 26.7.4; its angle is
    atan(t / sqrt(freedom)).
    """
    low, high = 0.0, pi / 2
    for _ in range(60):
        angle = (low + high) / 2
        low, high = (angle, high) if _t_mass(angle, freedom) < level else (low, angle)
    return tan(low) * sqrt(freedom)


def _t_mass(angle: float, freedom: int) -> float:
    odd = freedom % 2
    term, total = (cos(angle) if odd else 1.0), 0.0
    for step in range(1 + odd, freedom, 2):
        total += term
        term *= cos(angle) ** 2 * step / (step + 1)
    return (angle + sin(angle) * total) * 2 / pi if odd else sin(angle) * total


__all__ = ["Interval", "bootstrap", "over_seeds", "t_quantile"]
