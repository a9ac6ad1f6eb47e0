"""Pearson's correlation of numbers some of which are infinite, and its interval over documents."""

from math import isnan
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float64, Integer, Real
from torch import Tensor

from interp.errors import ShapeError
from interp.stats import Interval

Numbers = Real[Tensor, "*shape"] | Real[np.ndarray, "*shape"]
"""As a tensor or an array."""


_TOGETHER = 2**20
"""Numbers that the bootstrap draws at a time."""


class Correlation(NamedTuple):
    """Two ways to deal with infinite surprisals, both of which have been published."""

    r: float
    """Over the pairs of which both numbers are finite; nan when either number is the same in all of them."""
    finite: int
    """How many they are."""
    infinite: int
    """How many pairs `r` leaves out."""
    replaced: float
    """Over all pairs, an infinite number being replaced by the largest finite one of its side."""


def correlation(a: Numbers, b: Numbers, where: Bool[Tensor, "*shape"] | None = None) -> Correlation:
    """Correlation of `a` and `b` over all pairs, or those that `where` says, in float64.

    Raises `ShapeError` for numbers of different shapes, fewer than 2 finite pairs, -inf, and nan: a token of whose
    context nothing is known has no surprisal, and has to be left out by `where`.
    """
    left, right = _pairs(a, b, where)
    finite = left.isfinite() & right.isfinite()
    count = int(finite.sum())
    if count < 2:
        raise ShapeError(f"a correlation needs at least 2 pairs of finite numbers, and there are {count}")
    filled = (torch.where(one.isfinite(), one, one[one.isfinite()].max()) for one in (left, right))
    return Correlation(pearson(left[finite], right[finite]), count, len(left) - count, pearson(*filled))


def correlation_interval(
    a: Numbers,
    b: Numbers,
    generator: np.random.Generator,
    where: Bool[Tensor, "*shape"] | None = None,
    clusters: Integer[Tensor, "*shape"] | None = None,
    level: float = 0.95,
    draws: int = 1000,
) -> Interval:
    """`correlation(...).r` with the percentile interval of `draws` resamplings of whole clusters.

    `clusters` says which document each pair belongs to; default: those of one row [sequence, ...] belong together.
    n is the number of clusters with a finite pair; one gives a range of width 0. Resamplings without a correlation
    are left out. Raises `ShapeError` as `correlation` does.
    """
    if not 0 < level < 1 or draws < 1:
        raise ShapeError(f"level must lie between 0 and 1 and draws be at least 1, not {level} and {draws}")
    value, shape = correlation(a, b, where).r, torch.as_tensor(a).shape
    if clusters is None:
        clusters = torch.arange(shape[0]).view(-1, *[1] * (len(shape) - 1)).expand(shape)
    if clusters.shape != shape:
        raise ShapeError(f"need the cluster of every pair, {list(shape)}, not {list(clusters.shape)}")
    left, right = _pairs(a, b, where)
    finite = left.isfinite() & right.isfinite()
    group = clusters.cpu().flatten() if where is None else clusters.cpu()[where.cpu()]
    sums = _sums(left[finite], right[finite], group[finite])
    if len(sums) == 1 or isnan(value):
        return Interval(value, value, value, len(sums))
    found: list[float] = []
    for begin in range(0, draws, step := max(1, _TOGETHER // len(sums))):
        times = generator.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=min(step, draws - begin))
        found += _correlations(times @ sums)
    low, high = np.quantile(found or [value], [(1 - level) / 2, (1 + level) / 2])
    return Interval(value, float(low), float(high), len(sums))


def _sums(
    a: Float64[Tensor, " pair"], b: Float64[Tensor, " pair"], group: Integer[Tensor, " pair"]
) -> Float64[np.ndarray, "cluster 6"]:
    """Of each cluster: pairs, a, b, a a, b b, a b, about the means of all."""
    left, right = ((one - one.mean()) / (one - one.mean()).abs().max().clamp_min(1e-300) for one in (a, b))
    rows = torch.stack([torch.ones_like(left), left, right, left**2, right**2, left * right], 1)
    present, place = torch.unique(group, return_inverse=True)
    return torch.zeros(len(present), 6, dtype=torch.float64).index_add_(0, place, rows).numpy()


def _correlations(sums: Float64[np.ndarray, "draw 6"]) -> list[float]:
    """The correlation of each draw; without those in which a side does not vary."""
    n, a, b, aa, bb, ab = sums.T
    spread = (n * aa - a * a) * (n * bb - b * b)
    # What is left of a side that does not vary is rounding.
    varies = spread > 1e-20 * (n * aa) * (n * bb)
    found: list[float] = np.clip((n * ab - a * b)[varies] / np.sqrt(spread[varies]), -1, 1).tolist()
    return found


def pearson(a: Float64[Tensor, " pair"], b: Float64[Tensor, " pair"]) -> float:
    """Correlation of finite numbers; nan when those of either side are all the same."""
    if bool(a.max() == a.min()) or bool(b.max() == b.min()):
        return float("nan")
    # Scaled first: squares of very large or small numbers leave the range.
    left, right = ((one - one.mean()) / (one - one.mean()).abs().max() for one in (a, b))
    return min(1.0, max(-1.0, float((left @ right) / (left.norm() * right.norm()))))


def _pairs(a: Numbers, b: Numbers, where: Tensor | None) -> tuple[Tensor, Tensor]:
    left, right = (torch.as_tensor(one).detach().cpu().double() for one in (a, b))
    if left.shape != right.shape:
        raise ShapeError(f"need as many numbers on both sides, not {list(left.shape)} and {list(right.shape)}")
    if where is not None:
        if where.shape != left.shape or where.dtype != torch.bool:
            raise ShapeError(f"where must be booleans {list(left.shape)}, not {where.dtype} {list(where.shape)}")
        left, right = left[where.cpu()], right[where.cpu()]
    for one in (left, right):
        if bool((one.isnan() | one.isneginf()).any()):
            raise ShapeError("nan and -inf are no surprisals: leave out by `where` what has none")
    return left.flatten(), right.flatten()


__all__ = ["Correlation", "correlation", "correlation_interval", "pearson"]
