"""The full model, with which every subgraph is compared: what it answers, and where it is right."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Int, Int64, Integer
from torch import Tensor

from interp.errors import ShapeError
from interp.last_token.prompts import Prompts
from interp.last_token.reference import last_logits
from interp.models.model import Model


class Answered(NamedTuple):
    """Prompts, and which of them the full model answers right."""

    prompts: Prompts
    """All of them."""
    right: Bool[Tensor, " prompt"]
    """Where the full model gives the answer."""

    @property
    def known(self) -> Prompts:
        """Those that the full model answers right, on which faithfulness is defined; none is a `ShapeError`."""
        require_some(self.right)
        return self.prompts.part(self.right.to(self.prompts.tokens.device))

    @property
    def full(self) -> Int[Tensor, " prompt"]:
        """The answers of the full model as far as faithfulness needs them: -1 where they are wrong."""
        answers = self.prompts.answers
        return answers.masked_fill(~self.right.to(answers.device), -1)


def answers(model: Model, tokens: Integer[Tensor, "prompt position"], batch: int = 512) -> Int64[Tensor, " prompt"]:
    """The most likely next token of the whole vocabulary after each prompt, on the device of `tokens`.

    Logits are computed at the last position only, for `batch` prompts at a time.
    """
    parts = torch.split(model.checked(tokens), require_batch(batch))
    tops = [last_logits(model, some, []).argmax(-1) for some in parts]
    return torch.cat(tops).to(tokens.device)


def answered(model: Model, prompts: Prompts, batch: int = 512) -> Answered:
    """`prompts` with the mark of the full model at each."""
    return Answered(prompts, answers(model, prompts.tokens, batch) == prompts.answers.to(prompts.tokens.device))


def require_some(right: Bool[Tensor, " prompt"]) -> None:
    """Raise `ShapeError` when the full model is right nowhere, so that there is nothing to be faithful to."""
    if not right.any():
        raise ShapeError(
            f"the full model answers none of the {len(right)} prompts right, so that faithfulness is not defined: "
            "look at the answers (one token, as the model would write it) and at the beginning token"
        )


def require_batch(batch: int) -> int:
    """`batch`, or `ShapeError` when it is no number of prompts."""
    if batch < 1:
        raise ShapeError(f"batch must be 1 or more, not {batch}")
    return batch


__all__ = ["Answered", "answered", "answers", "require_batch", "require_some"]
