"""Where on the board hits lie: the share of a part of it, and what the same hits on squares in another order give."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float64, Integer

from experiments.othello.places import Mask
from interp.stats import Interval, bootstrap

DRAWS = 1000
"""Orders of the squares."""

Counts = Integer[np.ndarray, " square"]

NOTHING = Interval(0.0, 0.0, 1.0, 0)
"""The share of a part when there is no hit: it is not known at all."""


def share(counts: Counts, part: Mask, rng: np.random.Generator) -> Interval:
    """The share of hits in a part of the board; the interval resamples squares, as hits on one square go together."""
    return bootstrap(counts * part, counts, rng) if counts.sum() else NOTHING


def scattered(counts: Counts, part: Mask, rng: np.random.Generator) -> Interval:
    """The same share with the squares in random order: its mean, the part's share of squares, and the middle 95 %."""
    if not counts.sum():
        return NOTHING
    drawn: Float64[np.ndarray, " draw"] = np.array([rng.permutation(counts)[part].sum() for _ in range(DRAWS)])
    low, high = np.quantile(drawn / counts.sum(), [0.025, 0.975])
    mean = float(part.mean())
    return Interval(mean, float(min(low, mean)), float(max(high, mean)), len(counts))


def by_part(counts: Counts, parts: Mapping[str, Mask], rng: np.random.Generator) -> dict[str, Any]:
    """The share of every part, None for all when there is no hit."""
    return {name: share(counts, part, rng) if counts.sum() else None for name, part in parts.items()}


__all__ = ["Counts", "DRAWS", "NOTHING", "by_part", "scattered", "share"]
