"""Where the events of frequent and of rare tokens go, once it is known which are which."""

import numpy as np
from jaxtyping import Int64, Integer

from interp.token_graph.edges import Edges, assembled
from interp.token_graph.head import Head
from interp.token_graph.pool import Pool
from interp.token_graph.runs import PIECE
from interp.token_graph.spill import Scratch, Spill
from interp.token_graph.tail import Tail

NARROW = 2**32
"""As many cells have numbers of 32 bits, which take half the memory and less time to sort."""


class Parts:
    """Rows for some tokens, and for all others a pool of cells, or sorted runs where more than edges is kept."""

    def __init__(
        self,
        rows: Int64[np.ndarray, " row"],
        tokens: int,
        width: int,
        keeps: tuple[bool, bool],
        memory: int,
        chunk: int,
        scratch: Scratch,
    ):
        """`rows` names the tokens that have one, ascending; `keeps` says whether counts and first positions are kept.

        `memory` is for all but the rows.
        """
        self.rows, self.tokens, self.width, self.keeps = rows, tokens, width, keeps
        self.head = Head(len(rows), width, *keeps)
        self.kind = np.uint32 if tokens * width <= NARROW and not any(keeps) else np.int64
        self._row = np.full(tokens, -1, np.int32)
        self._row[rows] = np.arange(len(rows))
        room = Tail.room(memory, sum(keeps)) if any(keeps) else Pool.room(memory, self.kind)
        # Runs are merged on the disk while memory is full: for what is being merged there is room half as large.
        spill = Spill(scratch, *keeps, self.kind, piece=min(PIECE, room // 2))
        self.tail: Pool | Tail = Tail(room, chunk, spill, *keeps) if any(keeps) else Pool(room, spill, self.kind)

    def add(
        self,
        tokens: Integer[np.ndarray, " event"],
        latents: Integer[np.ndarray, " event"],
        positions: Int64[np.ndarray, " event"] | None,
    ) -> None:
        """Events in the order of their positions, few at a time. Raises `FileError`: then none of them is in."""
        if not len(self.rows):
            self._put(tokens, latents, positions)
            return
        row = self._row[tokens]
        own, others = np.flatnonzero(row >= 0), np.flatnonzero(row < 0)
        own_positions, other_positions = (None if positions is None else positions[some] for some in (own, others))
        # What can fail comes first.
        self._put(tokens[others], latents[others], other_positions)
        if len(own):
            self.head.add(_cells(row[own], latents[own], self.width, np.int64), own_positions)

    def tight(self, size: int) -> bool:
        """Whether so many more events, whichever they are, may need the disk."""
        return self.tail.tight(size)

    def edges(self) -> Edges:
        """All of it, token by token."""
        rows = (self.head.run(row) for row in range(len(self.rows)))
        return assembled(self.tail.pieces(), rows, self.rows.tolist(), self.tokens, self.width)

    def _put(
        self,
        tokens: Integer[np.ndarray, " event"],
        latents: Integer[np.ndarray, " event"],
        positions: Int64[np.ndarray, " event"] | None,
    ) -> None:
        self.tail.reserve(len(tokens))
        cells = _cells(tokens, latents, self.width, self.kind)
        if isinstance(self.tail, Pool):
            self.tail.add(cells)
        else:
            self.tail.add(cells, positions)


def _cells(
    tokens: Integer[np.ndarray, " event"], latents: Integer[np.ndarray, " event"], width: int, kind: type[np.integer]
) -> Integer[np.ndarray, " event"]:
    """`token * width + latent`."""
    cells = tokens.astype(kind)
    cells *= kind(width)
    np.add(cells, latents, out=cells, casting="unsafe")
    return cells


__all__ = ["NARROW", "Parts"]
