"""An Othello model as a plain Hugging Face GPT-2, from nothing to a folder that `interp.load` reads."""

from dataclasses import dataclass

from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from experiments.gpt2 import gpt2
from experiments.othello.rules import Rules
from experiments.othello.tokens import PADDING, vocabulary


@dataclass(frozen=True)
class Shape:
    """The size of an Othello model."""

    size: int = 8
    """Squares along one side of the board."""
    depth: int = 6
    """Blocks."""
    width: int = 128
    """Residual stream; the MLP is four times as wide."""
    heads: int = 4
    """Attention heads of a block."""
    dropout: float = 0.0
    """Share of embeddings, attention weights and block outputs zeroed while it trains."""


def build(shape: Shape, seed: int) -> nn.Module:
    """A GPT-2 over moves with weights drawn from `seed`.

    Its context is one move short of a full game: it sees moves 1..n-1 and predicts moves 2..n
    (Li et al. 2023, section 2).
    """
    rules = Rules(shape.size)
    return gpt2(
        vocabulary=vocabulary(rules), context=shape.size**2 - 5, depth=shape.depth, width=shape.width,
        heads=shape.heads, dropout=shape.dropout, separator=None, seed=seed,
    )  # fmt: skip


def next_move_losses(
    logits: Float[Tensor, "game ply token"], tokens: Int[Tensor, "game ply+1"]
) -> Float[Tensor, "game ply"]:
    """Cross-entropy in nats of each next move; 0 where there is none (the game is over)."""
    following = tokens[:, 1:]
    losses = nn.functional.cross_entropy(logits.flatten(0, 1), following.flatten(), reduction="none")
    return losses.view(following.shape) * (following != PADDING)


def mean_loss(logits: Float[Tensor, "game ply token"], tokens: Int[Tensor, "game ply+1"]) -> Float[Tensor, ""]:
    """Mean of `next_move_losses` over the moves that were made."""
    return next_move_losses(logits, tokens).sum() / (tokens[:, 1:] != PADDING).sum()


def top1_legal(
    logits: Float[Tensor, "game ply token"], legal: Bool[Tensor, "game ply token"]
) -> Bool[Tensor, "game ply"]:
    """Whether the most likely next token is a legal move.

    `legal[g, p, t]` says whether token `t` may follow ply `p` of game `g`; the padding token never may.
    """
    return legal.gather(-1, logits.argmax(-1, keepdim=True)).squeeze(-1)
