"""JumpReLU: a latent is silent up to its own learned threshold."""

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
class JumpReLU(Architecture):
    """Rajamanoharan et al. 2024 (Jumping Ahead), sections 3 and 4: the number of active latents itself is the penalty.

    Neither a jump nor a count has a useful derivative; the thresholds follow the paper's straight-through estimators,
    which look at pre-activations within `bandwidth / 2` of the threshold.
    """

    name: ClassVar[str] = "jumprelu"

    penalty_weight: float = 1.0
    """What each active latent of a row counts beside its squared error."""
    threshold: float = 0.1
    """Where the thresholds start, in units in which activations have variance one a dimension."""
    bandwidth: float = 0.1
    """The width of the window of the estimators, in the same units."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.penalty_weight >= 0 or not self.threshold > 0 or not self.bandwidth > 0:
            raise ShapeError(f"penalty_weight must be 0 or more, threshold and bandwidth more than 0: {self}")

    @property
    def coefficient(self) -> float:  # noqa: D102
        return self.penalty_weight

    def weights(self, dimensions: int) -> Weights:  # noqa: D102
        return Weights(dimensions, self.width, threshold=self.threshold)

    def support(self, pre: Float[Tensor, "row latent"], weights: Weights, limit: int) -> Code | None:
        """Active places, and silent ones inside the window: their gradients move the thresholds."""
        chosen = pre > weights.thresholds - self.bandwidth / 2
        return Code.of(chosen) if int(chosen.sum()) <= limit else None

    def activate(  # noqa: D102
        self, pre: Float[Tensor, "*place"], thresholds: Float[Tensor, "*place"] | None
    ) -> Float[Tensor, "*place"]:
        found: Tensor = _Jump.apply(pre, thresholds, self.bandwidth)  # type: ignore[no-untyped-call]
        return found

    def penalty(  # noqa: D102
        self,
        pre: Float[Tensor, "*place"],
        active: Float[Tensor, "*place"],  # noqa: ARG002
        thresholds: Float[Tensor, "*place"] | None,
    ) -> Float[Tensor, ""]:
        count: Tensor = _Step.apply(pre.detach(), thresholds, self.bandwidth)  # type: ignore[no-untyped-call]
        return count.sum()

    @torch.no_grad()
    def constrain(self, weights: Weights) -> None:
        """Directions of length one, and thresholds that are not negative.

        Thresholds are learned as they are: as logarithms, Adam would move them by a fixed share a step, however much
        they matter.
        """
        super().constrain(weights)
        weights.thresholds.clamp_(min=0.0)

    def saved(self, weights: Weights) -> tuple[Mapping[str, Any], Mapping[str, Tensor]]:  # noqa: D102
        return {"architecture": "jumprelu"}, {"threshold": weights.thresholds.detach()}


def _window(pre: Tensor, thresholds: Tensor, bandwidth: float) -> Tensor:
    """1 / bandwidth inside the window, 0 outside: the estimator of a derivative of a step."""
    return ((pre - thresholds).abs() < bandwidth / 2).to(pre.dtype) / bandwidth


class _Jump(torch.autograd.Function):
    """`pre` above the threshold, else 0. Equation 11 of the paper for the threshold's gradient."""

    @staticmethod
    def forward(ctx: Any, pre: Tensor, thresholds: Tensor, bandwidth: float) -> Tensor:
        ctx.save_for_backward(pre, thresholds)
        ctx.bandwidth = bandwidth
        return torch.where(pre > thresholds, pre, 0.0)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None]:
        pre, thresholds = ctx.saved_tensors
        of_thresholds = -thresholds * _window(pre, thresholds, ctx.bandwidth) * gradient
        return torch.where(pre > thresholds, gradient, 0.0), of_thresholds, None


class _Step(torch.autograd.Function):
    """1 above the threshold, else 0. Equation 12 of the paper for the threshold's gradient."""

    @staticmethod
    def forward(ctx: Any, pre: Tensor, thresholds: Tensor, bandwidth: float) -> Tensor:
        ctx.save_for_backward(pre, thresholds)
        ctx.bandwidth = bandwidth
        return (pre > thresholds).to(pre.dtype)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[None, Tensor, None]:
        pre, thresholds = ctx.saved_tensors
        return None, -_window(pre, thresholds, ctx.bandwidth) * gradient, None


__all__ = ["JumpReLU"]
