"""Prompts of one task: equally long, with the same slots, and one token as the answer."""

from typing import NamedTuple

from jaxtyping import Bool, Int
from torch import Tensor


class Prompts(NamedTuple):
    """Prompts that share their slots: position p means the same in all of them."""

    tokens: Int[Tensor, "prompt position"]
    """What the model reads, the beginning token included where the model has one."""
    answers: Int[Tensor, " prompt"]
    """The token that should follow."""

    def part(self, chosen: Bool[Tensor, " prompt"] | Int[Tensor, " chosen"]) -> "Prompts":
        """Some of the prompts, by mask or by number."""
        return Prompts(self.tokens[chosen], self.answers[chosen])


__all__ = ["Prompts"]
