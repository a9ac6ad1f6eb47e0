"""Ascending runs of cells of the matrix [token, latent]: made from events, and merged.

A cell is one number, `token * width + latent`. What is sorted together with its place travels in the same number:
numpy sorts plain 64-bit numbers several times faster than it finds their order.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int64, Integer

LARGEST = 2**44
"""More cells than this have no room for places beside them: a vocabulary of 2^22 and 2^22 latents."""
PIECE = 2**17
"""Entries that are merged at a time: what a cache holds."""


class Run(NamedTuple):
    """Cells, each once, and what is known of them."""

    cells: Integer[np.ndarray, " entry"]
    """Ascending; int64, or uint32 where cells are that small and nothing else is known."""
    counts: Int64[np.ndarray, " entry"] | None
    """How many events each has, where that is counted."""
    first: Int64[np.ndarray, " entry"] | None
    """The first position of each, where that is kept."""

    def part(self, begin: int, end: int) -> "Run":
        """Some entries, in the same memory."""
        counts, first = (None if column is None else column[begin:end] for column in (self.counts, self.first))
        return Run(self.cells[begin:end], counts, first)


def made(cells: Integer[np.ndarray, " event"], counts: bool, positions: Int64[np.ndarray, " event"] | None) -> Run:
    """The run of some events; sorts `cells` in place. `positions`, where they are kept, ascend."""
    if positions is None:
        cells.sort()
        starts = np.flatnonzero(new(cells))
        return Run(cells[starts], np.diff(starts, append=len(cells)) if counts else None, None)
    begin = int(positions[0]) if len(positions) else 0
    bits = (int(positions[-1]) - begin).bit_length() if len(positions) else 0
    if len(cells) and int(cells.max()).bit_length() + bits <= 63:
        cells <<= bits
        cells |= positions - begin
        cells.sort()
        first = (cells & ((1 << bits) - 1)) + begin
        cells >>= bits
    else:
        cells, places = _sorted(cells)
        first = positions[places]
    starts = np.flatnonzero(new(cells))  # of equal cells, that with the first position comes first
    return Run(cells[starts], np.diff(starts, append=len(cells)) if counts else None, first[starts])


def merged(runs: Sequence[Run], in_time: bool = False) -> Run:
    """One run of several (one at least): counts are added up, and of positions the first is kept.

    `in_time` says that what a run knows of a cell came before what the next ones know of it.
    """
    if len(runs) == 1:
        return runs[0]
    cells = np.concatenate([run.cells for run in runs])
    if runs[0].counts is None and runs[0].first is None:
        cells.sort()
        return Run(cells[new(cells)], None, None)
    cells, order = _sorted(cells)
    starts = np.flatnonzero(new(cells))
    counts, first = (_column(runs, name) for name in ("counts", "first"))
    if counts is not None:
        sums = np.concatenate([[0], np.cumsum(counts[order])])  # differences of these cost half of np.add.reduceat
        counts = np.diff(sums[np.append(starts, len(cells))])
    if first is not None and len(first):
        first = first[order[starts]] if in_time else np.minimum.reduceat(first[order], starts)
    return Run(cells[starts], counts, first)


def merged_in_pieces(runs: Sequence[Run], piece: int, in_time: bool = False) -> Iterator[Run]:
    """`merged`, piece by piece, with about `piece` entries at a time taken from wherever the runs lie."""
    left = [run for run in runs if len(run.cells)]
    while left:
        ends = _ends([run.cells for run in left], piece)
        yield merged([run.part(0, end) for run, end in zip(left, ends, strict=True)], in_time)
        left = [run.part(end, len(run.cells)) for run, end in zip(left, ends, strict=True) if end < len(run.cells)]


def _ends(runs: Sequence[Integer[np.ndarray, " _"]], piece: int) -> list[int]:
    """How many entries of each run have cells up to the same one, so that they are about `piece` together.

    One entry in every `step` is looked at. Up to a cell that `many` of those do not exceed, there are at most `step`
    entries for each of them, and fewer than `step` more in every run.
    """
    step = max(1, piece // (8 * len(runs)))
    many, total = max(1, piece // step - len(runs)), sum(len(run) for run in runs)
    # Twice as far as a run would be taken if all were spread alike: of a long one that is further than of a short one.
    reaches = [step * (2 + 2 * many * len(run) // total) for run in runs]
    seen = [run[step - 1 : reach : step] for run, reach in zip(runs, reaches, strict=True)]
    # Beyond its reach, a run has nothing that would have to come before these.
    bounds = [int(own[-1]) for own, reach, run in zip(seen, reaches, runs, strict=True) if reach < len(run)]
    together = np.concatenate(seen)
    if len(together) > many:
        bounds.append(int(np.partition(together, many - 1)[many - 1]))
    if not bounds:
        return [len(run) for run in runs]
    bound = runs[0].dtype.type(min(bounds))  # of another type, it would have the cells copied
    return [
        int(np.searchsorted(run[: reach + step], bound, side="right")) for run, reach in zip(runs, reaches, strict=True)
    ]


def joined(pieces: Iterator[Run]) -> Run:
    """One run of those that follow each other. One column after the other: none lies in memory twice for long."""
    columns = [list(column) for column in zip(*pieces, strict=True)]
    for index, column in enumerate(columns):
        columns[index] = [None if column[0] is None else np.concatenate(column)]
    return Run(*(column[0] for column in columns))


def _sorted(cells: Int64[np.ndarray, " entry"]) -> tuple[Int64[np.ndarray, " entry"], Int64[np.ndarray, " entry"]]:
    """The cells in ascending order and where each stood before; equal ones stay in their order."""
    bits = max(len(cells) - 1, 1).bit_length()
    if len(cells) and int(cells.max()).bit_length() + bits > 63:
        order = np.argsort(cells, kind="stable")
        return cells[order], order
    packed = cells << bits
    packed |= np.arange(len(cells))
    packed.sort()
    return packed >> bits, packed & ((1 << bits) - 1)


def _column(runs: Sequence[Run], name: str) -> Int64[np.ndarray, " entry"] | None:
    if getattr(runs[0], name) is None:
        return None
    return np.concatenate([getattr(run, name) for run in runs])


def new(ascending: Integer[np.ndarray, " entry"]) -> Bool[np.ndarray, " entry"]:
    """Whether each is the first of its cell."""
    found = np.empty(len(ascending), np.bool_)
    found[:1] = True
    np.not_equal(ascending[1:], ascending[:-1], out=found[1:])
    return found


__all__ = ["LARGEST", "PIECE", "Run", "joined", "made", "merged", "merged_in_pieces", "new"]
