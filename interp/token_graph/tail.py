"""Sorted runs of cells with counts and first positions: merged when they are many, on the disk when memory is full."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Int64

from interp.token_graph.runs import PIECE, Run, joined, made, merged_in_pieces
from interp.token_graph.spill import Spill


class Tail:
    """Events in the order of their positions, sorted `chunk` at a time; at most `room` entries lie in memory."""

    def __init__(self, room: int, chunk: int, spill: Spill, counts: bool, first: bool):
        self._room, self._chunk, self._spill = room, chunk, spill
        self._counts, self._first = counts, first
        self._cells: list[Int64[np.ndarray, " event"]] = []
        self._positions: list[Int64[np.ndarray, " event"]] = []
        self._waiting = 0
        self._runs: list[Run] = []

    @staticmethod
    def room(memory: int, columns: int) -> int:
        """How many entries so much memory has room for, with so many numbers beside a cell.

        While they are merged, there are those that are read, those that are made, and a column of them again.
        """
        return memory // (24 + 16 * columns)

    def add(self, cells: Int64[np.ndarray, " event"], positions: Int64[np.ndarray, " event"] | None) -> None:
        """Some events for which there was `reserve`d room; the arrays are kept."""
        if not len(cells):
            return
        self._cells.append(cells)
        if self._first and positions is not None:
            self._positions.append(positions)
        self._waiting += len(cells)
        if self._waiting >= self._chunk:
            self._settle()

    def tight(self, size: int) -> bool:
        """Whether `size` more, fewer than half of all that there is room for, need the disk.

        What lies in memory is merged if they do not fit.
        """
        if self._held() + size <= self._room:
            return False
        self._merge()
        # Half of the room at least, or the same cells would be merged over and over for the last few places.
        return self._held() + max(size, self._room // 2) > self._room

    def reserve(self, size: int) -> None:
        """Make room for `size` more, on the disk if need be. Raises `FileError`: nothing has changed."""
        if self.tight(size):
            self._spill.write(self._runs[0])
            self._runs = []

    def pieces(self) -> Iterator[Run]:
        """All of it, piece by piece, ascending."""
        self._settle()
        return merged_in_pieces([*self._spill.runs(), *self._runs], min(PIECE, self._room), in_time=True)

    def _held(self) -> int:
        return self._waiting + sum(len(run.cells) for run in self._runs)

    def _settle(self) -> None:
        """Make a run of what waits."""
        if self._waiting:
            cells, positions = np.concatenate(self._cells), np.concatenate(self._positions) if self._first else None
            self._cells, self._positions, self._waiting = [], [], 0
            self._runs.append(made(cells, self._counts, positions))

    def _merge(self) -> None:
        self._settle()
        if len(self._runs) > 1:
            self._runs = [joined(merged_in_pieces(self._runs, PIECE, in_time=True))]


__all__ = ["Tail"]
