"""Cases that a model has read, and errors against both boards: the one that an edit intends and the one that was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Float64
from torch import Tensor

from experiments.othello.edits.cases import Cases, move_tokens
from experiments.othello.edits.errors import errors, followed, ranks
from experiments.othello.edits.reading import Answer, Change, Reader
from experiments.othello.edits.search import Setting
from interp.models.model import Model
from interp.stats import Interval, bootstrap


class Errors(NamedTuple):
    """Errors of each case."""

    edited: Float64[np.ndarray, " case"]
    """Against the legal moves of the edited board."""
    original: Float64[np.ndarray, " case"]
    """Against those of the board that was: what an edit leaves of it."""
    followed: Float64[np.ndarray, " case"]
    """Moves that the edit makes legal or forbids which the model takes, or does not take, as the edited board wants."""


@dataclass(frozen=True, eq=False)
class Bench:
    """Cases with their reader. Intervals resample cases, which come from different games."""

    cases: Cases
    reader: Reader
    rng: np.random.Generator
    """Of the intervals."""

    @classmethod
    def of(cls, model: Model, cases: Cases, batch: int, rng: np.random.Generator) -> "Bench":
        """The model reads the histories. A case with a board without moves is found when errors are counted."""
        return cls(cases, Reader(model, cases.tokens, cases.length, batch), rng)

    @cached_property
    def unedited(self) -> Answer:
        """What the model says when nothing is done: the null."""
        return self.reader.answer()

    @cached_property
    def null(self) -> Errors:
        """Its errors."""
        return self.count(self.unedited.logits)

    @cached_property
    def legal(self) -> Mapping[str, Tensor]:
        """Legal moves of both boards over the vocabulary."""
        boards = {"edited": self.cases.legal_edited, "original": self.cases.legal}
        return {name: move_tokens(self.cases.rules, squares) for name, squares in boards.items()}

    def push(self, change: Change, setting: Setting) -> Answer:
        """What the model says after an edit."""
        return self.reader.answer(change, setting.depths, setting.scale)

    def count(self, logits: Float[Tensor, "case token"]) -> Errors:
        """Errors against both boards, each with its own number of moves."""
        before, after = self.legal["original"], self.legal["edited"]
        counted = errors(logits, after), errors(logits, before), followed(logits, before, after)
        return Errors(*(values.numpy() for values in counted))

    def mean(self, values: Float64[np.ndarray, " case"]) -> Interval:
        """The mean over cases."""
        return bootstrap(values, np.ones(len(values)), self.rng)

    def told(self, found: Errors) -> dict[str, Any]:
        """Errors as JSON; which share of the null's errors is gone, and which share of the moves that the edit changes
        the model follows (None where there are none)."""
        null, changed = self.null.edited, np.array(change_of_moves(self.cases), dtype=np.float64)
        return {
            "edited": self.mean(found.edited),
            "original": self.mean(found.original),
            "drop": bootstrap(null - found.edited, null, self.rng) if null.sum() > 0 else None,
            "followed": bootstrap(found.followed, changed, self.rng) if changed.sum() > 0 else None,
        }

    def moved_ranks(self, logits: Float[Tensor, "case token"]) -> dict[str, float | None]:
        """The mean rank of moves that the edit makes legal, and of those that it forbids, over cases that have any."""
        before, after = self.legal["original"], self.legal["edited"]
        asked = {"new": after & ~before, "gone": before & ~after}
        return {name: _mean_of_known(ranks(logits, tokens)) for name, tokens in asked.items()}


def _mean_of_known(values: Float64[Tensor, " case"]) -> float | None:
    known = values[values.isfinite()]
    return float(torch.mean(known)) if len(known) else None


def change_of_moves(cases: Cases) -> Sequence[int]:
    """By how many moves the two boards differ, case by case: moves that are new and moves that are gone."""
    found: list[int] = (cases.legal != cases.legal_edited).sum(1).tolist()
    return found


__all__ = ["Bench", "Errors", "change_of_moves"]
