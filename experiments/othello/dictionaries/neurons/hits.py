"""Which neurons look at which squares: cosines above a threshold, as published and as meant, beside rotations."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float, Float64
from torch import Tensor

from interp.matching import cosines
from interp.matching.directions import rotation
from interp.stats import Interval, bootstrap

DRAWS, SHUFFLES = 20, 1000
"""Rotations of the probe, and shuffles of the squares."""


def hits(
    weights: Float64[Tensor, "neuron width"], directions: Float[Tensor, "square width"], threshold: float
) -> Bool[np.ndarray, "neuron square"]:
    """Whether the absolute cosine of a neuron's input weights with a square's direction exceeds the threshold."""
    near: np.ndarray = cosines(weights, directions).abs().numpy()
    return near > threshold


def published_hits(
    weights: Float64[Tensor, "neuron width"], directions: Float[Tensor, "square width"], threshold: float
) -> Bool[np.ndarray, "neuron square"]:
    """The same as the published code normalises: each dimension over neurons, instead of each neuron over dimensions.

    What it compares with the threshold are no cosines: a neuron keeps a length of its own, of about the square root
    of dimensions per neurons (one half where there are four neurons a dimension).
    """
    scaled = weights / weights.norm(dim=0).clamp(min=1e-12)
    unit = directions.double() / directions.double().norm(dim=1, keepdim=True)
    near: np.ndarray = (scaled @ unit.T).abs().numpy()
    return near > threshold


def rotated_counts(
    weights: Float64[Tensor, "neuron width"],
    directions: Float[Tensor, "square width"],
    thresholds: Sequence[float],
    generator: np.random.Generator,
) -> Float64[np.ndarray, "threshold draw square"]:
    """Neurons above each threshold by square, after random rotations of all directions together."""
    found = []
    for _ in range(DRAWS):
        turned = cosines(weights, directions.double() @ rotation(weights, generator)).abs()
        found.append([(turned > threshold).sum(0).numpy() for threshold in thresholds])
    return np.array(found, np.float64).transpose(1, 0, 2)


def share(
    hit: Bool[np.ndarray, "neuron square"], region: Bool[np.ndarray, " square"], generator: np.random.Generator
) -> Interval | None:
    """The share of all hits that lie in a region, resampled by neurons; None where nothing is hit."""
    if not hit.any():
        return None
    return bootstrap(hit[:, region].sum(1), hit.sum(1), generator)


def shuffled_share(
    hit: Bool[np.ndarray, "neuron square"], region: Bool[np.ndarray, " square"], generator: np.random.Generator
) -> Interval | None:
    """The same with squares shuffled: the mean, and the middle 95 % of the shuffles; None where nothing is hit."""
    if not hit.any():
        return None
    counts = hit.sum(0)
    shares = [generator.permutation(counts)[region].sum() / counts.sum() for _ in range(SHUFFLES)]
    return middle(shares)


def middle(values: Sequence[float] | np.ndarray) -> Interval:
    """The mean of some draws and the middle 95 % of them."""
    low, high = np.quantile(values, [0.025, 0.975])
    mean = float(np.mean(values))
    return Interval(mean, min(float(low), mean), max(float(high), mean), len(values))


def disagreement(
    one: Bool[np.ndarray, "case square"], other: Bool[np.ndarray, "case square"], generator: np.random.Generator
) -> Interval | None:
    """The share of hits of either that are not hits of both, resampled by squares; None where neither has any."""
    either = (one | other).sum(0)
    return bootstrap((one ^ other).sum(0), either, generator) if either.any() else None


__all__ = [
    "DRAWS", "disagreement", "hits", "middle", "published_hits", "rotated_counts", "share", "shuffled_share",
]  # fmt: skip
