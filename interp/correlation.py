"""Pearson's correlation of numbers some of which are infinite."""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float64, Real
from torch import Tensor

from interp.errors import ShapeError

Numbers = Real[Tensor, "*shape"] | Real[np.ndarray, "*shape"]
"""As a tensor or an array."""


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


__all__ = ["Correlation", "correlation", "pearson"]
