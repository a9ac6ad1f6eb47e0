"""The chance that a draw without replacement misses: hypergeometric, exact to rounding at any size."""

from math import lgamma, log, pi

import numpy as np
from jaxtyping import Float64, Real

from interp.errors import ShapeError

_TABLE = 32
"""Below it the remainder of Stirling's formula is looked up; from it on, four terms of its series are exact."""
_REMAINDERS = np.array(
    [-log(2 * pi) / 2, *(lgamma(x + 1) - (x + 0.5) * log(x) + x - log(2 * pi) / 2 for x in range(1, _TABLE))]
)


def log_missed(
    total: Real[np.ndarray, "..."] | int, active: Real[np.ndarray, "..."] | int, drawn: Real[np.ndarray, "..."] | int
) -> Float64[np.ndarray, "..."]:
    """ln C(total - active, drawn) / C(total, drawn): that none of `drawn` occurrences, of `total`, is an active one.

    Whole numbers, broadcast against each other; -inf where a miss is impossible. The four factorials are taken by
    Stirling's formula with its remainder and their large parts, which cancel, are left out on paper: `1 - exp` of the
    result is right to about 1e-15 * total of itself, where four calls of lgamma would lose it altogether (one draw of
    one active occurrence among 5 million). Raises `ShapeError` for less than 0, or more than `total`.
    """
    shape = np.broadcast_shapes(*(np.shape(one) for one in (total, active, drawn)))
    n, a, m = (np.atleast_1d(np.asarray(one, np.float64)) for one in (total, active, drawn))
    if n.size and a.size and m.size and not ((n >= 1) & (a >= 0) & (m >= 0) & (a <= n) & (m <= n)).all():
        raise ShapeError(
            "of `total` occurrences, 1 or more, both `active` and `drawn` must be 0 or more and all or less"
        )
    left = n - a - m
    # In this order nothing drawn, and nothing active, give 0 to the last bit.
    value = (_part(n - a, n) - _part(np.maximum(left, 0), n)) + (_part(n - m, n) - _part(n, n))
    found: Float64[np.ndarray, "..."] = np.where(left < 0, -np.inf, np.minimum(value, 0.0))
    return found.reshape(shape)


def log_missed_with_replacement(
    total: Real[np.ndarray, "..."] | int, active: Real[np.ndarray, "..."] | int, drawn: Real[np.ndarray, "..."] | int
) -> Float64[np.ndarray, "..."]:
    """drawn * ln(1 - active / total): the binomial approximation of `log_missed`, good while few of many are drawn."""
    n, a, m = (np.asarray(one, np.float64) for one in (total, active, drawn))
    with np.errstate(divide="ignore", invalid="ignore"):
        value = m * np.log1p(-a / n)
    found: Float64[np.ndarray, "..."] = np.where(m == 0, 0.0, value)
    return found


def _part(x: Float64[np.ndarray, "..."], total: Float64[np.ndarray, "..."]) -> Float64[np.ndarray, "..."]:
    """What is left of ln x! when the terms that cancel in `log_missed` are taken away."""
    part: Float64[np.ndarray, "..."] = (x + 0.5) * np.log1p((np.maximum(x, 1) - total) / total) + _remainder(x)
    return part


def _remainder(x: Float64[np.ndarray, "..."]) -> Float64[np.ndarray, "..."]:
    """ln x! - (x + 1/2) ln x + x - ln(2 pi) / 2; at 0, where ln x is taken as 0, so that the sum is ln 0! = 0."""
    inverse = 1 / np.maximum(x, _TABLE)
    square = inverse * inverse
    series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)))
    small: Float64[np.ndarray, "..."] = _REMAINDERS[np.minimum(x, _TABLE - 1).astype(np.int64)]
    return np.where(x < _TABLE, small, series)


__all__ = ["log_missed", "log_missed_with_replacement"]
