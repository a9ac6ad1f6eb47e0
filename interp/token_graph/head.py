"""A byte for every cell of the most frequent tokens: their events cost no sorting."""

import numpy as np
from jaxtyping import Int64, UInt8

from interp.token_graph.runs import Run

UNSEEN = np.iinfo(np.int64).max
"""The first position of a cell without events."""


class Head:
    """Rows [row, latent]: whether a cell has events, or how many, and the first position of each."""

    def __init__(self, rows: int, width: int, counts: bool, first: bool):
        self.rows, self.width = rows, width
        size = rows * width
        self._seen = None if counts else np.zeros(size, np.bool_)
        self._counts = np.zeros(size, np.int64) if counts else None
        self._first = np.full(size, UNSEEN) if first else None
        self._packed: UInt8[np.ndarray, " byte"] | None = None

    @staticmethod
    def bytes_a_row(width: int, counts: bool, first: bool) -> int:
        """What one row costs."""
        return width * ((8 if counts else 1) + (8 if first else 0))

    def add(self, cells: Int64[np.ndarray, " event"], positions: Int64[np.ndarray, " event"] | None) -> None:
        """Events in these cells (`row * width + latent`), in the order of their positions."""
        if self._counts is not None:
            np.add.at(self._counts, cells, 1)
        else:
            self.wake()
            assert self._seen is not None
            self._seen[cells] = True
        if self._first is not None and positions is not None:
            new = np.flatnonzero(self._first[cells] == UNSEEN)[::-1]
            self._first[cells[new]] = positions[new]  # backwards: what is written last is the earliest

    def rest(self) -> None:
        """Pack a byte a cell into a bit, until the next event comes."""
        if self._seen is not None:
            self._packed, self._seen = np.packbits(self._seen), None

    def wake(self) -> None:
        """Unpack what `rest` packed."""
        if self._packed is not None:
            size = self.rows * self.width
            self._seen, self._packed = np.unpackbits(self._packed, count=size).view(np.bool_), None

    def run(self, row: int) -> Run:
        """The cells of one row, counted from its own first."""
        begin, end = row * self.width, (row + 1) * self.width
        if self._packed is not None:
            around = np.unpackbits(self._packed[begin // 8 : -(-end // 8)])
            latents = np.flatnonzero(around[begin % 8 : begin % 8 + self.width])
        else:
            full = self._seen if self._counts is None else self._counts
            assert full is not None
            latents = np.flatnonzero(full[begin:end])
        cells = latents + begin
        counts, first = (None if column is None else column[cells] for column in (self._counts, self._first))
        return Run(latents, counts, first)


__all__ = ["UNSEEN", "Head"]
