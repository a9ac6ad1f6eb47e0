"""Board reconstruction of Karvonen et al. (2024): what latents that can be relied on say together."""

from collections.abc import Iterator, Sequence
from math import nan
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64, Int64, Integer, Real
from torch import Tensor

from interp.errors import ShapeError
from interp.matching.counting import Counts
from interp.matching.grouped import sums
from interp.matching.latents import positives, require, whole
from interp.matching.shares import Fired, bags, entries
from interp.stats import Interval, bootstrap


class Agreement(NamedTuple):
    """What detectors call and what is there, at each of several limits."""

    hits: Int64[Tensor, "limit label"]
    """Rows that have the label and where a detector calls it."""
    called: Int64[Tensor, "limit label"]
    """Rows where a detector calls it."""
    positives: Int64[Tensor, " label"]
    """Rows that have it."""

    @property
    def f1(self) -> Float64[Tensor, " limit"]:
        """F1 over all rows and labels together (micro): 0 where nothing is called, NaN where nothing is there.

        The published code pools like this and takes one share of the maxima for all labels; equation 5 of the paper
        would average boards and choose a share for each.
        """
        f1 = 2 * self.hits.sum(1) / (self.called.sum(1) + self.positives.sum()).double()
        return f1 if self.positives.any() else torch.full_like(f1, torch.nan)

    def part(self, labels: slice) -> "Agreement":
        """The same of some of the labels."""
        return Agreement(self.hits[:, labels], self.called[:, labels], self.positives[labels])


def reliable(found: Sequence[Counts], *, precision: float = 0.95, hits: int = 10) -> Bool[Tensor, "limit latent label"]:
    """`detectors` from the counts at each limit (`counts_above`): precise enough, on enough rows of the label."""
    return torch.stack([(each.precision >= precision) & (each.hits >= hits) for each in found])


def reconstruct(
    latents: Real[Tensor, "row latent"], limits: Float[Tensor, " limited"], detectors: Bool[Tensor, "detecting label"]
) -> Bool[Tensor, "row label"]:
    """Which labels are called in each row: those of which any detector is above its limit.

    Limits and detectors were chosen on other rows (`reliable`); without a detector a label is never called.
    Raises `ShapeError` for limits and detectors of another number of latents.
    """
    return torch.cat([calls[0] > 0 for _, calls in _calls(latents, limits[None], detectors[None])])


def agreement(
    latents: Real[Tensor, "row latent"],
    labels: Bool[Tensor, "row label"],
    limits: Float[Tensor, "limit limited"],
    detectors: Bool[Tensor, "limit detecting called"],
) -> Agreement:
    """How `reconstruct` agrees with the labels at each of several limits, ascending. Raises `ShapeError`."""
    require(latents, labels)
    if detectors.shape[-1] != labels.shape[1]:
        raise ShapeError(f"detectors of {detectors.shape[-1]} labels, but {labels.shape[1]} labels")
    wanted = whole(labels)
    hits, called = (torch.zeros(len(limits), labels.shape[1], dtype=torch.int64) for _ in range(2))
    for part, calls in _calls(latents, limits, detectors):
        for limit, marks in enumerate(calls):
            says = marks.clamp_(max=1)
            called[limit] += says.sum(0).long()
            hits[limit] += says.mul_(wanted[part]).sum(0).long()
    return Agreement(hits, called, positives(labels))


def micro_f1(
    called: Bool[Tensor, "row label"],
    labels: Bool[Tensor, "row label"],
    groups: Integer[Tensor, " row"],
    generator: np.random.Generator,
) -> Interval:
    """F1 over all rows and labels together with the bootstrap interval of whole groups; NaN where no label is true."""
    hits, both = sums(called & labels, groups).sum(1), (sums(called, groups) + sums(labels, groups)).sum(1)
    if not labels.any():
        return Interval(nan, nan, nan, len(hits))
    return bootstrap(2 * hits, both, generator)


def _calls(
    latents: Real[Tensor, "row latent"],
    limits: Float[Tensor, "limit limited"],
    detectors: Bool[Tensor, "limit detecting called"],
) -> Iterator[tuple[slice, list[Float[Tensor, "some called"]]]]:
    """Rows in their order with the number of detectors that call each label, at each limit."""
    if limits.shape != detectors.shape[:2] or limits.shape[1:] != latents.shape[1:]:
        raise ShapeError(
            f"limits {list(limits.shape)} and detectors {list(detectors.shape)} must be of {latents.shape[1]} latents"
        )
    tables = whole(detectors.flatten(0, 1)).view(detectors.shape)
    own = limits.masked_fill(~detectors.any(2), torch.inf)  # nothing is above what detects nothing
    for found in entries(latents, own.amin(0)):
        yield found.part, [_marks(found, *one) for one in zip(own, tables, strict=True)]


def _marks(
    found: Fired, limit: Float[Tensor, " latent"], table: Float[Tensor, "latent label"]
) -> Float[Tensor, "some label"]:
    """For each row of a part, how many detectors of each label are above their limit."""
    kept = (found.value > limit[found.latent]).nonzero()[:, 0]
    sizes = torch.bincount(found.row[kept], minlength=found.part.stop - found.part.start)
    return bags(found.latent[kept], table, sizes)
