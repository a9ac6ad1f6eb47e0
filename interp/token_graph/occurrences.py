"""Which latents are active at which occurrences of which tokens: the events that nulls deal out anew."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Int64, Integer

from interp.errors import ShapeError


@dataclass(frozen=True, eq=False)
class Occurrences:
    """Tokens row by row, and latent by latent the rows in which it is active: 4 bytes an event.

    A row is one occurrence of a token; one in which no latent is active is an occurrence too. Make it with `of`.
    """

    tokens: Int64[np.ndarray, " row"]
    """The token of each row."""
    documents: Int64[np.ndarray, " row"]
    """The document of each row."""
    positions: Int64[np.ndarray, " row"]
    """The position of each row in what the model read."""
    rows: Integer[np.ndarray, " event"]
    """The rows in which each latent is active, latent after latent, ascending in each."""
    starts: Int64[np.ndarray, " end"]
    """The first event of each latent, and at the end how many events there are."""
    vocabulary: int
    """How many tokens there are, whether they occur or not."""

    @classmethod
    def of(
        cls,
        tokens: Integer[np.ndarray, " row"],
        documents: Integer[np.ndarray, " row"],
        positions: Integer[np.ndarray, " row"],
        rows: Integer[np.ndarray, " event"],
        latents: Integer[np.ndarray, " event"],
        *,
        vocabulary: int,
        width: int,
    ) -> "Occurrences":
        """From events in any order: latent `latents[i]` of `width` is active in row `rows[i]`, whose token is `tokens`.

        Raises `ShapeError` for no event, an event that is there twice, and rows, tokens or latents that do not exist.
        """
        if not len(tokens) == len(documents) == len(positions) or len(rows) != len(latents):
            raise ShapeError(
                f"need a token, a document and a position a row, not {[len(tokens), len(documents), len(positions)]}; "
                f"and a row and a latent an event, not {[len(rows), len(latents)]}"
            )
        if not len(rows):
            raise ShapeError("no latent is active anywhere: a threshold too high, or the dictionary of another site?")
        _require("token", tokens, vocabulary)
        _require("row", rows, len(tokens))
        _require("latent", latents, width)
        by_latent, starts = _by_latent(rows, latents, len(tokens), width)
        _refuse_repeated(by_latent, starts)
        whole = [numbers.astype(np.int64) for numbers in (tokens, documents, positions)]
        return cls(whole[0], whole[1], whole[2], by_latent, starts, vocabulary)

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def width(self) -> int:
        """How many latents there are, active or not."""
        return len(self.starts) - 1

    @property
    def latents(self) -> Int64[np.ndarray, " event"]:
        """The latent of each event, ascending."""
        return np.repeat(np.arange(self.width), self.latent_counts)

    @cached_property
    def latent_counts(self) -> Int64[np.ndarray, " latent"]:
        """In how many rows each latent is active."""
        return np.diff(self.starts)

    @cached_property
    def token_counts(self) -> Int64[np.ndarray, " token"]:
        """How many rows each token has."""
        return np.bincount(self.tokens, minlength=self.vocabulary)

    @property
    def alive(self) -> Bool[np.ndarray, " latent"]:
        """Latents that are active somewhere."""
        found: Bool[np.ndarray, " latent"] = self.latent_counts > 0
        return found

    def chosen(self, rows: Bool[np.ndarray, " row"]) -> "Occurrences":
        """The rows where `rows` is true, with their events. Raises `ShapeError` when no latent is active in them."""
        if rows.shape != self.tokens.shape:
            raise ShapeError(f"need one truth value a row: {len(rows)} for {len(self)}")
        kept = rows[self.rows]
        return Occurrences.of(
            self.tokens[rows],
            self.documents[rows],
            self.positions[rows],
            (np.cumsum(rows) - 1)[self.rows[kept]],
            self.latents[kept],
            vocabulary=self.vocabulary,
            width=self.width,
        )

    def once_a_document(self, generator: np.random.Generator) -> "Occurrences":
        """One random occurrence of each token of each document: then 30 occurrences of a token are 30 contexts.

        Names come in bursts, all in a few documents about one thing; `the` does not. Equal numbers of occurrences are
        an equal chance only after this.
        """
        drawn = generator.permutation(len(self))
        # Stable sorts: of each token and document, the row that was drawn first comes first.
        order = drawn[np.lexsort((self.tokens[drawn], self.documents[drawn]))]
        pairs = np.stack([self.tokens[order], self.documents[order]])
        first = np.append(True, (pairs[:, 1:] != pairs[:, :-1]).any(0))
        kept = np.zeros(len(self), np.bool_)
        kept[order[first]] = True
        return self.chosen(kept)


def _by_latent(
    rows: Integer[np.ndarray, " event"], latents: Integer[np.ndarray, " event"], count: int, width: int
) -> tuple[Integer[np.ndarray, " event"], Int64[np.ndarray, " end"]]:
    """The rows of each latent, ascending, and where each latent begins. A row that is there twice stays twice."""
    from scipy.sparse import csr_array

    if (rows[1:] < rows[:-1]).any():
        order = np.argsort(rows, kind="stable")
        rows, latents = rows[order], latents[order]
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=count))])
    # A counting sort, twice as fast as any other at this size.
    columns = csr_array((np.ones(len(rows), np.int8), latents, starts), shape=(count, width)).tocsc()
    return columns.indices, columns.indptr.astype(np.int64)


def _refuse_repeated(rows: Integer[np.ndarray, " event"], starts: Int64[np.ndarray, " end"]) -> None:
    same = np.flatnonzero(rows[1:] == rows[:-1])
    repeated = same[~np.isin(same + 1, starts)]
    if len(repeated):
        latent = int(np.searchsorted(starts, repeated[0], side="right")) - 1
        raise ShapeError(
            f"events are repeated, {len(repeated)} in all: latent {latent} is active twice in row {rows[repeated[0]]}"
        )


def _require(kind: str, numbers: Integer[np.ndarray, " number"], limit: int) -> None:
    low, high = int(numbers.min()), int(numbers.max())
    if low < 0 or high >= limit:
        raise ShapeError(f"there is no {kind} {low if low < 0 else high}: they go from 0 to {limit - 1}")


__all__ = ["Occurrences"]
