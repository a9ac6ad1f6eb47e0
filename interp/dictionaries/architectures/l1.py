"""L1: every positive latent is active, and pays for its size."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from interp.dictionaries.architectures.architecture import Architecture
from interp.dictionaries.code import Code
from interp.dictionaries.weights import Weights
from interp.errors import ShapeError


@dataclass(frozen=True)
class L1(Architecture):
    """Bricken et al. 2023 (Towards Monosemanticity); with `squared=False` the error of Karvonen et al. 2024, and with
    `tied=True, unit_norm=False, decoder_bias=False` besides the dictionaries of Du et al. 2025."""

    name: ClassVar[str] = "l1"

    penalty_weight: float = 1.0
    """What the sum of a row's activations counts beside its error."""
    squared: bool = True
    """Whether the error of a row is its squared length, or its length."""
    tied: bool = False
    """Whether the encoder is the decoder's transpose."""
    unit_norm: bool = True
    """Whether decoder directions are held at length one."""
    decoder_bias: bool = True
    """Whether there is a bias that is taken from the input and given back to the output."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.penalty_weight >= 0:
            raise ShapeError(f"penalty_weight must be 0 or more, not {self.penalty_weight}")

    @property
    def coefficient(self) -> float:  # noqa: D102
        return self.penalty_weight

    def weights(self, dimensions: int) -> Weights:  # noqa: D102
        made = Weights(dimensions, self.width, tied=self.tied)
        made.decoder_bias.requires_grad_(self.decoder_bias)
        return made

    def support(self, pre: Float[Tensor, "row latent"], weights: Weights, limit: int) -> Code | None:  # noqa: ARG002, D102
        chosen = pre > 0
        return Code.of(chosen) if int(chosen.sum()) <= limit else None

    def penalty(  # noqa: D102
        self,
        pre: Float[Tensor, "*place"],  # noqa: ARG002
        active: Float[Tensor, "*place"],
        thresholds: Float[Tensor, "*place"] | None,  # noqa: ARG002
    ) -> Float[Tensor, ""]:
        return active.sum()

    def misfit(self, error: Float[Tensor, "row width"]) -> Float[Tensor, ""]:
        """The mean over rows of the length of the error, squared or not."""
        return super().misfit(error) if self.squared else torch.linalg.vector_norm(error, dim=1).mean()

    def constrain(self, weights: Weights) -> None:  # noqa: D102
        if self.unit_norm:
            super().constrain(weights)

    def guide(self, weights: Weights) -> None:  # noqa: D102
        if self.unit_norm and not self.tied:
            super().guide(weights)

    def saved(self, weights: Weights) -> tuple[Mapping[str, Any], Mapping[str, Tensor]]:  # noqa: ARG002, D102
        return {"architecture": "standard"}, {}


__all__ = ["L1"]
