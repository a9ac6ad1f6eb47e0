"""Cells of which nothing is known but that they are: one sort when memory is full costs less than many merges."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from jaxtyping import Integer

from interp.token_graph.runs import PIECE, Run, merged_in_pieces, new
from interp.token_graph.spill import Spill

BLOCK = 2**15
"""Cells that are thinned at a time: what a smaller cache holds."""


class Pool:
    """Cells in one array with room for so many, sorted and thinned when it is full. Takes the memory twice while."""

    def __init__(self, room: int, spill: Spill, kind: type[np.integer[Any]]):
        self._cells = np.empty(room, kind)
        self._used = self._sorted = 0
        self._spill = spill

    @staticmethod
    def room(memory: int, kind: type[np.integer[Any]]) -> int:
        """How many cells so much memory has room for: each of them twice, and a byte to mark it."""
        return memory // (2 * np.dtype(kind).itemsize + 1)

    def add(self, cells: Integer[np.ndarray, " event"]) -> None:
        """Some cells for which there was `reserve`d room."""
        self._cells[self._used : self._used + len(cells)] = cells
        self._used += len(cells)

    def tight(self, size: int) -> bool:
        """Whether `size` more, fewer than half of all that there is room for, need the disk."""
        room = len(self._cells)
        if self._used + size <= room:
            return False
        self._settle()
        # Half of the room at least, or the same cells would be sorted over and over for the last few places.
        return self._used + max(size, room // 2) > room

    def reserve(self, size: int) -> None:
        """Make room for `size` more, on the disk if need be. Raises `FileError`: nothing has changed."""
        if self.tight(size):
            self._spill.write(Run(self._cells[: self._used], None, None))
            self._used = self._sorted = 0

    def pieces(self) -> Iterator[Run]:
        """All of it, piece by piece, ascending; in memory that will change with the next cells."""
        self._settle()
        here = Run(self._cells[: self._used], None, None)
        if not len(self._spill):
            yield from (here.part(begin, begin + PIECE) for begin in range(0, self._used, PIECE))
        else:
            yield from merged_in_pieces([*self._spill.runs(), here], min(PIECE, len(self._cells)))

    def _settle(self) -> None:
        if self._used > self._sorted:
            cells = self._cells[: self._used]
            cells.sort()
            self._used = self._sorted = _thinned(cells)


def _thinned(cells: Integer[np.ndarray, " cell"]) -> int:
    """Move the first of each cell to the front; returns how many there are."""
    end = 0
    for begin in range(0, len(cells), BLOCK):
        before = min(begin, 1)  # the last of the block before, which is still there: nothing moves further than it lay
        block = cells[begin - before : begin + BLOCK]
        found = block[before:][new(block)[before:]]
        cells[end : end + len(found)] = found
        end += len(found)
    return end


__all__ = ["BLOCK", "Pool"]
