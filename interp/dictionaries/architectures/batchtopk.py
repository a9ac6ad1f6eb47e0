"""BatchTopK: the largest latents of a whole batch, k a row on average."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from interp.dictionaries.architectures.architecture import Architecture
from interp.dictionaries.code import Code
from interp.dictionaries.select import batch_top_k
from interp.dictionaries.weights import Weights
from interp.errors import ShapeError


@dataclass(frozen=True)
class BatchTopK(Architecture):
    """Bussmann et al. 2024 (BatchTopK Sparse Autoencoders). Used alone, a row has no batch: what is saved is a
    JumpReLU dictionary whose one threshold is the running mean of the smallest activation of each batch."""

    name: ClassVar[str] = "batchtopk"

    k: float = 32.0
    """Latents that a row uses on average."""
    threshold_rate: float = 0.01
    """The weight of the newest batch in the running mean."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.k <= self.width:
            raise ShapeError(f"k must be more than 0 and at most the {self.width} latents, not {self.k}")
        if not 0 < self.threshold_rate <= 1:
            raise ShapeError(f"threshold_rate is a share, more than 0 and at most 1, not {self.threshold_rate}")

    def support(self, pre: Float[Tensor, "row latent"], weights: Weights, limit: int) -> Code | None:  # noqa: ARG002, D102
        return batch_top_k(pre, self.k)

    @torch.no_grad()
    def settle(self, active: Float[Tensor, " entry"], weights: Weights) -> None:
        """Move the running threshold; the first batch sets it."""
        positive = active[active > 0]
        if not len(positive):
            return
        smallest = positive.min().double()
        first = weights.batch_threshold == 0
        rate = torch.where(first, torch.ones_like(smallest), torch.full_like(smallest, self.threshold_rate))
        weights.batch_threshold.lerp_(smallest, rate)

    def saved(self, weights: Weights) -> tuple[Mapping[str, Any], Mapping[str, Tensor]]:  # noqa: D102
        threshold = weights.batch_threshold.float().expand(self.width)
        return {"architecture": "jumprelu"}, {"threshold": threshold}


__all__ = ["BatchTopK"]
