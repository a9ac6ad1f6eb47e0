"""The mean loss of each token as what comes next."""

from typing import NamedTuple

import torch
from jaxtyping import Float64, Int64, Real
from torch import Tensor

from interp.counts.numbers import require_ids
from interp.errors import ShapeError
from interp.sequences import Sequences
from interp.token_classes.function import TokenSet
from interp.token_classes.transitions import predicted


class TokenLosses(NamedTuple):
    """Losses of the tokens of a set, in its order."""

    ids: Int64[Tensor, " member"]
    """The tokens."""
    means: Float64[Tensor, " member"]
    """Mean loss of a prediction of each, in nats; NaN for a token that is never predicted."""
    counts: Int64[Tensor, " member"]
    """Predictions of each."""


def token_losses(losses: Real[Tensor, "sequence predicted"], sequences: Sequences, members: TokenSet) -> TokenLosses:
    """How hard each token of a set is to predict, where it comes next (Zhang et al. 2025, figure 9c).

    The predictions that count are those of `Transitions`: none goes over a separator. Raises `ShapeError` for losses
    of other predictions, and for tokens outside the set's vocabulary.
    """
    where = predicted(sequences)
    if losses.shape != where.shape:
        raise ShapeError(f"losses {list(losses.shape)} of predictions {list(where.shape)}")
    require_ids(sequences.tokens, members.vocabulary)
    targets = sequences.tokens[:, 1:].long().cpu()[where]
    values = losses.detach().cpu().double()[where]
    sums = torch.bincount(targets, values, minlength=members.vocabulary)[members.ids]
    counts = torch.bincount(targets, minlength=members.vocabulary)[members.ids]
    return TokenLosses(members.ids, sums / counts, counts)


__all__ = ["TokenLosses", "token_losses"]
