"""The order in which training sees rows: chunks shuffled over all of them, then rows shuffled within a buffer."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Int64

from interp.errors import ShapeError


class Batch(NamedTuple):
    """Where the rows of a step are."""

    epoch: int
    """The pass over all rows, from 0."""
    buffer: int
    """The buffer of this epoch, from 0."""
    start: int
    """Where the batch begins in the shuffled buffer."""


class Order:
    """Every epoch is a new order of `count` rows without repetition: a pure function of the arguments.

    Rows 0 to `count` - 1 are cut into chunks of `chunk` neighbours. The chunks of an epoch are shuffled and dealt, in
    that order, to buffers of about equal size, which hold at most `buffer` rows; each buffer is shuffled and handed
    out in batches. No batch lies in two buffers. The last `count % batch` rows of an epoch, others each time, are left
    out. With `chunk=1`, or a buffer that holds all rows, an epoch is a uniform shuffle.
    """

    def __init__(self, count: int, batch: int, *, seed: int, buffer: int, chunk: int) -> None:
        if min(batch, chunk) < 1 or seed < 0:
            raise ShapeError(f"need batch and chunk of at least 1 and a seed of at least 0: {batch}, {chunk}, {seed}")
        if count < batch:
            raise ShapeError(
                f"{count} rows are fewer than a batch of {batch}: take a smaller batch, or harvest more data"
            )
        if buffer < batch:
            raise ShapeError(f"a buffer of {buffer} rows cannot hold a batch of {batch}: take a larger buffer")
        self.count, self.batch, self.seed, self.buffer, self.chunk = count, batch, seed, buffer, chunk
        self.steps_per_epoch = count // batch
        self.buffers = -(-count // (buffer // batch * batch))
        """How many buffers an epoch has. Where one holds a single batch, the last may hold what is left out, only."""
        self._epoch = -1
        self._chunks: Int64[np.ndarray, " chunk"] = np.empty(0, np.int64)
        self._ends: Int64[np.ndarray, " chunk"] = np.empty(0, np.int64)

    @property
    def largest(self) -> int:
        """Rows of the largest buffer."""
        return max(end - begin for begin, end in map(self._span, range(self.buffers)))

    def locate(self, step: int) -> Batch:
        """The place of step 0, 1, ... of all epochs. Raises `ShapeError` for a negative one."""
        if step < 0:
            raise ShapeError(f"steps count from 0, there is no step {step}")
        epoch, rest = divmod(step, self.steps_per_epoch)
        buffer = rest * self.buffers // self.steps_per_epoch
        return Batch(epoch, buffer, rest * self.batch - self._span(buffer)[0])

    def held(self, epoch: int, buffer: int) -> Int64[np.ndarray, " row"]:
        """The rows of a buffer, ascending."""
        if epoch != self._epoch:
            self._deal(epoch)
        begin, end = self._span(buffer)
        first, last = np.searchsorted(self._ends, [begin, end - 1], side="right")
        ends = self._ends[first : last + 1]
        starts = np.concatenate([[begin], ends[:-1]])
        # A chunk at the edge of a buffer is cut there; `skip` is what the buffer before has had of it.
        lengths = np.minimum(ends, end) - starts
        rows = self._chunks[first : last + 1] * self.chunk
        skip = begin - (int(self._ends[first - 1]) if first else 0)
        rows[0] += skip
        order = np.argsort(rows)
        rows, lengths = rows[order], lengths[order]
        return np.repeat(rows - (np.cumsum(lengths) - lengths), lengths) + np.arange(end - begin)

    def shuffled(self, epoch: int, buffer: int) -> Int64[np.ndarray, " row"]:
        """Places in `held(epoch, buffer)`, in the order in which they are handed out."""
        begin, end = self._span(buffer)
        return self._generator(epoch, 1 + buffer).permutation(end - begin)

    def _span(self, buffer: int) -> tuple[int, int]:
        """The part of the epoch that a buffer holds; the last one takes the rows that are left out, too."""
        begin, end = (-(-number * self.steps_per_epoch // self.buffers) * self.batch for number in (buffer, buffer + 1))
        return begin, self.count if buffer + 1 == self.buffers else end

    def _deal(self, epoch: int) -> None:
        """Shuffle the chunks: 16 bytes a chunk are kept."""
        self._chunks = self._generator(epoch, 0).permutation(-(-self.count // self.chunk))
        self._ends = np.cumsum(np.minimum((self._chunks + 1) * self.chunk, self.count) - self._chunks * self.chunk)
        self._epoch = epoch

    def _generator(self, epoch: int, purpose: int) -> np.random.Generator:
        # Lists that differ in length only (by zeros at the end) would give one and the same generator.
        return np.random.default_rng([self.seed, epoch, purpose])


__all__ = ["Batch", "Order"]
