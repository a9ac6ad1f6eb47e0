"""TopK: the k largest latents of every row."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from jaxtyping import Float
from torch import Tensor

from interp.dictionaries.architectures.architecture import Architecture
from interp.dictionaries.code import Code
from interp.dictionaries.select import top_k
from interp.dictionaries.weights import Weights
from interp.errors import ShapeError


@dataclass(frozen=True)
class TopK(Architecture):
    """Gao et al. 2024 (Scaling and evaluating sparse autoencoders), section 2.3."""

    name: ClassVar[str] = "topk"

    k: int = 32
    """Latents that each row may use."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= self.k <= self.width:
            raise ShapeError(f"k must be between 1 and the {self.width} latents, not {self.k}")

    def support(self, pre: Float[Tensor, "row latent"], weights: Weights, limit: int) -> Code | None:  # noqa: ARG002, D102
        return top_k(pre, self.k)

    def saved(self, weights: Weights) -> tuple[Mapping[str, Any], Mapping[str, Tensor]]:  # noqa: ARG002, D102
        return {"architecture": "topk", "k": self.k, "rescale_acts_by_decoder_norm": False}, {}


__all__ = ["TopK"]
