"""Where the events of frequent and of rare tokens go, once it is known which are which."""

import numpy as np
from jaxtyping import Int64, Integer

from interp.token_graph.head import Head
from interp.token_graph.slots import Edges, Slots, edges_of, together
from interp.token_graph.spill import Scratch, Spill
from interp.token_graph.tail import Tail


class Parts:
    """Rows for the most frequent tokens, narrow cells for as many others as have room in 32 bits, wide ones for all.

    Narrow cells are for edges alone: what is counted is sorted together with its place, in 64 bits anyway.
    """

    def __init__(self, slots: Slots, width: int, keeps: tuple[bool, bool], memory: int, chunk: int, scratch: Scratch):
        """`keeps` says whether counts and first positions are kept; half of `memory` is for the tails."""
        self.slots, self.width, self.keeps = slots, width, keeps
        self.head = Head(slots.sizes[0], width, *keeps)
        # Bytes an entry while runs are merged: those that are read, those that are made, and a column of them again.
        room = memory // 2 // (24 + 16 * sum(keeps)) if any(keeps) else 3 * memory // 16 // 32
        self.narrow = Tail(5 * memory // 16 // 16, chunk, Spill(scratch, "narrow", *keeps, np.uint32), *keeps)
        self.wide = Tail(room, chunk, Spill(scratch, "wide", *keeps), *keeps)

    def add(
        self,
        tokens: Integer[np.ndarray, " event"],
        latents: Integer[np.ndarray, " event"],
        positions: Int64[np.ndarray, " event"] | None,
    ) -> None:
        """Events in the order of their positions, few at a time. Raises `FileError`: then none of them is in."""
        rows, narrow = self.slots.ends
        positions = positions if self.keeps[1] else None
        cells = self.slots.base[tokens]
        np.add(cells, latents, out=cells, casting="unsafe")
        own, own_positions = cells[:0], positions
        if rows:
            frequent = cells < rows
            others = ~frequent
            own, cells = cells[frequent], cells[others]
            if positions is not None:
                own_positions, positions = positions[frequent], positions[others]
        small = cells[:0]
        if self.slots.sizes[1] and len(cells):
            few = cells < narrow
            small, cells = (cells[few] - rows).astype(np.uint32), cells[~few]
        cells -= narrow
        # Whatever can fail comes before the first event is in.
        self.narrow.reserve(len(small))
        self.wide.reserve(len(cells))
        self.narrow.add(small, None)
        self.wide.add(cells, positions)
        if len(own):
            self.head.add(own, own_positions)

    def edges(self) -> Edges:
        """All of it, token by token."""
        degrees, parts = np.zeros(len(self.slots.order), np.int64), []
        for row in range(self.slots.sizes[0]):
            parts.append(edges_of(self.head.run(row), 1, self.width))
            degrees[row] = len(parts[-1].latents)
        begin = self.slots.sizes[0]
        for tail, size in zip((self.narrow, self.wide), self.slots.sizes[1:], strict=True):
            for piece in tail.pieces():
                parts.append(edges_of(piece, size, self.width))
                degrees[begin : begin + size] += parts[-1].degrees
            begin += size
        return self.slots.by_token(together(parts)._replace(degrees=degrees))


__all__ = ["Parts"]
