"""The area under the ROC curve of every latent for every label, from ranks."""

import warnings

import torch
from jaxtyping import Bool, Float64, Real
from torch import Tensor

from interp.matching.latents import Column, MatchWarning, chunks, columns, constant, positives, require


def auroc(latents: Real[Tensor, "row latent"], labels: Bool[Tensor, "row label"]) -> Float64[Tensor, "latent label"]:
    """How often a row with the label has a higher value than one without, ties counted as one half.

    That is the area under the ROC curve, exactly, for every pair at once: each latent is ranked once (ties share
    their mean rank; the zeros of a sparse latent are one tie and are not sorted), and one matrix product with the
    labels gives the rank sums of Mann and Whitney. Ranks are whole or half numbers, so that sums of them in float64
    are exact. Latents may be dense or sparse (COO). A latent that never fires has 0.5.

    A label with one class only has no area: NaN, with a `MatchWarning` that counts them.
    Raises `ShapeError` for shapes that do not fit, labels that are not boolean, and NaN or infinity in a latent.
    """
    require(latents, labels)
    if undefined := int(constant(labels).sum()):
        warnings.warn(f"{undefined} of {labels.shape[1]} labels have one class only: no AUROC", MatchWarning, 2)
    return areas(latents, labels)


def areas(latents: Real[Tensor, "row latent"], labels: Bool[Tensor, "row label"]) -> Float64[Tensor, "latent label"]:
    """`auroc` of what was checked before, without its warning."""
    wanted = labels.double()
    with_label = positives(labels).double()
    pairs = with_label * (len(labels) - with_label)
    sums = []
    for _, chunk in chunks(latents):
        ranks = torch.stack([midranks(column) for column in columns(chunk.T)])
        sums.append(ranks @ wanted)
    return (torch.cat(sums) - with_label * (with_label + 1) / 2) / torch.where(pairs > 0, pairs, torch.nan)


def midranks(column: Column) -> Float64[Tensor, " row"]:
    """The rank of every row, 1 for the lowest value; rows of equal value share the mean of their ranks."""
    count = len(column.values) + column.zeros
    _, place, sizes = torch.unique_consecutive(column.values, return_inverse=True, return_counts=True)
    from_top = (sizes.cumsum(0) - (sizes - 1) / 2).double()[place]
    from_top[column.above :] += column.zeros
    ranks = torch.full((count,), column.above + (column.zeros + 1) / 2, dtype=torch.float64, device=place.device)
    ranks[column.rows] = from_top
    return count + 1 - ranks
