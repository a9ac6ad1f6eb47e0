"""How often latents fire, and how often on a label: exact counts at one threshold."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float64, Int64, Real
from torch import Tensor

from interp.errors import ShapeError
from interp.matching.latents import chunks, positives, require, whole


class Counts(NamedTuple):
    """Latents as detectors of labels at one threshold: what precision, recall and F1 are made from."""

    hits: Int64[Tensor, "latent label"]
    """Rows that have the label and where the latent fires."""
    fired: Int64[Tensor, " latent"]
    """Rows where the latent fires."""
    positives: Int64[Tensor, " label"]
    """Rows that have the label."""

    @property
    def precision(self) -> Float64[Tensor, "latent label"]:
        """Share of the latent's rows that have the label; NaN for a latent that never fires."""
        return self.hits / self.fired[:, None].double()

    @property
    def recall(self) -> Float64[Tensor, "latent label"]:
        """Share of the label's rows where the latent fires; NaN for a label that no row has."""
        return self.hits / self.positives.double()

    @property
    def f1(self) -> Float64[Tensor, "latent label"]:
        """The harmonic mean of both; 0 where there is no hit, NaN for a label that no row has."""
        f1 = 2 * self.hits / (self.fired[:, None] + self.positives).double()
        return f1.masked_fill(self.positives == 0, torch.nan)


def counts(
    latents: Real[Tensor, "row latent"],
    labels: Bool[Tensor, "row label"],
    above: float | Real[Tensor, " latent"] = 0.0,
) -> Counts:
    """Count the rows where each latent is above a threshold: one for all, or one for each latent.

    The default calls a latent firing where it is above 0. Raises `ShapeError` as `auroc` does.
    """
    require(latents, labels)
    limits = torch.as_tensor(above, dtype=torch.float64, device=latents.device)
    if limits.shape not in ((), latents.shape[1:]):
        raise ShapeError(f"need one threshold, or one for each of {latents.shape[1]} latents: {list(limits.shape)}")
    limits = limits.expand(latents.shape[1])
    wanted = whole(labels)
    hits, fired = [], []
    for part, chunk in chunks(latents):
        fires = chunk.double() > limits[part, None]
        hits.append((fires.to(wanted.dtype) @ wanted).long())
        fired.append(fires.sum(1))
    return Counts(torch.cat(hits), torch.cat(fired), positives(labels))
