"""Coverage and detectors of Karvonen et al. (2024): latents thresholded at shares of their maximum."""

import torch
from jaxtyping import Bool, Float64, Real
from torch import Tensor

from interp.matching.counting import counts

SHARES = tuple(tenth / 10 for tenth in range(10))
"""Thresholds as shares of a latent's maximum."""


def coverage(
    latents: Real[Tensor, "row latent"], labels: Bool[Tensor, "row label"], shares: tuple[float, ...] = SHARES
) -> Float64[Tensor, " share"]:
    """The mean over labels of the best latent's F1, at each share of the latents' maxima.

    The published number is the highest of these, one share for all labels (section 5 of Karvonen et al. 2024; their
    equation 3 would choose a share for each label). It selects and reports on the same rows: compare with the same
    of `shuffled_rows` and of `random_latents`, and see `match`. Labels that no row has are left out of the mean.
    """
    highest = _highest(latents)
    best = [counts(latents, labels, above=share * highest).f1.max(0).values for share in shares]
    return torch.stack(best).nanmean(1)


def detectors(
    latents: Real[Tensor, "row latent"],
    labels: Bool[Tensor, "row label"],
    shares: tuple[float, ...] = SHARES,
    *,
    precision: float = 0.95,
    hits: int = 10,
) -> Bool[Tensor, "share latent label"]:
    """Which latents say reliably that a label is there: their precision, and at least so many hits, at each share.

    Choose them on some rows, and see on others what they detect.
    """
    highest = _highest(latents)
    found = [counts(latents, labels, above=share * highest) for share in shares]
    return torch.stack([(each.precision >= precision) & (each.hits >= hits) for each in found])


def _highest(latents: Real[Tensor, "row latent"]) -> Real[Tensor, " latent"]:
    return latents.to_dense().amax(0) if latents.is_sparse else latents.amax(0)
