"""Moves that a model takes for legal against those that are, as Li et al. 2023 and Nanda et al. 2023 count them."""

import torch
from jaxtyping import Bool, Float, Float64
from torch import Tensor

from interp.errors import ShapeError


def errors(logits: Float[Tensor, "case token"], legal: Bool[Tensor, "case token"]) -> Float64[Tensor, " case"]:
    """False positives and false negatives of each case among its N most likely tokens, N being its legal moves.

    Both sets have N members, so that the two kinds of error are equally many (Li et al. 2023, section 4). Padding is a
    token like any other here, and never legal. Raises `ShapeError` for a case without a legal move.
    """
    return 2 * (legal.sum(1) - torch.where(legal, taken(logits, legal), 0.0).sum(1))


def taken(logits: Float[Tensor, "case token"], legal: Bool[Tensor, "case token"]) -> Float64[Tensor, "case token"]:
    """Whether each token is among the N most likely ones, N being the legal moves of its case: 1 or 0.

    Tokens that tie for the last places share them: each has the chance that a random order would put it there. Raises
    `ShapeError` for a case without a legal move.
    """
    count = legal.sum(1, keepdim=True)
    if (count == 0).any():
        case = int((count[:, 0] == 0).nonzero()[0])
        raise ShapeError(f"case {case} has no legal move: nothing to count. Leave such boards out.")
    last = logits.sort(dim=1, descending=True).values.gather(1, count - 1)
    above, tied = logits > last, logits == last
    share = (count - above.sum(1, keepdim=True)).double() / tied.sum(1, keepdim=True)
    return torch.where(tied, share, above.double())


def followed(
    logits: Float[Tensor, "case token"], before: Bool[Tensor, "case token"], after: Bool[Tensor, "case token"]
) -> Float64[Tensor, " case"]:
    """Of the moves that an edit makes legal or forbids, how many are among the N most likely, or not among them, as
    the edited board wants (N being its legal moves). What a model gets wrong on any board does not count here.
    """
    found = taken(logits, after)
    right = torch.where(after & ~before, found, 0.0) + torch.where(before & ~after, 1 - found, 0.0)
    return right.sum(1)


def ranks(logits: Float[Tensor, "case token"], tokens: Bool[Tensor, "case token"]) -> Float64[Tensor, " case"]:
    """The mean rank of some tokens, 1 for the most likely; NaN for a case that names none. Ties share their rank."""
    higher = (logits[:, None, :] > logits[:, :, None]).sum(2)
    tied = (logits[:, None, :] == logits[:, :, None]).sum(2)
    rank = higher.double() + (tied + 1) / 2
    return torch.where(tokens, rank, 0.0).sum(1) / tokens.sum(1)


__all__ = ["errors", "followed", "ranks", "taken"]
