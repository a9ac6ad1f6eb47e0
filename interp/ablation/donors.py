"""Donors: other prompts whose states stand in for a prompt's own, and how they are drawn."""

import numpy as np
import torch
from jaxtyping import Float, Int64, Integer
from numpy.typing import NDArray
from torch import Tensor

from interp.activations.capture import capture
from interp.errors import ShapeError
from interp.models.model import Model
from interp.models.sites import resid


class Kept:
    """The states of donors at the depth asked for last."""

    def __init__(self, model: Model, donors: Int64[Tensor, "donor position"], batch: int):
        self.model, self.donors, self.batch = model, donors, batch
        self._depth, self._states = -1, torch.empty(0)

    def at(self, depth: int) -> Float[Tensor, "donor position width"]:
        """Their states after `depth` blocks."""
        if depth != self._depth:
            self._depth, self._states = -1, torch.empty(0)  # two depths at a time would double the memory
            self._states = capture(self.model, self.donors, resid(depth), batch=self.batch)[resid(depth)]
            self._depth = depth
        return self._states

    def require_length(self, tokens: Tensor) -> None:
        """Raise `ShapeError` unless prompts are as long as the donors."""
        if tokens.shape[1] != self.donors.shape[1]:
            raise ShapeError(f"donors of {self.donors.shape[1]} tokens cannot stand in for {tokens.shape[1]}")


def others(
    donors: Int64[Tensor, "donor position"], tokens: Tensor, chosen: Int64[Tensor, " batch"]
) -> Int64[Tensor, " batch"]:
    """`chosen`, moved on to the next donor wherever it is the prompt itself.

    Raises `ShapeError` when all donors are.
    """
    for _ in range(len(donors)):
        same = (donors[chosen] == tokens).all(1)
        if not same.any():
            return chosen
        chosen = torch.where(same, (chosen + 1) % len(donors), chosen)
    raise ShapeError("a prompt needs a donor that is another prompt, and all donors are the same as it")


def seed_from(generator: torch.Generator) -> int:
    """One draw, from which everything else follows whatever the order of the calls."""
    return int(torch.randint(2**62, (1,), generator=generator, device=generator.device))


def draws(tokens: Integer[Tensor, "batch position"], seed: int) -> Int64[Tensor, "batch position"]:
    """A random number from 0 to 2**62 for each position of each prompt: a function of all its tokens and the seed."""
    ids = tokens.long().cpu().numpy().astype(np.uint64)
    state = np.full(len(ids), seed, np.uint64)
    for column in ids.T:
        state = _mixed(state ^ column)
    places = np.arange(ids.shape[1], dtype=np.uint64)
    return torch.from_numpy((_mixed(state[:, None] + _mixed(places)) >> np.uint64(2)).astype(np.int64))


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014): neighbouring numbers go far apart."""
    numbers = numbers + np.uint64(0x9E3779B97F4A7C15)
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


__all__ = ["Kept", "draws", "others", "seed_from"]
