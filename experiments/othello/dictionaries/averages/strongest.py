"""The rows where each latent is strongest, and averages of anything over them."""

from dataclasses import dataclass
from math import ceil

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import embedding_bag

SHARE, LEAST = 0.01, 20
"""Of all rows, those where a latent is strongest; and the fewest rows that a latent is judged on."""


@dataclass(frozen=True, eq=False)
class Strongest:
    """Pairs of a latent and a row where it is strong, in the order of latents and rows."""

    latents: int
    """Latents there are, those without a row included."""
    latent: Int64[Tensor, " pair"]
    row: Int64[Tensor, " pair"]

    @property
    def count(self) -> Int64[Tensor, " latent"]:
        """Rows of each latent."""
        return torch.bincount(self.latent, minlength=self.latents)

    def mean(
        self, values: Float[Tensor, "group feature"], group: Int64[Tensor, " row"] | None = None
    ) -> Float[Tensor, "latent feature"]:
        """The mean of `values` over the rows of each latent, 0 where it has none.

        With `group` the values are those of the group that a row is in, so that a latent is averaged over what is
        usual in the groups of its rows.
        """
        offsets = self.count.cumsum(0) - self.count
        return embedding_bag(self.row if group is None else group[self.row], values, offsets, mode="mean")

    def redrawn(self, group: Int64[Tensor, " row"], generator: np.random.Generator) -> "Strongest":
        """For every row another one at random from the same group: what rows of these groups have in common."""
        order = group.argsort(stable=True)
        size = torch.bincount(group)
        begin, here = size.cumsum(0) - size, group[self.row]
        draw = torch.from_numpy(generator.random(len(here))) * size[here]
        return Strongest(self.latents, self.latent, order[begin[here] + draw.long()])


def thresholds(
    values: Float[Tensor, "row latent"], share: float = SHARE, least: int = LEAST
) -> Float[Tensor, " latent"]:
    """The activation from which on a row is among the strongest: `share` of all rows, or `least` where that is more.

    A latent that fires (is above 0) in fewer rows has all of them; one that fires in less than `least` has no
    strongest rows, and its threshold is infinite.
    """
    wanted = min(max(least, ceil(share * len(values))), len(values))
    top = values.T.contiguous().topk(wanted).values
    fires = (top > 0).sum(1)
    last = top.gather(1, (fires - 1).clamp(min=0)[:, None])[:, 0]
    return torch.where(fires >= least, last, torch.inf)


def strongest(values: Float[Tensor, "row latent"], threshold: Float[Tensor, " latent"]) -> Strongest:
    """The rows where each latent is at its threshold or above; rows that tie with it are among them."""
    row, latent = (values >= threshold).nonzero().unbind(1)
    order = latent.argsort(stable=True)
    return Strongest(values.shape[1], latent[order], row[order])


__all__ = ["LEAST", "SHARE", "Strongest", "strongest", "thresholds"]
