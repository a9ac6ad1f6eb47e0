"""What follows the origins of latents: each later row of the passage, and whether the latent is active there."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int64, Integer

from interp.retrieval.passages import Passages

_TOGETHER = 2**17
"""Trials that are made at a time."""


class Trials(NamedTuple):
    """Latents with an origin, each with every later row of the passage: origin by origin, row by row."""

    latents: Int64[np.ndarray, " trial"]
    """The latent."""
    origins: Int64[np.ndarray, " trial"]
    """The row of its origin."""
    later: Int64[np.ndarray, " trial"]
    """A later row of the same passage."""
    active: Bool[np.ndarray, " trial"]
    """Whether the latent is active in it."""


def trials(passages: Passages, events: Integer[np.ndarray, " origin"], together: int = _TOGETHER) -> Iterator[Trials]:
    """Trials of some first events, which are their origins, about so many at a time and each origin's together."""
    rows = passages.occurrences.rows.astype(np.int64)
    latents, begun = passages.occurrences.latents[events], rows[events]
    counts = passages.ends[passages.of_row[begun]] - begun - 1
    starts = np.cumsum(counts) - counts
    again = _again(passages, events, rows, starts)
    for origins in np.split(np.arange(len(events)), np.flatnonzero(np.diff(starts // together)) + 1):
        start, size = int(starts[origins[0]]), int(counts[origins].sum())
        of = np.repeat(origins, counts[origins])
        active = np.zeros(size, np.bool_)
        active[again[slice(*np.searchsorted(again, [start, start + size]))] - start] = True
        yield Trials(latents[of], begun[of], begun[of] + 1 + start + np.arange(size) - starts[of], active)


def _again(
    passages: Passages,
    events: Integer[np.ndarray, " origin"],
    rows: Int64[np.ndarray, " event"],
    starts: Int64[np.ndarray, " origin"],
) -> Int64[np.ndarray, " hit"]:
    """Which of all trials, in their order, are hits: each is an event behind the first of its latent and passage."""
    first = passages.first
    began = np.maximum.accumulate(np.where(first, np.arange(len(first)), 0))
    origin = np.full(len(first), -1)
    origin[events] = np.arange(len(events))
    hits = np.flatnonzero(~first & (origin[began] >= 0))
    found: Int64[np.ndarray, " hit"] = starts[origin[began[hits]]] + rows[hits] - rows[began[hits]] - 1
    return found


__all__ = ["Trials", "trials"]
