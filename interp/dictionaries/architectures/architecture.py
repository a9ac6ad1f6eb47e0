"""What the kinds of dictionary share: how a row becomes a code, and what that costs."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from jaxtyping import Float
from torch import Tensor

from interp.dictionaries.code import Code
from interp.dictionaries.weights import Weights
from interp.errors import ShapeError


@dataclass(frozen=True)
class Architecture(ABC):
    """Settings of one kind of dictionary: plain numbers that go to JSON and back."""

    name: ClassVar[str]
    """Its name on the command line and in training records."""

    width: int
    """How many latents."""

    def __post_init__(self) -> None:
        if self.width < 1:
            raise ShapeError(f"a dictionary needs at least one latent, not {self.width}")

    def weights(self, dimensions: int) -> Weights:
        """Weights of the right shapes, not yet started."""
        return Weights(dimensions, self.width)

    @abstractmethod
    def support(self, pre: Float[Tensor, "row latent"], weights: Weights, limit: int) -> Code | None:
        """The places of `pre` that can be active or carry a gradient, or None when they are more than `limit`."""

    def activate(
        self,
        pre: Float[Tensor, "*place"],
        thresholds: Float[Tensor, "*place"] | None,  # noqa: ARG002
    ) -> Float[Tensor, "*place"]:
        """Activations of pre-activations at the places of the support; `thresholds` are those of their latents."""
        return pre.relu()

    def penalty(
        self,
        pre: Float[Tensor, "*place"],  # noqa: ARG002
        active: Float[Tensor, "*place"],
        thresholds: Float[Tensor, "*place"] | None,  # noqa: ARG002
    ) -> Float[Tensor, ""]:
        """What sparsity costs, summed over all places of a batch, before `coefficient`."""
        return active.new_zeros(())

    @property
    def coefficient(self) -> float:
        """What a row's penalty counts beside its error."""
        return 0.0

    def misfit(self, error: Float[Tensor, "row width"]) -> Float[Tensor, ""]:
        """The mean over rows of the squared length of the error."""
        return error.square().sum(1).mean()

    def settle(self, active: Float[Tensor, " entry"], weights: Weights) -> None:  # noqa: B027 - most have nothing to keep
        """Keep what inference will need and no gradient teaches. Runs once a step."""

    def constrain(self, weights: Weights) -> None:
        """What must hold of the weights after a step: decoder directions of length one."""
        weights.normalise()

    def guide(self, weights: Weights) -> None:
        """What to take from the gradients before a step: all that would only change the length of a direction."""
        weights.drop_parallel()

    @abstractmethod
    def saved(self, weights: Weights) -> tuple[Mapping[str, Any], Mapping[str, Tensor]]:
        """The architecture's own part of a SAELens config, and tensors beyond encoder, decoder and biases.

        Tensors are in scaled units, as `weights` are.
        """


__all__ = ["Architecture"]
