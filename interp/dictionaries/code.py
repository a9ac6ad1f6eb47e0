"""Sparse codes: only the entries of a [row, latent] matrix that count, row by row."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor


class Code(NamedTuple):
    """Places in a matrix [row, latent], sorted by row. Values are kept apart, since only they carry gradients."""

    latents: Int64[Tensor, " entry"]
    """The latent of each entry."""
    starts: Int64[Tensor, " row"]
    """The first entry of each row; a row without entries starts where the next one does."""
    width: int
    """How many latents there are."""

    @classmethod
    def of(cls, chosen: Bool[Tensor, "row latent"]) -> "Code":
        """The places where `chosen` is true."""
        counts = chosen.sum(1)
        return cls(chosen.nonzero()[:, 1], counts.cumsum(0) - counts, chosen.shape[1])

    @property
    def rows(self) -> Int64[Tensor, " entry"]:
        """The row of each entry."""
        ends = torch.cat([self.starts[1:], self.starts.new_tensor([len(self.latents)])])
        return torch.repeat_interleave(ends - self.starts, output_size=len(self.latents))

    def dense(self, values: Float[Tensor, " entry"]) -> Float[Tensor, "row latent"]:
        """The matrix with `values` in its places and zeros elsewhere; gradients pass."""
        empty = values.new_zeros(len(self.starts), self.width)
        return empty.index_put((self.rows, self.latents), values)

    def by_latent(self) -> tuple[Int64[Tensor, " entry"], Int64[Tensor, " latent"]]:
        """The entries sorted by latent, rows ascending within each, and the first of them for each latent."""
        order = torch.argsort(self.latents.int(), stable=True)
        counts = torch.bincount(self.latents, minlength=self.width)
        return order, counts.cumsum(0) - counts


__all__ = ["Code"]
