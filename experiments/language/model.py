"""A language model as a plain Hugging Face GPT-2, and what it loses on tokens it has not seen."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Integer
from torch import Tensor, nn

from experiments.gpt2 import gpt2


@dataclass(frozen=True)
class Shape:
    """The size of a language model."""

    vocabulary: int = 4096
    """Tokens, the separator of documents included."""
    context: int = 128
    """Tokens that it reads at most."""
    depth: int = 4
    """Blocks."""
    width: int = 128
    """Residual stream; the MLP is four times as wide."""
    heads: int = 4
    """Attention heads of a block."""
    dropout: float = 0.0
    """Share of embeddings, attention weights and block outputs zeroed while it trains."""


def build(shape: Shape, separator: int, seed: int) -> nn.Module:
    """A GPT-2 over tokens with weights drawn from `seed`."""
    return gpt2(
        vocabulary=shape.vocabulary, context=shape.context, depth=shape.depth, width=shape.width, heads=shape.heads,
        dropout=shape.dropout, separator=separator, seed=seed,
    )  # fmt: skip


def next_token_losses(
    logits: Float[Tensor, "window position token"], tokens: Integer[Tensor, "window position+1"]
) -> Float[Tensor, "window position"]:
    """Cross-entropy in nats of each next token."""
    following = tokens[:, 1:].long()
    losses = nn.functional.cross_entropy(logits.flatten(0, 1), following.flatten(), reduction="none")
    return losses.view(following.shape)


@torch.no_grad()
def mean_loss(model: nn.Module, windows: Integer[Tensor, "window place"], batch: int = 64) -> float:
    """Mean cross-entropy in nats over every token of the windows but the first of each; dropout is off.

    The model is left in evaluation mode.
    """
    model.eval()
    device = next(model.parameters()).device
    total = 0.0
    for begin in range(0, len(windows), batch):
        tokens = windows[begin : begin + batch].to(device)
        total += next_token_losses(model(tokens[:, :-1], use_cache=False).logits, tokens).double().sum().item()
    return total / windows[:, 1:].numel()
