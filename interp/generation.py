"""Text that a model goes on with, and how much it repeats itself."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int64, Integer
from torch import Tensor

from interp.activations.capture import capture
from interp.errors import ShapeError
from interp.models.model import Model
from interp.models.sites import final_norm
from interp.models.unembedding import Unembedding


@torch.no_grad()
def generate(
    model: Model,
    prompts: Integer[Tensor, "batch position"],
    count: int,
    generator: torch.Generator,
    temperature: float = 1.0,
) -> Int64[Tensor, "batch count"]:
    """`count` tokens after each of the prompts, drawn from softmax(logits / temperature); 0 takes the likeliest.

    Nothing is cut off the distribution. When the context is full, the earliest tokens are forgotten. Every token is
    read anew, so that edits and masks act as in any other pass. Lies on the CPU. Raises `ShapeError`.
    """
    if count < 1 or not 0 <= temperature < float("inf"):
        raise ShapeError(f"count must be 1 or more and temperature finite and 0 or more, not {count}, {temperature}")
    text = prompts.long() if prompts.shape[-1] <= model.context else prompts[:, -model.context :].long()
    text = model.checked(text).cpu()
    unembedding, start = Unembedding.of(model), text.shape[1]
    for _ in range(count):
        states = capture(model, text[:, -model.context :], final_norm(), at=-1)[final_norm()]
        text = torch.cat([text, next_tokens(unembedding.logits(states), temperature, generator)], dim=1)
    return text[:, start:]


def next_tokens(
    logits: Float[Tensor, "batch token"], temperature: float, generator: torch.Generator
) -> Int64[Tensor, "batch 1"]:
    """A token for each row, drawn from softmax(logits / temperature); 0 takes the likeliest. Lies on the CPU."""
    if temperature == 0:
        return logits.argmax(1, keepdim=True).cpu()
    # Shifted first: a small temperature would make infinities of large logits.
    chances = ((logits - logits.amax(1, keepdim=True)) / temperature).softmax(1)
    return torch.multinomial(chances.to(generator.device), 1, generator=generator).cpu()


class Repetition(NamedTuple):
    """How monotonous some texts are: means over them."""

    top_share: float
    """Share of a text that its most frequent token takes: 1 for one token again and again."""
    distinct: float
    """Different tokens per token."""
    distinct_pairs: float
    """Different pairs of neighbours per pair; nan for texts of one token."""
    run: float
    """Length of the longest run of one token."""


def repetition(tokens: Integer[Tensor, "batch position"]) -> Repetition:
    """Repetition within each of the texts. Raises `ShapeError` when there is none."""
    if tokens.ndim != 2 or not tokens.numel():
        raise ShapeError(f"need texts [batch, position] of at least one token, not {list(tokens.shape)}")
    length, found = tokens.shape[1], []
    for text in tokens.long().cpu():
        _, counts = torch.unique(text, return_counts=True)
        pairs = torch.unique(torch.stack([text[:-1], text[1:]], 1), dim=0) if length > 1 else text[:0]
        _, runs = torch.unique_consecutive(text, return_counts=True)
        share = len(pairs) / (length - 1) if length > 1 else float("nan")
        found.append([int(counts.max()) / length, len(counts) / length, share, float(runs.max())])
    return Repetition(*torch.tensor(found, dtype=torch.float64).mean(0).tolist())


__all__ = ["Repetition", "generate", "next_tokens", "repetition"]
