"""A calculator as a plain Hugging Face GPT-2, and how often it is right."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from experiments.gpt2 import gpt2
from experiments.mental_math.questions import Kind


@dataclass(frozen=True)
class Shape:
    """The size of a small calculator."""

    depth: int = 4
    """Blocks."""
    width: int = 64
    """Residual stream; the MLP is four times as wide."""
    heads: int = 4
    """Attention heads of a block."""
    context: int = 24
    """Tokens that it reads at most."""


def build(shape: Shape, vocabulary: int, seed: int) -> nn.Module:
    """A GPT-2 over `vocabulary` tokens, the first of which begins every prompt, with weights drawn from `seed`."""
    return gpt2(
        vocabulary=vocabulary, context=shape.context, depth=shape.depth, width=shape.width, heads=shape.heads,
        dropout=0.0, separator=0, seed=seed,
    )  # fmt: skip


def last_logits(model: nn.Module, tokens: Tensor) -> Float[Tensor, "prompt token"]:
    """What the model would say next at the last token."""
    logits: Tensor = model(tokens, use_cache=False, logits_to_keep=1).logits
    return logits[:, -1]


@torch.no_grad()
def accuracy(model: nn.Module, kinds: Sequence[Kind], prompts: int, seed: int) -> dict[str, float]:
    """Share of right answers by task, in the plain style; the model is left in evaluation mode."""
    model.eval()
    device, found = next(model.parameters()).device, {}
    for number, kind in enumerate(kinds):
        if kind.original:
            tokens, answers = kind.batch(prompts, np.random.default_rng([seed, 2, number]))
            right = last_logits(model, tokens.to(device)).argmax(-1) == answers.to(device)
            found[kind.task.name] = right.double().mean().item()
    return found


__all__ = ["Shape", "accuracy", "build", "last_logits"]
