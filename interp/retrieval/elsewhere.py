"""Controls: the same latent at the same place in a passage of another document."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float64, Int64, Integer

from interp.retrieval.passages import Passages
from interp.retrieval.trials import Trials


class Controls(NamedTuple):
    """A row for each trial."""

    rows: Int64[np.ndarray, " trial"]
    """Rows of the same place and class."""
    usable: Bool[np.ndarray, " trial"]
    """Whether a row may be control: it is of another document, and the latent was not active before in its passage."""
    active: Bool[np.ndarray, " trial"]
    """Whether it may be, and the latent is active in it."""


class _Alike(NamedTuple):
    """Rows put next to those that they are like."""

    order: Int64[np.ndarray, " row"]
    begins: Int64[np.ndarray, " row"]
    """Where those like a row begin in the order."""
    sizes: Int64[np.ndarray, " row"]
    """How many these are, the row among them."""

    @classmethod
    def by(cls, keys: Integer[np.ndarray, " row"]) -> "_Alike":
        _, of, counts = np.unique(keys, return_inverse=True, return_counts=True)
        return cls(np.argsort(keys, kind="stable"), (np.cumsum(counts) - counts)[of], counts[of])

    def drawn(
        self, rows: Int64[np.ndarray, " trial"], shares: Float64[np.ndarray, " trial"]
    ) -> Int64[np.ndarray, " trial"]:
        """The row that stands at this share, from 0 to below 1, of those like it."""
        found: Int64[np.ndarray, " trial"] = self.order[
            self.begins[rows] + (shares * self.sizes[rows]).astype(np.int64)
        ]
        return found


class Elsewhere:
    """Where controls are found.

    A control is a row at the same place in its passage and of the same class of token as that of the trial; where the
    trial has the token of its origin again, a row of that token at any place, and where not, a row of another token.
    """

    def __init__(self, passages: Passages) -> None:
        occurrences = passages.occurrences
        begun = np.flatnonzero(passages.first)
        self._tokens, self._documents, self._passages = occurrences.tokens, passages.document, passages.of_row
        self._begun = np.append(occurrences.rows[begun], len(occurrences)).astype(np.int64)
        self._keys = occurrences.latents[begun] * len(passages) + passages.of_row[self._begun[:-1]]
        self._count = len(passages)
        self._by_place = _Alike.by(passages.places * (passages.names + 1) + passages.classes + 1)
        self._by_token = _Alike.by(self._tokens)

    def controls(self, some: Trials, shares: Float64[np.ndarray, " trial"]) -> Controls:
        """One for each trial: of all rows like the trial's, usable or not, the one at this share, from 0 to below 1.

        One that is not usable is not replaced: so a trial counts in proportion to the control there is for it.
        """
        origins = self._tokens[some.origins]
        same = origins == self._tokens[some.later]
        rows = np.where(same, self._by_token.drawn(some.later, shares), self._by_place.drawn(some.later, shares))
        begun = self._first(some.latents, rows)
        usable = (self._documents[rows] != self._documents[some.later]) & ((self._tokens[rows] == origins) == same)
        usable &= begun >= rows
        return Controls(rows, usable, usable & (begun == rows))

    def _first(
        self, latents: Int64[np.ndarray, " trial"], rows: Int64[np.ndarray, " trial"]
    ) -> Int64[np.ndarray, " trial"]:
        """The row in which a latent is first active in the passage of a row; behind all rows where it never is."""
        asked = latents * self._count + self._passages[rows]
        places = np.searchsorted(self._keys, asked)
        known = self._keys[np.minimum(places, len(self._keys) - 1)] == asked
        return self._begun[np.where(known, places, -1)]


__all__ = ["Controls", "Elsewhere"]
