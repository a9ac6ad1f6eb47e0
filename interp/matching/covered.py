"""Coverage of Karvonen et al. (2024) with its choices made on other rows than its F1."""

from collections.abc import Sequence
from math import nan
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float64, Int64, Integer, Real
from torch import Tensor

from interp.matching.counting import Counts
from interp.matching.grouped import resampled, sums
from interp.stats import Interval


class Cover(NamedTuple):
    """A latent for every label and its limit, one share of the maxima for all labels."""

    share: int
    """The place of the share among those that were tried."""
    latent: Int64[Tensor, " label"]
    """The latent with the highest F1 at that share; of several the first."""
    limit: Real[Tensor, " label"]
    """What it must exceed."""
    f1: Float64[Tensor, " label"]
    """Its F1 on the rows of the choice; NaN for a label that none of them has."""

    @property
    def coverage(self) -> float:
        """The published number: the mean F1 on the rows on which latents and share were chosen."""
        return float(self.f1.nanmean())

    def fires(self, latents: Real[Tensor, "row latent"]) -> Bool[Tensor, "row label"]:
        """Where each label's latent calls it. Dense latents only."""
        return latents[:, self.latent] > self.limit


def cover(found: Sequence[Counts], limits: Real[Tensor, "share latent"]) -> Cover:
    """The best latent for each label, at the one share with the highest mean F1 over labels.

    `found` are the counts at each of the limits (`counts_above`). Labels that no row has are left out of the mean.
    """
    f1, latent = (torch.stack(parts) for parts in zip(*(_best(one) for one in found), strict=True))
    share = int(f1.nanmean(1).nan_to_num(-1.0).argmax())
    return Cover(share, latent[share], limits[share, latent[share]], f1[share])


def covered(
    fires: Bool[Tensor, "row label"],
    labels: Bool[Tensor, "row label"],
    groups: Integer[Tensor, " row"],
    generator: np.random.Generator,
) -> Interval:
    """The mean over labels of each one's F1, with the bootstrap interval of whole groups (documents, games).

    Labels that no row has are left out; NaN where that leaves none.
    """
    hits, both = sums(fires & labels, groups), sums(fires, groups) + sums(labels, groups)
    if not labels.any():
        return Interval(nan, nan, nan, len(hits))
    known = sums(labels, groups).sum(0) > 0
    top, bottom = 2 * hits[:, known], both[:, known]
    return resampled(top, bottom, generator)


def _best(found: Counts) -> tuple[Float64[Tensor, " label"], Int64[Tensor, " label"]]:
    best = found.f1.max(0)
    return best.values, best.indices
