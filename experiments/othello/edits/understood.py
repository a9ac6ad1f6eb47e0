"""Cases in which the model knows the rules: where it errs without an edit, an edit cannot be told from an error."""

import torch

from experiments.othello.edits.cases import Cases, move_tokens
from experiments.othello.edits.errors import errors
from experiments.othello.edits.reading import Reader
from interp.models.model import Model

FEWEST = 8
"""Cases below which nothing is said."""


def understood(model: Model, cases: Cases, batch: int) -> Cases | None:
    """The cases whose legal moves, on the board that is, are just the most likely ones; None where they are too few.

    The published model is right about nearly every board; a small one is not, and what it gets wrong without an edit
    hides what the edit does.
    """
    logits = Reader(model, cases.tokens, cases.length, batch).answer().logits
    right = errors(logits, move_tokens(cases.rules, cases.legal)) == 0
    return cases.part(right.nonzero()[:, 0]) if int(torch.count_nonzero(right)) >= FEWEST else None


__all__ = ["FEWEST", "understood"]
