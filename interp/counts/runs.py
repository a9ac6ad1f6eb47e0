"""Ascending runs of counted n-grams: made from numbers, and merged."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Int64, Integer


class Run(NamedTuple):
    """N-grams as numbers, each once, and how often each was seen."""

    pairs: Int64[np.ndarray, " pair"]
    """Ascending."""
    counts: Int64[np.ndarray, " pair"]
    """At least 1."""


def counted(numbers: Integer[np.ndarray, " ngram"]) -> Run:
    """How often each number is there; sorts `numbers` in place."""
    numbers.sort()
    starts = _starts(numbers)
    ends = np.append(starts[1:], len(numbers)) if len(numbers) else starts
    return Run(numbers[starts].astype(np.int64), ends - starts)


def summed(pairs: Int64[np.ndarray, " entry"], counts: Int64[np.ndarray, " entry"]) -> Run:
    """Each pair once, with the sum of its counts."""
    order = np.argsort(pairs, kind="stable")  # looks for runs that ascend already, and merges those
    pairs = pairs[order]
    starts = _starts(pairs)
    sums = np.concatenate([[0], np.cumsum(counts[order])])  # differences of these cost half of np.add.reduceat
    return Run(pairs[starts], np.diff(sums[np.append(starts, len(pairs))]))


def merged(runs: Sequence[Run]) -> Run:
    """One run of several, which may be none."""
    if len(runs) == 1:
        return runs[0]
    none = np.zeros(0, dtype=np.int64)
    return summed(
        np.concatenate([none, *(run.pairs for run in runs)]), np.concatenate([none, *(r.counts for r in runs)])
    )


def merged_in_pieces(runs: Sequence[Run], piece: int) -> Iterator[Run]:
    """One run of several, piece by piece, with about `piece` entries at a time taken from wherever the runs lie."""
    at, each = [0] * len(runs), max(1, piece // max(1, len(runs)))
    while any(begin < len(run.pairs) for begin, run in zip(at, runs, strict=True)):
        ends = [min(begin + each, len(run.pairs)) for begin, run in zip(at, runs, strict=True)]
        # Up to here, no run has anything left behind what was taken from it.
        bounds = [int(run.pairs[end - 1]) for end, run in zip(ends, runs, strict=True) if end < len(run.pairs)]
        parts = []
        for index, (begin, end, run) in enumerate(zip(at, ends, runs, strict=True)):
            part = np.asarray(run.pairs[begin:end])
            stop = int(np.searchsorted(part, min(bounds), side="right")) if bounds else len(part)
            parts.append(Run(part[:stop], np.asarray(run.counts[begin : begin + stop])))
            at[index] = begin + stop
        yield merged(parts)


def _starts(ascending: Integer[np.ndarray, " entry"]) -> Int64[np.ndarray, " run"]:
    """Where each new number begins."""
    if not len(ascending):
        return np.zeros(0, dtype=np.int64)
    return np.concatenate([[0], np.flatnonzero(ascending[1:] != ascending[:-1]) + 1])


__all__ = ["Run", "counted", "summed", "merged", "merged_in_pieces"]
