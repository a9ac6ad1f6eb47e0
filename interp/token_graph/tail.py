"""Sorted runs for the many rare tokens: merged when they are many, and on the disk when memory is full."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Int64, Integer

from interp.token_graph.runs import Run, joined, made, merged_in_pieces
from interp.token_graph.spill import Spill

PIECE = 2**19
"""Entries that are merged at a time: what a cache holds."""


class Tail:
    """Events as cells and, where more is known of them than that they are, counts and first positions.

    At most `room` of them lie in memory. Cells alone wait unsorted until it is full: one sort of everything costs less
    than sorting parts and merging them. What is to be counted is sorted `chunk` events at a time.
    """

    def __init__(self, room: int, chunk: int, spill: Spill, counts: bool, first: bool):
        self._room, self._counts, self._first, self._spill = room, counts, first, spill
        self._chunk = chunk if counts or first else room
        self._cells: list[Integer[np.ndarray, " event"]] = []
        self._positions: list[Int64[np.ndarray, " event"]] = []
        self._waiting = 0
        self._runs: list[Run] = []

    def add(self, cells: Integer[np.ndarray, " event"], positions: Int64[np.ndarray, " event"] | None) -> None:
        """Some events for which there was `reserve`d room; the arrays are kept."""
        if not len(cells):
            return
        self._cells.append(cells)
        if self._first and positions is not None:
            self._positions.append(positions)
        self._waiting += len(cells)
        if self._waiting >= self._chunk:
            self._settle()

    def reserve(self, size: int) -> None:
        """Make room for `size` more, fewer than half of all that there is. Raises `FileError`: nothing has changed.

        What lies in memory is merged if they do not fit; if that frees too little, it goes to the disk.
        """
        if self._held() + size <= self._room:
            return
        self._merge()
        # Half of the room at least, or the same cells would be merged over and over for the last few places.
        if self._runs and self._held() + max(size, self._room // 2) > self._room:
            self._spill.write(self._runs[0])
            self._runs = []

    def pieces(self) -> Iterator[Run]:
        """All of it, piece by piece, ascending."""
        self._merge()
        if not len(self._spill):
            yield from self._runs
        else:
            yield from merged_in_pieces([*self._spill.runs(), *self._runs], min(PIECE, self._room))

    def _held(self) -> int:
        return self._waiting + sum(len(run.cells) for run in self._runs)

    def _settle(self) -> None:
        """Make a run of what waits."""
        if self._waiting:
            cells, positions = np.concatenate(self._cells), None
            if self._first:
                positions = np.concatenate(self._positions)
            self._cells, self._positions, self._waiting = [], [], 0
            self._runs.append(made(cells, self._counts, positions))

    def _merge(self) -> None:
        self._settle()
        if len(self._runs) > 1:
            self._runs = [joined(merged_in_pieces(self._runs, PIECE))]


__all__ = ["PIECE", "Tail"]
