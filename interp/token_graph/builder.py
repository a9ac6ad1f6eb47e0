"""Build the graph of tokens and latents from a stream of events, in bounded memory."""

from pathlib import Path

import numpy as np
from jaxtyping import Int64, Integer

from interp.errors import ShapeError
from interp.token_graph.edges import Edges
from interp.token_graph.graph import TokenGraph, require_numbers
from interp.token_graph.head import Head
from interp.token_graph.parts import Parts
from interp.token_graph.runs import LARGEST
from interp.token_graph.spill import Scratch

CHUNK = 2**21
"""Events from which the frequent tokens are learned, and that are sorted at a time where they are counted."""
PIECE = 2**16
"""Events that are looked at together: what a cache holds."""
LEAST = 2**16
"""Bytes of memory below which nothing can be built."""
WORTH = 32
"""Bytes that a row may have for every event of its token in the first chunk: what sorting these would cost."""

_Piece = tuple[
    Integer[np.ndarray, " event"], Integer[np.ndarray, " event"], Int64[np.ndarray, " event"] | None
]  # fmt: skip


class GraphBuilder:
    """Collects events (a latent fires on an occurrence of a token), some at a time; the result depends on no cuts.

    `GraphBuilder(4096, 16384).add(tokens, latents).graph()`

    Cells (a token and a latent) wait to be sorted until memory is full, and then the tokens that reach many latents get
    rows of a byte a latent. With `counts` or `first`, where a row has 8 bytes a latent and for both 16, tokens get them
    that are frequent in the first events. Which tokens have rows changes the speed alone. About `memory` bytes are
    used, beside the events of a call and the graph itself; what is more goes to the disk as sorted runs (when these are
    many, they are merged, and lie there twice meanwhile), into a new folder inside `folder` (of the system, if None)
    that is removed with the builder.
    """

    def __init__(
        self,
        tokens: int,
        latents: int,
        *,
        memory: int = 2**30,
        head: Integer[np.ndarray, " row"] | None = None,
        counts: bool = False,
        first: bool = False,
        folder: str | Path | None = None,
    ) -> None:
        """For `tokens` of a vocabulary and so many `latents`; `head` names those that get rows from the start.

        Raises `ShapeError` for sizes that cannot be and too little memory, `FileError` for a folder of no use.
        """
        if tokens < 1 or not 1 <= latents < 2**31 or tokens * latents > LARGEST:
            raise ShapeError(f"need 1 token and latent or more, and at most 2^44 cells, not {tokens} x {latents}")
        if memory < LEAST:
            raise ShapeError(f"memory must be at least {LEAST} bytes, not {memory}")
        self.tokens, self.latents, self.events = tokens, latents, 0
        self.occurrences: Int64[np.ndarray, " token"] | None = None
        """How often each token occurs, as far as `occurred` was told."""
        self._memory, self._keeps, self._scratch = memory, (counts, first), Scratch(folder)
        self._rows = memory // 4 // Head.bytes_a_row(latents, counts, first)
        self._chunk = min(CHUNK, memory // 512)
        named = np.zeros(0, np.int64) if head is None else self._checked_head(head)
        self._waiting: list[_Piece] = []
        self._waiting_count = 0
        self._last = -1, -1
        self._parts: Parts | None = None
        self._may_grow = head is None and not (counts or first)
        if head is not None or self._may_grow:
            self._parts = self._made(named)

    def add(
        self,
        tokens: Integer[np.ndarray, " event"],
        latents: Integer[np.ndarray, " event"],
        positions: Integer[np.ndarray, " event"] | None = None,
    ) -> "GraphBuilder":
        """Some more events; returns the builder.

        `positions` number the occurrences in the whole text: they have to ascend, and latents within each of them, so
        that no event is there twice. Without them events may come in any order, and what is there twice counts twice.

        Raises `ShapeError` for tokens and latents that do not exist, events out of order or repeated: then none of
        the call is in; and `FileError` when the disk is full: then `events` says how many are in, and the others may
        be added again.
        """
        self._require(tokens, latents, positions)
        step = min(PIECE, self._chunk)
        for begin in range(0, len(tokens), step):
            part = slice(begin, begin + step)
            self._put(tokens[part], latents[part], None if positions is None else positions[part])
        return self

    def occurred(self, tokens: Integer[np.ndarray, " occurrence"]) -> "GraphBuilder":
        """Count occurrences of tokens, whether latents fire there or not; returns the builder. Raises `ShapeError`."""
        require_numbers("token", tokens, self.tokens)
        if self.occurrences is None:
            self.occurrences = np.zeros(self.tokens, np.int64)
        self.occurrences += np.bincount(tokens, minlength=self.tokens)
        return self

    def rest(self) -> "GraphBuilder":
        """Pack the rows of frequent tokens to a bit a latent until the next event comes, as `graph` does.

        Returns the builder.
        """
        if self._parts is not None:
            self._parts.head.rest()
        return self

    def graph(self) -> TokenGraph:
        """All that was added so far; more may be added afterwards. Takes two and a half times its memory for a moment.

        Raises `ShapeError` when nothing was added.
        """
        if not self.events:
            raise ShapeError("there is no event to build a graph from: was a latent active anywhere?")
        parts = self._parts or self._learn()
        self.rest()  # whoever asks for the graph has mostly added all there is
        edges = parts.edges()
        starts = np.concatenate([[0], np.cumsum(edges.degrees)])
        occurrences = None if self.occurrences is None else self.occurrences.copy()
        return TokenGraph(starts, edges.latents, self.latents, edges.counts, edges.first, occurrences)

    def _put(
        self,
        tokens: Integer[np.ndarray, " event"],
        latents: Integer[np.ndarray, " event"],
        positions: Integer[np.ndarray, " event"] | None,
    ) -> None:
        """At most a piece of events, all or none."""
        kept = positions.astype(np.int64) if self._keeps[1] and positions is not None else None
        if self._may_grow and self._parts is not None and self._parts.tight(len(tokens)):
            self._grow(self._parts.edges())
        if self._parts is not None:
            self._parts.add(tokens, latents, kept)
        else:
            self._waiting.append((tokens.astype(np.int32), latents.astype(np.int32), kept))
            self._waiting_count += len(tokens)
            if self._waiting_count >= self._chunk:
                self._learn()
        self.events += len(tokens)
        if positions is not None:
            self._last = int(positions[-1]), int(latents[-1])

    def _learn(self) -> Parts:
        """Find out from the first events which tokens are frequent, and put these events where they belong."""
        waiting, self._waiting, self._waiting_count = self._waiting, [], 0
        events = np.zeros(self.tokens, np.int64)
        for tokens, _, _ in waiting:
            events += np.bincount(tokens, minlength=self.tokens)
        self._parts = self._made(self._most(events, Head.bytes_a_row(self.latents, *self._keeps) // WORTH))
        for piece in waiting:
            self._parts.add(*piece)
        return self._parts

    def _grow(self, edges: Edges) -> None:
        """Give rows to the tokens whose cells take more memory than a row, now that memory is full of these edges.

        As long as it holds all cells, sorting them costs less than looking for rows; but to a row, what is seen again
        costs no memory.
        """
        self._may_grow = False
        head = self._most(edges.degrees, self.latents // 8)
        if len(head):
            self._parts = None  # before others are made: the edges take less memory
            self._parts = grown = self._made(head)
            tokens = np.repeat(np.arange(self.tokens, dtype=np.int32), edges.degrees)
            for begin in range(0, len(tokens), PIECE):
                grown.add(tokens[begin : begin + PIECE], edges.latents[begin : begin + PIECE], None)

    def _most(self, events: Int64[np.ndarray, " token"], least: int) -> Int64[np.ndarray, " row"]:
        """The tokens with most events, at least so many each and as many as there is room for rows, ascending."""
        order = np.argsort(-events, kind="stable")[: self._rows]
        return np.sort(order[events[order] >= max(1, least)])

    def _made(self, head: Int64[np.ndarray, " row"]) -> Parts:
        return Parts(head, self.tokens, self.latents, self._keeps, self._memory // 2, self._chunk, self._scratch)

    def _checked_head(self, head: Integer[np.ndarray, " row"]) -> Int64[np.ndarray, " row"]:
        require_numbers("token", head, self.tokens)
        found = np.unique(head).astype(np.int64)
        if len(found) > self._rows:
            raise ShapeError(f"{self._memory} bytes have room for the rows of {self._rows} tokens, not of {len(found)}")
        return found

    def _require(
        self,
        tokens: Integer[np.ndarray, " event"],
        latents: Integer[np.ndarray, " event"],
        positions: Integer[np.ndarray, " event"] | None,
    ) -> None:
        if len(tokens) != len(latents) or (positions is not None and len(positions) != len(tokens)):
            raise ShapeError(
                f"need one token, latent and position an event: {len(tokens)} tokens, {len(latents)} latents"
            )
        require_numbers("token", tokens, self.tokens)
        require_numbers("latent", latents, self.latents)
        if positions is None:
            if self._keeps[1]:
                raise ShapeError("the first position of an edge is to be kept: hand in the positions of the events")
        elif len(tokens):
            self._require_order(latents, positions)

    def _require_order(self, latents: Integer[np.ndarray, " event"], positions: Integer[np.ndarray, " event"]) -> None:
        now, last = (int(positions[0]), int(latents[0])), self._last
        later = positions[1:] > positions[:-1]
        later |= (positions[1:] == positions[:-1]) & (latents[1:] > latents[:-1])
        if now[0] >= 0 and now > last and later.all():
            return
        if now[0] >= 0 and now > last:
            at = int(np.flatnonzero(~later)[0])
            last = int(positions[at]), int(latents[at])
            now = int(positions[at + 1]), int(latents[at + 1])
        raise ShapeError(
            f"events are out of order or repeated: position {now[0]}, latent {now[1]} came after position "
            f"{last[0]}, latent {last[1]}"
        )


__all__ = ["CHUNK", "GraphBuilder"]
