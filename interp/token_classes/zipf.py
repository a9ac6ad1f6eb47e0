"""How fast frequency falls with rank: Zipf's law, fitted in two ways."""

from math import log, sqrt
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int64

from interp.errors import ShapeError
from interp.token_classes.statistics import TokenStatistics

ENOUGH = 10
"""Occurrences below which a token's rank says little: many tokens share the same few counts."""
_STEEPEST = 64.0


class Zipf(NamedTuple):
    """A fit of share(rank) = exp(level) * rank ** -alpha over a range of ranks."""

    alpha: float
    """How steep; 1 is Zipf's own law."""
    error: float
    """Standard error of alpha, of this fit alone: see the function that made it."""
    level: float
    """The natural logarithm of the fitted share of all occurrences at rank 1, to draw the line."""
    first: int
    """The first rank of the range; the most frequent token has rank 1."""
    last: int
    """The last rank of the range, included."""


def least_squares(statistics: TokenStatistics, first: int = 1, last: int | None = None, points: int = 100) -> Zipf:
    """A straight line through log share against log rank, at about `points` ranks that are evenly spaced in the log.

    At every rank alike, the thousands of rare tokens would decide alone. Default range: all tokens that occur at least
    `ENOUGH` times. The standard error is that of the regression, as if the points scattered independently about a
    line: counts that descend by construction do not, so it is too small where the law does not hold. Raises
    `ShapeError` for a range with fewer than 3 of these ranks.
    """
    first, last, counts = _range(statistics, first, last)
    ranks = np.unique(np.round(np.geomspace(first, last, max(points, 2))).astype(np.int64))
    if len(ranks) < 3:
        raise ShapeError(f"a line and its error need at least 3 ranks, and {first} to {last} gives {len(ranks)}")
    x, y = np.log(ranks), np.log(counts[ranks - first] / statistics.tokens)
    from_mean = x - x.mean()
    spread = float(from_mean @ from_mean)
    slope = float(from_mean @ y) / spread
    level = float(y.mean() - slope * x.mean())
    left = y - level - slope * x
    return Zipf(-slope, sqrt(float(left @ left) / (len(ranks) - 2) / spread), level, first, last)


def maximum_likelihood(statistics: TokenStatistics, first: int = 1, last: int | None = None) -> Zipf:
    """The alpha under which the occurrences of the tokens in the range are most likely, P(rank) ~ rank ** -alpha.

    The frequent tokens decide here, by their occurrences. Default range: as for `least_squares`. The standard error is
    that of independent draws with ranks known beforehand; words of one document come together, so the true one is
    larger. Raises `ShapeError` for a range of fewer than 2 ranks.
    """
    first, last, counts = _range(statistics, first, last)
    x = np.log(np.arange(first, last + 1))
    occurrences = int(counts.sum())
    wanted = float(counts @ x) / occurrences
    low, high = 0.0, _STEEPEST  # counts descend, so alpha is never below 0
    for _ in range(80):
        alpha = (low + high) / 2
        low, high = (alpha, high) if _moments(x, alpha)[0] > wanted else (low, alpha)
    alpha = (low + high) / 2
    _, variance, total = _moments(x, alpha)
    level = log(occurrences / statistics.tokens) - total
    return Zipf(alpha, 1 / sqrt(occurrences * variance), level, first, last)


def _moments(x: Float64[np.ndarray, " rank"], alpha: float) -> tuple[float, float, float]:
    """Mean and variance of the log rank where P(rank) ~ rank ** -alpha, and the logarithm of the normalising sum."""
    weights = np.exp(-alpha * (x - x[0]))
    total = float(weights.sum())
    mean = float(weights @ x) / total
    return mean, float(weights @ (x - mean) ** 2) / total, log(total) - alpha * float(x[0])


def _range(statistics: TokenStatistics, first: int, last: int | None) -> tuple[int, int, Int64[np.ndarray, " rank"]]:
    """The first and last rank, and the occurrences of the tokens from one to the other."""
    if last is None:
        last = int((statistics.occurrences >= ENOUGH).sum())
    seen = int((statistics.occurrences > 0).sum())
    if not 1 <= first < last <= seen:
        raise ShapeError(
            f"ranks {first} to {last} are no range to fit: {seen} tokens occur, "
            f"{int((statistics.occurrences >= ENOUGH).sum())} of them at least {ENOUGH} times"
        )
    return first, last, statistics.occurrences[statistics.order[first - 1 : last]].numpy()


__all__ = ["ENOUGH", "Zipf", "least_squares", "maximum_likelihood"]
