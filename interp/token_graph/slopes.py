"""How steeply the degree of tokens falls with their rank, and rises with how often they occur."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Integer, Real

from interp.errors import ShapeError
from interp.stats import Interval


class Slope(NamedTuple):
    """A straight line through the logarithms of two numbers, by least squares: y = exp(intercept) * x^slope."""

    slope: Interval
    """The exponent, with its interval over tokens."""
    intercept: float
    """ln y at x = 1."""
    r: float
    """Correlation of the logarithms; NaN when y is always the same."""


def degree_rank(
    degrees: Real[np.ndarray, " token"],
    generator: np.random.Generator,
    first: int = 1,
    last: int | None = None,
    points: int = 50,
    level: float = 0.95,
    draws: int = 200,
) -> Slope:
    """The slope of ln degree against ln rank, from rank `first` to `last` (default: the last of degree 1 or more).

    Least squares over up to `points` ranks at equal distances in ln rank: over all ranks the rarest tokens, which are
    most of them, would make the slope alone. The interval resamples tokens and ranks them anew. A degree cannot exceed
    the number of latents: among tokens that reach them all the slope is 0, so choose `first` behind those and say so.
    Raises `ShapeError` for fewer than 2 ranks.
    """
    ordered = np.sort(degrees[degrees > 0])[::-1].astype(np.float64)
    end = len(ordered) if last is None else last
    if not 1 <= first < end <= len(ordered) or points < 2:
        raise ShapeError(f"need 2 ranks or more of the {len(ordered)} tokens of some degree, not {first} to {end}")
    ranks = np.unique(np.geomspace(first, end, points).round().astype(np.int64))
    x, y = np.log(ranks), np.log(ordered)
    drawn = np.empty(_checked(draws, level))
    for place in range(draws):
        again = np.sort(generator.integers(len(y), size=len(y)))
        drawn[place] = _line(x, y[again[ranks - 1]])[0]
    return _slope(x, y[ranks - 1], drawn, level, len(ordered))


def degree_count(
    degrees: Real[np.ndarray, " token"],
    token_counts: Integer[np.ndarray, " token"],
    generator: np.random.Generator,
    minimum: int = 1,
    level: float = 0.95,
    draws: int = 200,
) -> Slope:
    """The slope of ln degree against ln occurrences, over tokens of at least `minimum` occurrences and degree above 0.

    Every token counts alike. Hold it against the slope of `expected_degrees`, which occurrences alone would give.
    Raises `ShapeError` for fewer than 2 such tokens, or all of them as frequent.
    """
    if degrees.shape != token_counts.shape:
        raise ShapeError(f"need the occurrences of every token: {len(token_counts)} for {len(degrees)} degrees")
    kept = (token_counts >= max(1, minimum)) & (degrees > 0)
    x, y = np.log(token_counts[kept]), np.log(degrees[kept].astype(np.float64))
    if len(np.unique(x)) < 2:
        raise ShapeError(f"need tokens of 2 different numbers of occurrences, {minimum} or more: there are {len(x)}")
    drawn = np.full(_checked(draws, level), np.nan)
    for place in range(draws):
        again = generator.integers(len(x), size=len(x))
        if x[again].min() < x[again].max():
            drawn[place] = _line(x[again], y[again])[0]
    return _slope(x, y, drawn[~np.isnan(drawn)], level, len(x))


def _slope(
    x: Float64[np.ndarray, " point"],
    y: Float64[np.ndarray, " point"],
    drawn: Float64[np.ndarray, " draw"],
    level: float,
    tokens: int,
) -> Slope:
    slope, intercept = _line(x, y)
    ends = np.quantile(drawn if len(drawn) else [slope], [(1 - level) / 2, (1 + level) / 2])
    r = float(np.corrcoef(x, y)[0, 1]) if y.min() < y.max() else float("nan")
    return Slope(Interval(slope, float(ends[0]), float(ends[1]), tokens), intercept, r)


def _line(x: Float64[np.ndarray, " point"], y: Float64[np.ndarray, " point"]) -> tuple[float, float]:
    centred = x - x.mean()
    # Less the first of them, so that the slope of what is always the same is 0 to the last bit.
    slope = float(centred @ (y - y[0]) / (centred @ centred))
    return slope, float(y.mean() - slope * x.mean())


def _checked(draws: int, level: float) -> int:
    if not 0 < level < 1 or draws < 1:
        raise ShapeError(f"level must lie between 0 and 1 and draws be at least 1, not {level} and {draws}")
    return draws


__all__ = ["Slope", "degree_count", "degree_rank"]
