"""Count n-grams of a text that may be larger than memory."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from jaxtyping import Integer
from torch import Tensor

from interp.counts.counts import Counts
from interp.counts.numbers import ngrams, require_order, require_sequences
from interp.counts.runs import Run, counted, merged, merged_in_pieces
from interp.counts.spill import Spill
from interp.errors import FileError, ShapeError

CHUNK = 2**22
"""N-grams that are sorted at a time."""


class Counter:
    """Counts the n-grams of one order, some sequences at a time.

    `Counter(4096, separator=0).add(tokens).counts()`

    No n-gram crosses the border of a sequence, and none has a context that reaches behind a `separator`; the separator
    itself is a token like any other, as context and as what is predicted. At most `budget` n-grams lie in memory, at
    16 bytes each and half as much again while they are sorted; what is more goes to the disk as ascending runs, into a
    new folder inside `folder` (of the system, if None) that is removed with the counter. The counts themselves lie in
    memory: 16 bytes for each different n-gram, and half as much again while they are put together.
    """

    def __init__(
        self,
        vocabulary: int,
        order: int = 2,
        separator: int | None = None,
        folder: str | Path | None = None,
        budget: int = 2**26,
    ) -> None:
        """Raises `ShapeError` for an order or vocabulary that cannot be, `FileError` for a folder of no use."""
        require_order(vocabulary, order)
        if separator is not None and not 0 <= separator < vocabulary:
            raise ShapeError(f"the separator {separator} is no token of a vocabulary of {vocabulary}")
        if budget < 2:
            raise ShapeError(f"need a budget of at least 2 n-grams in memory, not {budget}")
        self.vocabulary, self.order, self.separator = vocabulary, order, separator
        self._room = budget // 2  # a merge holds what it reads and what it makes
        self._chunk = min(CHUNK, self._room)
        self._waiting: list[Integer[np.ndarray, " ngram"]] = []
        self._waiting_count = 0
        self._runs: list[Run] = []
        self._spill = Spill(folder)

    def add(self, tokens: Integer[Tensor, "sequence position"]) -> "Counter":
        """Count some more sequences, each of them whole; returns the counter.

        Raises `ShapeError` for ids outside the vocabulary, and `FileError` when the disk is full: then nothing of this
        call was counted, what came before is unharmed, and the call may be made again.
        """
        require_sequences(tokens, self.vocabulary)
        # Either all of it fits into memory, or memory is empty when it begins: so a failure can be taken back.
        self._make_room(tokens.numel())
        spilled = len(self._spill)
        try:
            for piece in _pieces(tokens, self.order, self._chunk):
                numbers = ngrams(piece, self.order, self.vocabulary, self.separator)
                self._make_room(len(numbers))
                self._waiting.append(numbers)
                self._waiting_count += len(numbers)
                if self._waiting_count >= self._chunk:
                    self._settle()
        except FileError:
            self._spill.drop(spilled)
            self._waiting, self._waiting_count, self._runs = [], 0, []
            raise
        return self

    def counts(self) -> Counts:
        """All that was counted so far; more may be added afterwards. Raises `ShapeError` when that is nothing."""
        self._settle()
        self._runs = [merged(self._runs)]
        run = self._runs[0]
        if len(self._spill):
            run = _joined(merged_in_pieces([*self._spill.runs(), run], self._room))
        if not len(run.pairs):
            raise ShapeError(f"there is nothing to count: no sequence of at least {self.order} tokens was added")
        return Counts.of(run, self.vocabulary, self.order, self.separator)

    def _held(self) -> int:
        return self._waiting_count + sum(len(run.pairs) for run in self._runs)

    def _settle(self) -> None:
        """Make a run of what waits; runs of about one size are merged, so that every n-gram is merged few times."""
        if self._waiting:
            numbers = np.concatenate(self._waiting)
            self._waiting, self._waiting_count = [], 0
            self._runs.append(counted(numbers))
        while len(self._runs) > 1 and len(self._runs[-2].pairs) <= 2 * len(self._runs[-1].pairs):
            self._runs.append(merged([self._runs.pop(), self._runs.pop()]))

    def _make_room(self, size: int) -> None:
        """Merge what lies in memory if `size` more n-grams do not fit; if that frees too little, empty it."""
        if self._held() + size <= self._room:
            return
        self._settle()
        self._runs = [merged(self._runs)]
        # Half of the room at least, or the same n-grams would be merged over and over for the last few places.
        if self._held() and self._held() + max(size, self._room // 2) > self._room:
            self._spill.write(self._runs[0])
            self._runs = []


def _joined(pieces: Iterator[Run]) -> Run:
    """One run of those that follow each other. One column after the other: neither lies in memory twice for long."""
    pairs, counts = [], []
    for piece in pieces:
        pairs.append(piece.pairs)
        counts.append(piece.counts)
    whole = np.concatenate(pairs)
    pairs.clear()
    return Run(whole, np.concatenate(counts))


def _pieces(
    tokens: Integer[Tensor, "sequence position"], order: int, most: int
) -> Iterator[Integer[np.ndarray, "sequence position"]]:
    """The sequences, some at a time, or parts of long ones that overlap by a context: `most` n-grams in each."""
    count, length = tokens.shape
    together = max(1, most // max(1, length))
    for first in range(0, count, together):
        rows = tokens[first : first + together]
        for begin in range(0, max(1, length - order + 1), most):
            yield rows[:, begin : begin + most + order - 1].cpu().numpy()


__all__ = ["CHUNK", "Counter"]
