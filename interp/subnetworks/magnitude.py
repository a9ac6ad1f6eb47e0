"""Weights in order of their absolute value: the largest of them, and parts of equal count."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from interp.errors import ShapeError

STRATA = 10
"""Parts of equal count into which a matrix is divided by the absolute value of its weights."""


def in_strata(weights: Float[Tensor, "*shape"], strata: int = STRATA) -> Bool[Tensor, "stratum *shape"]:
    """Which weights are in each of `strata` parts, ascending by absolute value, whose counts differ by at most 1.

    Equal weights ascend in order of position. Raises `ShapeError` for fewer than 1 part.
    """
    if strata < 1:
        raise ShapeError(f"weights are divided into at least 1 part, not {strata}")
    order = weights.detach().abs().flatten().argsort(stable=True)
    places = torch.arange(len(order), device=order.device)
    part = torch.empty_like(order)
    part[order] = places * strata // max(1, len(order))
    return part.view(weights.shape) == torch.arange(strata, device=part.device).view(-1, *[1] * weights.ndim)


def largest(weights: Float[Tensor, "*shape"], count: int) -> Bool[Tensor, "*shape"]:
    """The `count` weights of largest absolute value; of equal ones the first by position.

    Raises `ShapeError` for a count below 0 or above the number of weights.
    """
    values = weights.detach().abs().flatten()
    if not 0 <= count <= len(values):
        raise ShapeError(f"cannot keep {count} of {len(values)} weights")
    if count == 0:
        return torch.zeros_like(weights, dtype=torch.bool)
    limit = values.kthvalue(len(values) - count + 1).values
    kept = values > limit
    ties = (values == limit).nonzero()[: count - int(kept.sum()), 0]
    kept[ties] = True
    return kept.view(weights.shape)


__all__ = ["STRATA", "in_strata", "largest"]
