"""When a loss has come down, and when the order of two losses flips, read from the checkpoints of a training."""

from collections.abc import Sequence
from itertools import pairwise
from math import nan
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Real

from interp.errors import ShapeError
from interp.stats import Interval


class Reached(NamedTuple):
    """The step at which each curve has gone a given share of its way; NaN for one that does not come down."""

    first: Float64[np.ndarray, "*curve"]
    """When it is there for the first time."""
    lasting: Float64[np.ndarray, "*curve"]
    """From when on it stays there: not before `first`, and later where it comes back up in between."""


class Flip(NamedTuple):
    """A change of order between two curves."""

    step: float
    """Where the difference passes 0, between checkpoints by interpolation."""
    after: float
    """The last checkpoint with the old order for sure."""
    before: float
    """The first checkpoint with the new order for sure."""
    sign: int
    """Of the difference from then on: 1 or -1."""


def reached(
    steps: Real[np.ndarray, " checkpoint"], losses: Real[np.ndarray, "*curve checkpoint"], share: float = 0.9
) -> Reached:
    """When each loss has done `share` of its way from the first checkpoint to the last.

    Every curve is measured by its own way, so that tokens of different difficulty compare; one that still falls at the
    end has not converged at all, and the last checkpoint only looks like its goal. Between checkpoints the loss is
    taken to be linear in log(1 + step). Raises `ShapeError` for a share outside 0 to 1, steps that do not ascend, and
    losses that are not finite.
    """
    if not 0 < share < 1:
        raise ShapeError(f"share must lie between 0 and 1, not {share}")
    values = np.asarray(losses, np.float64)
    where = _times(steps, values.shape[-1] if values.ndim else 0)
    if not np.isfinite(values).all():
        raise ShapeError("losses must be finite: leave out tokens that are never predicted")
    curves = values.reshape(-1, values.shape[-1])
    found = np.array([_crossings(where, curve, share) for curve in curves]).reshape(*values.shape[:-1], 2)
    return Reached(found[..., 0], found[..., 1])


def flips(steps: Real[np.ndarray, " checkpoint"], differences: Sequence[float | Interval]) -> list[Flip]:
    """Every change of sign of a difference of two losses, in the order of the steps.

    A difference is a number, or an interval (`GroupedLosses.difference`): then a checkpoint whose interval holds 0 has
    no order, and a flip is one from an order for sure to the other for sure. A 0 has no order either. The first passage
    of 0 between the two is taken, linear in log(1 + step). Raises `ShapeError` for steps that do not ascend, another
    number of differences, and differences that are not finite.
    """
    values = np.array([one.value if isinstance(one, Interval) else one for one in differences], np.float64)
    where = _times(steps, len(values))
    if not np.isfinite(values).all():
        raise ShapeError("differences must be finite: leave out checkpoints at which a group has no prediction")
    signs = [_sign(one) for one in differences]
    sure = [place for place, sign in enumerate(signs) if sign]
    found = []
    for old, new in pairwise(sure):
        if signs[old] != signs[new]:
            passed = next(place for place in range(old + 1, new + 1) if values[place] * signs[new] >= 0)
            step = _between(where, values, passed, 0.0)
            found.append(Flip(step, float(steps[old]), float(steps[new]), signs[new]))
    return found


def _sign(difference: float | Interval) -> int:
    if not isinstance(difference, Interval):
        return int(np.sign(difference))
    if difference.low <= 0 <= difference.high:
        return 0
    return int(np.sign(difference.value))


def _crossings(
    where: Float64[np.ndarray, " checkpoint"], curve: Float64[np.ndarray, " checkpoint"], share: float
) -> tuple[float, float]:
    """The first and the lasting passage of the level that is `share` of the way down."""
    level = curve[0] - share * (curve[0] - curve[-1])
    above = curve > level
    if not above[0] or above[-1]:  # no way down, or one lost in rounding
        return nan, nan
    first = int(np.argmin(above))
    lasting = int(np.nonzero(above)[0][-1]) + 1
    return _between(where, curve, first, level), _between(where, curve, lasting, level)


def _between(
    where: Float64[np.ndarray, " checkpoint"], values: Float64[np.ndarray, " checkpoint"], place: int, level: float
) -> float:
    """The step at which the values pass `level`, between the checkpoint before `place` and that one."""
    before, after = values[place - 1], values[place]
    share = (before - level) / (before - after)
    return float(np.expm1(where[place - 1] + share * (where[place] - where[place - 1])))


def _times(steps: Real[np.ndarray, " checkpoint"], count: int) -> Float64[np.ndarray, " checkpoint"]:
    """log(1 + step) of `count` checkpoints."""
    found = np.asarray(steps, np.float64)
    if found.ndim != 1 or len(found) != count or count < 2:
        raise ShapeError(f"need at least 2 checkpoints and the step of each: {len(found)} steps for {count}")
    if not np.isfinite(found).all() or found[0] < 0 or (np.diff(found) <= 0).any():
        raise ShapeError("steps must ascend from 0 or later, each checkpoint once")
    times: Float64[np.ndarray, " checkpoint"] = np.log1p(found)
    return times


__all__ = ["Flip", "Reached", "flips", "reached"]
