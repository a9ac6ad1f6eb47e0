"""Sums by group, and means over labels that are resampled by whole groups."""

import numpy as np
import torch
from jaxtyping import Bool, Float64, Integer
from torch import Tensor

from interp.matching.latents import whole
from interp.stats import Interval

_DRAWS = 1000
"""Resamplings."""


def sums(flags: Bool[Tensor, "row label"], groups: Integer[Tensor, " row"]) -> Float64[np.ndarray, "group label"]:
    """How often each label is true in each group, the groups in ascending order."""
    distinct, place = torch.unique(groups, return_inverse=True)
    zero = torch.zeros(len(distinct), flags.shape[1], dtype=whole(flags[:0]).dtype, device=flags.device)
    found: Float64[np.ndarray, "group label"] = zero.index_add_(0, place, whole(flags)).double().cpu().numpy()
    return found


def resampled(
    tops: Float64[np.ndarray, "group label"],
    bottoms: Float64[np.ndarray, "group label"],
    generator: np.random.Generator,
    level: float = 0.95,
) -> Interval:
    """The mean over labels of sum(tops) / sum(bottoms), with the percentile interval of resamplings of whole groups.

    A label whose bottom is 0 in a resampling is left out of its mean; the range always holds the value itself. One
    group gives a range of width 0.
    """
    count = len(tops)
    value = _mean(tops.sum(0, keepdims=True), bottoms.sum(0, keepdims=True))[0]
    if count == 1:
        return Interval(float(value), float(value), float(value), 1)
    chosen = generator.integers(count, size=(_DRAWS, count))
    weights = np.stack([np.bincount(draw, minlength=count) for draw in chosen]).astype(np.float64)
    means = _mean(weights @ tops, weights @ bottoms)
    low, high = np.nanquantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(value), float(min(low, value)), float(max(high, value)), count)


def _mean(tops: Float64[np.ndarray, "draw label"], bottoms: Float64[np.ndarray, "draw label"]) -> np.ndarray:
    known = bottoms > 0
    ratios = np.divide(tops, bottoms, out=np.zeros_like(tops), where=known)
    counted = known.sum(1)
    means: np.ndarray = np.where(counted > 0, ratios.sum(1) / np.maximum(counted, 1), np.nan)
    return means
