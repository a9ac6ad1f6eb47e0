"""The graph of tokens and latents: an edge where a latent fires on some occurrence of a token."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float64, Int32, Int64, Integer

from interp.errors import ShapeError

COLUMNS = ("starts", "latents", "counts", "first", "occurrences")
"""The arrays of a graph."""


class ByLatent(NamedTuple):
    """The edges by latent."""

    starts: Int64[np.ndarray, " border"]
    """The first edge of each latent, and at the end how many edges there are."""
    tokens: Int32[np.ndarray, " edge"]
    """The token of each edge, ascending within a latent."""
    edges: Int64[np.ndarray, " edge"]
    """Which edge, in the order by token, each of them is."""


class Ranked(NamedTuple):
    """The latents of a token in an order."""

    latents: Int32[np.ndarray, " degree"]
    """The first one first."""
    scores: Float64[np.ndarray, " degree"]
    """What they are ordered by, descending."""


@dataclass(frozen=True, eq=False)
class TokenGraph:
    """Tokens and the latents that they wake (Zhang et al. 2025, section 3.1), as sparse rows. Made by `GraphBuilder`.

    Tokens without an edge and latents without one are nodes too.
    """

    starts: Int64[np.ndarray, " border"]
    """The first edge of each token, and at the end how many edges there are."""
    latents: Int32[np.ndarray, " edge"]
    """The latent of each edge, ascending within a token."""
    width: int
    """How many latents there are, alive or not."""
    counts: Int64[np.ndarray, " edge"] | None = None
    """On how many occurrences of the token the latent fires, where that was counted."""
    first: Int64[np.ndarray, " edge"] | None = None
    """The first position at which it does, where that was kept."""
    occurrences: Int64[np.ndarray, " token"] | None = None
    """How often each token occurs, whether a latent fires there or not, where that was counted."""

    @classmethod
    def empty(cls, tokens: int, width: int, counts: bool = False, first: bool = False) -> "TokenGraph":
        """Nodes without edges: of a text in which no latent is active."""
        none = np.zeros(0, np.int64)
        known = [none if kept else None for kept in (counts, first)]
        return cls(np.zeros(tokens + 1, np.int64), none.astype(np.int32), width, *known)

    def __len__(self) -> int:
        """Edges."""
        return len(self.latents)

    def __eq__(self, other: object) -> bool:
        """Whether all of it is the same."""
        if not isinstance(other, TokenGraph) or self.width != other.width:
            return False
        pairs = [(getattr(self, name), getattr(other, name)) for name in COLUMNS]
        return all(a is b or (a is not None and b is not None and np.array_equal(a, b)) for a, b in pairs)

    __hash__ = None  # type: ignore[assignment]

    @property
    def tokens(self) -> int:
        """How many tokens there are, with edges or not."""
        return len(self.starts) - 1

    @property
    def degrees(self) -> Int64[np.ndarray, " token"]:
        """How many latents each token reaches."""
        return np.diff(self.starts)

    @cached_property
    def latent_degrees(self) -> Int64[np.ndarray, " latent"]:
        """How many tokens each latent is reached by."""
        return np.bincount(self.latents, minlength=self.width)

    @property
    def alive(self) -> Bool[np.ndarray, " latent"]:
        """Latents with an edge."""
        found: Bool[np.ndarray, " latent"] = self.latent_degrees > 0
        return found

    @cached_property
    def latent_counts(self) -> Int64[np.ndarray, " latent"]:
        """How many events each latent has. Raises `ShapeError` for a graph without counts."""
        counts = self.require_counts()
        # Sums of less than 2^53 are exact in the floating-point numbers of bincount.
        return np.bincount(self.latents, weights=counts, minlength=self.width).astype(np.int64)

    @property
    def edge_tokens(self) -> Int32[np.ndarray, " edge"]:
        """The token of each edge."""
        return np.repeat(np.arange(self.tokens, dtype=np.int32), self.degrees)

    @cached_property
    def by_latent(self) -> ByLatent:
        """The same edges the other way round."""
        from scipy.sparse import csr_array

        # A counting sort, twice as fast as any other at this size; what travels along is the number of the edge.
        rows = csr_array((np.arange(len(self)), self.latents, self.starts), shape=(self.tokens, self.width)).tocsc()
        return ByLatent(rows.indptr.astype(np.int64), rows.indices.astype(np.int32), rows.data.astype(np.int64))

    def neighbours(self, token: int) -> Int32[np.ndarray, " degree"]:
        """The latents that a token reaches, ascending. Raises `ShapeError` for a token that does not exist."""
        return self.latents[self.edges_of(token)]

    def tokens_of(self, latent: int) -> Int32[np.ndarray, " degree"]:
        """The tokens that reach a latent, ascending. Raises `ShapeError` for a latent that does not exist."""
        require_numbers("latent", np.array([latent]), self.width)
        starts = self.by_latent.starts
        return self.by_latent.tokens[starts[latent] : starts[latent + 1]]

    def latents_of(self, token: int, by: str = "specificity") -> Ranked:
        """The latents that a token reaches, those first that are most its own: see `interp.token_graph.specificity`.

        Raises `ShapeError` for a token that does not exist and a graph without counts, `UnknownNameError` for an
        unknown order.
        """
        from interp.token_graph.specificity import ranked

        return ranked(self, token, by)

    def edges_of(self, token: int) -> slice:
        """Where the edges of a token lie. Raises `ShapeError` for a token that does not exist."""
        require_numbers("token", np.array([token]), self.tokens)
        return slice(int(self.starts[token]), int(self.starts[token + 1]))

    def subgraph(
        self,
        tokens: Integer[np.ndarray, " some"] | None = None,
        latents: Integer[np.ndarray, " few"] | None = None,
    ) -> "TokenGraph":
        """The edges between some tokens (all, if None) and some latents; all nodes stay, and their numbers.

        Raises `ShapeError` for what does not exist.
        """
        kept = np.ones(len(self), np.bool_)
        if tokens is not None:
            kept &= np.repeat(_chosen("token", tokens, self.tokens), self.degrees)
        if latents is not None:
            kept &= _chosen("latent", latents, self.width)[self.latents]
        before = np.concatenate([[0], np.cumsum(kept)])
        counts, first = (None if column is None else column[kept] for column in (self.counts, self.first))
        return replace(self, starts=before[self.starts], latents=self.latents[kept], counts=counts, first=first)

    def require_counts(self) -> Int64[np.ndarray, " edge"]:
        """The counts. Raises `ShapeError` for a graph without them."""
        if self.counts is None:
            raise ShapeError("this graph does not know how often its edges were seen: build it with counts=True")
        return self.counts

    def require_whole(self) -> "TokenGraph":
        """The graph itself. Raises `ShapeError` where its arrays are no graph, as those of a damaged file."""
        starts, edges = self.starts, len(self)
        if len(starts) < 2 or starts[0] != 0 or starts[-1] != edges or (np.diff(starts) < 0).any():
            raise ShapeError(f"the edges of tokens must begin at 0, ascend and end at {edges}")
        require_numbers("latent", self.latents, self.width)
        begins = np.zeros(edges + 1, np.bool_)
        begins[starts] = True
        if ((np.diff(self.latents) <= 0) & ~begins[1:edges]).any():
            raise ShapeError("the latents of a token must ascend, each of them once")
        for name in ("counts", "first"):
            column = getattr(self, name)
            if column is not None and (len(column) != edges or (edges and int(column.min()) < (name == "counts"))):
                raise ShapeError(f"need one number an edge in {name}, {len(column)} for {edges}, and none too small")
        if self.occurrences is not None and len(self.occurrences) != self.tokens:
            raise ShapeError(f"need the occurrences of {self.tokens} tokens, not of {len(self.occurrences)}")
        return self

    def save(self, path: str | Path) -> None:
        """One safetensors file, whole or not at all. Raises `FileError` when it cannot be written."""
        from interp.token_graph.saving import save

        save(self, Path(path))

    @classmethod
    def load(cls, path: str | Path) -> "TokenGraph":
        """What `save` wrote. Raises `FileError` for a file that is missing, damaged, or holds anything else."""
        from interp.token_graph.saving import load

        return load(Path(path))[0]

    def to_networkx(self) -> Any:
        """A `networkx.Graph` whose nodes are ("token", 3) and ("latent", 5): see `interp.token_graph.export`."""
        from interp.token_graph.export import to_networkx

        return to_networkx(self)

    def to_parquet(self, folder: str | Path) -> None:
        """Three tables in a new folder, `edges`, `tokens` and `latents`: see `interp.token_graph.export`."""
        from interp.token_graph.export import to_parquet

        to_parquet(self, Path(folder))


def require_numbers(kind: str, numbers: Integer[np.ndarray, " number"], limit: int) -> None:
    """Raise `ShapeError` for numbers that are not whole or not between 0 and `limit` - 1."""
    if numbers.dtype.kind not in "iu":
        raise ShapeError(f"numbers of {kind}s must be integers, not {numbers.dtype}")
    if len(numbers) and not 0 <= int(numbers.min()) <= int(numbers.max()) < limit:
        wrong = int(numbers[(numbers < 0) | (numbers >= limit)][0])
        raise ShapeError(f"there is no {kind} {wrong}: they go from 0 to {limit - 1}")


def _chosen(kind: str, numbers: Integer[np.ndarray, " number"], size: int) -> Bool[np.ndarray, " node"]:
    require_numbers(kind, numbers, size)
    found = np.zeros(size, np.bool_)
    found[numbers] = True
    return found


__all__ = ["COLUMNS", "ByLatent", "Ranked", "TokenGraph", "require_numbers"]
