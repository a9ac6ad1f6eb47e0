"""Weights in order of their absolute value: the largest of them, and parts within which they are about as large."""

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from interp.errors import ShapeError

FEWEST = 100
"""The last tenth is divided again as long as its parts have this many weights: fewer would leave a draw no choice."""


def strata(weights: Float[Tensor, "*shape"]) -> Int64[Tensor, "*shape"]:
    """The part of each weight by absolute value, from 0: tenths of equal count, the last one in tenths again.

    Subnetworks hold the largest weights, and among the largest tenth of a matrix are weights of very different size;
    so the last tenth is divided, of its tenths the last, and so on, as long as `FEWEST` weights are in a part. The
    counts of the parts of one division differ by at most 1. Equal weights ascend in order of position.
    """
    order = weights.detach().abs().flatten().argsort(stable=True)
    limits = torch.tensor(_limits(len(order)), dtype=torch.int64, device=order.device)
    part = torch.empty_like(order)
    part[order] = torch.bucketize(torch.arange(len(order), device=order.device), limits, right=True)
    return part.view(weights.shape)


def _limits(count: int) -> list[int]:
    """The first place of every part but the first, of `count` places."""
    limits, begin = [], 0
    while begin == 0 or count - begin >= 10 * FEWEST:
        limits += [begin - (begin - count) * tenth // 10 for tenth in range(1, 10)]
        begin = limits[-1]
    return limits


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


__all__ = ["FEWEST", "largest", "strata"]
