"""Two relaxations of a choice between 0 and 1, each a pure function of the step: what a search lets weights through by.

A gate of a variable m is near 0 or 1 at the end of a search, and what is kept is m > 0 under both.
"""

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from interp.subnetworks.denormals import LEAST

Method = Literal["continuous", "hard concrete"]

DECIDED = 1e6
"""A variable at this distance from 0 is decided: its gate is exactly 0 or 1, and its gradient exactly 0."""


class Opened(NamedTuple):
    """Gates, and the way back through them."""

    gates: Float[Tensor, "*variable"]
    """0 (closed) to 1 (open)."""
    pull: Callable[[Tensor], Tensor]
    """Turns a gradient of the gates into one of the variable. It may overwrite what it is given."""


@runtime_checkable
class Gate(Protocol):
    """The gates of one step."""

    def opened(self, variable: Float[Tensor, "*variable"], index: int) -> Opened:
        """What the forward pass of this step multiplies weights by; `index` tells variables with equal shapes apart."""
        ...

    def counted(self, variable: Float[Tensor, "*variable"]) -> Opened:
        """What each gate adds to the size that is penalised."""
        ...

    def settled(self, variable: Float[Tensor, "*variable"]) -> Float[Tensor, "*variable"]:
        """The gates without noise, to see how far they are decided."""
        ...


@dataclass(frozen=True)
class Continuous:
    """Continuous sparsification (Savarese et al. 2020): sigmoid(beta m), where beta grows during the search."""

    beta: float
    """How sharp the gates are."""

    def opened(self, variable: Float[Tensor, "*variable"], index: int = 0) -> Opened:  # noqa: ARG002
        """Sigmoid of beta m; nothing is drawn."""
        gates = self.settled(variable)
        # In place where it can be: a whole matrix each time.
        return Opened(gates, lambda gradient: gradient.mul_(gates).mul_(1 - gates).mul_(self.beta))

    def counted(self, variable: Float[Tensor, "*variable"]) -> Opened:
        """The gate itself."""
        return self.opened(variable)

    def settled(self, variable: Float[Tensor, "*variable"]) -> Float[Tensor, "*variable"]:
        """The gate itself; 0 where it is nearly so."""
        return torch.nn.functional.threshold((variable * self.beta).sigmoid_(), LEAST, 0.0, inplace=True)


@dataclass(frozen=True)
class HardConcrete:
    """Hard concrete gates (Louizos et al. 2018, section 2): a stretched, clamped and noisy sigmoid.

    m is their log alpha. Noise is drawn anew, bit-equal, wherever the gates of one step are needed.
    """

    seed: int
    """Of the search."""
    step: int
    """Of the search."""

    temperature = 2 / 3
    low, high = -0.1, 1.1
    """The ends to which the sigmoid is stretched before it is clamped to 0 and 1."""

    def opened(self, variable: Float[Tensor, "*variable"], index: int = 0) -> Opened:
        """With the noise of this step and variable."""
        noise = torch.empty(variable.shape, dtype=variable.dtype)
        noise.uniform_(1e-6, 1 - 1e-6, generator=self._generator(index))
        noise = noise.to(variable.device).logit_()
        soft = noise.add_(variable).div_(self.temperature).sigmoid_()
        return self._clamped(soft, self.temperature)

    def counted(self, variable: Float[Tensor, "*variable"]) -> Opened:
        """The probability that the gate is not 0."""
        chance = (variable - self.temperature * math.log(-self.low / self.high)).sigmoid_()
        return Opened(chance, lambda gradient: gradient.mul_(chance).mul_(1 - chance))

    def settled(self, variable: Float[Tensor, "*variable"]) -> Float[Tensor, "*variable"]:
        """The gate of the published test time: no noise, no temperature. It is over 1/2 where m > 0."""
        return self._clamped(variable.sigmoid(), 1.0).gates

    def _clamped(self, soft: Tensor, temperature: float) -> Opened:
        gates = (soft * (self.high - self.low)).add_(self.low).clamp_(0, 1)

        def pull(gradient: Tensor) -> Tensor:
            between = (gates > 0) & (gates < 1)
            return gradient.mul_(soft).mul_(1 - soft).mul_((self.high - self.low) / temperature).mul_(between)

        return Opened(gates, pull)

    def _generator(self, index: int) -> torch.Generator:
        key = f"gates/{self.seed}/{self.step}/{index}".encode()
        return torch.Generator().manual_seed(int.from_bytes(hashlib.sha256(key).digest()[:7], "little"))
