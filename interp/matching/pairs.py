"""Every latent for one label of its own: the area under its ROC curve and its best threshold, all columns at once.

`areas` and `sweep` rank a latent once for all labels; where each has one label only, the columns are ranked together.
"""

from collections.abc import Iterator

import torch
from jaxtyping import Bool, Float64, Real
from torch import Tensor

from interp.matching.latents import chunks


def pair_areas(latents: Real[Tensor, "row pair"], labels: Bool[Tensor, "row pair"]) -> Float64[Tensor, " pair"]:
    """The diagonal of `areas`, bit for bit: rank sums are whole or half numbers, whose order of adding does not matter.

    A label with one class is NaN. Raises `ShapeError` for NaN and infinity.
    """
    sums = [(_midranks(values) * own).sum(1) for values, own in _sorted(latents, labels)]
    with_label = labels.sum(0).double()
    pairs = with_label * (len(labels) - with_label)
    return (torch.cat(sums) - with_label * (with_label + 1) / 2) / torch.where(pairs > 0, pairs, torch.nan)


def pair_thresholds(latents: Real[Tensor, "row pair"], labels: Bool[Tensor, "row pair"]) -> Float64[Tensor, " pair"]:
    """The diagonal of the thresholds of `sweep`: those of the best F1, of several the highest.

    Of a label that no row has, the highest value. Raises `ShapeError` for NaN and infinity.
    """
    found = []
    for values, own in _sorted(latents, labels):
        values, own = values.flip(1), own.flip(1)
        called = torch.arange(1, values.shape[1] + 1, dtype=torch.float64, device=values.device)
        halves = own.cumsum(1) / (called + own.sum(1, keepdim=True))  # half the F1
        last = torch.ones_like(values, dtype=torch.bool)
        last[:, :-1] = values[:, 1:] != values[:, :-1]
        at = halves.masked_fill(~last, -1.0).max(1).indices  # the first of several
        found.append(values.gather(1, at[:, None])[:, 0].double())
    return torch.cat(found) + 0.0  # no negative zeros


def _sorted(
    latents: Real[Tensor, "row pair"], labels: Bool[Tensor, "row pair"]
) -> Iterator[tuple[Real[Tensor, "some row"], Float64[Tensor, "some row"]]]:
    """Some latents at a time, each from its lowest value to its highest, and its own label in that order."""
    for part, chunk in chunks(latents):
        values, order = chunk.sort(1)
        yield values, labels[:, part].T.gather(1, order).double()


def _midranks(values: Real[Tensor, "pair row"]) -> Float64[Tensor, "pair row"]:
    """Ranks of sorted values, 1 for the lowest; equal ones share the mean of their ranks."""
    rows = values.shape[1]
    place = torch.arange(1, rows + 1, dtype=torch.float64, device=values.device).expand(values.shape)
    differs = values[:, 1:] != values[:, :-1]
    edge = torch.ones_like(values[:, :1], dtype=torch.bool)
    first = torch.where(torch.cat([edge, differs], 1), place, 1.0).cummax(1).values
    last = torch.where(torch.cat([differs, edge], 1), place, float(rows)).flip(1).cummin(1).values.flip(1)
    return (first + last) / 2


__all__ = ["pair_areas", "pair_thresholds"]
