"""The area under the ROC curve among rows of the same stratum: of one ply, or of taken squares only."""

import torch
from jaxtyping import Bool, Float64, Int, Real
from torch import Tensor

from interp.matching.ranking import areas


def stratified(
    latents: Real[Tensor, "row latent"], labels: Bool[Tensor, "row label"], strata: Int[Tensor, " row"]
) -> Float64[Tensor, "latent label"]:
    """How often a row with the label has a higher value than a row of the same stratum without, ties one half.

    That is the mean of the strata's own AUROCs, weighted by their pairs of a row with and a row without the label; a
    stratum with one class has no pair and no weight. NaN where no stratum has both classes.

    All strata are ranked at once: rows are compared by stratum first and by value second, and the pairs of rows from
    different strata, which the strata alone decide, are taken off again.
    """
    number = torch.unique(strata, return_inverse=True)[1]
    values, place = torch.unique(latents, return_inverse=True)
    above = areas((number[:, None] * len(values) + place).double(), labels)
    with_label, without = (_by_stratum(one, number) for one in (labels, ~labels))
    everywhere = with_label.sum(0) * without.sum(0)
    across = (with_label * (without.cumsum(0) - without)).sum(0)
    pairs = (with_label * without).sum(0)
    return (above * everywhere - across) / torch.where(pairs > 0, pairs, torch.nan)


def _by_stratum(labels: Bool[Tensor, "row label"], number: Int[Tensor, " row"]) -> Float64[Tensor, "stratum label"]:
    """Rows that have each label, in every stratum."""
    zeros = torch.zeros(int(number.max()) + 1, labels.shape[1], dtype=torch.float64)
    return zeros.index_add(0, number, labels.double())


__all__ = ["stratified"]
