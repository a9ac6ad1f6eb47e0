"""In which order tokens lie in memory: those with rows, those whose cells are narrow numbers, all others."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from jaxtyping import Int32, Int64

from interp.token_graph.runs import Run

NARROW = 2**32
"""Cells that fit 32 bits, which sort in less than half the time of 64."""


class Edges(NamedTuple):
    """Edges, slot by slot or token by token."""

    degrees: Int64[np.ndarray, " slot"]
    """How many each of them has."""
    latents: Int32[np.ndarray, " edge"]
    """The latent of each."""
    counts: Int64[np.ndarray, " edge"] | None
    """How many events each has, where that is counted."""
    first: Int64[np.ndarray, " edge"] | None
    """The first position of each, where that is kept."""


class Slots:
    """Each token has a slot, and each cell the number `slot * width + latent`: first those of frequent tokens."""

    def __init__(self, head: Int64[np.ndarray, " row"], narrow: Int64[np.ndarray, " some"], tokens: int, width: int):
        """`head` and `narrow` ascend and have no token in common; so the slots of each of the three kinds ascend."""
        rest = np.ones(tokens, np.bool_)
        rest[head], rest[narrow] = False, False
        self.sizes = len(head), len(narrow), int(rest.sum())
        """How many tokens have rows, narrow cells and wide ones."""
        self.order = np.concatenate([head, narrow, np.flatnonzero(rest)])
        """The token of each slot."""
        self.base = np.empty(tokens, np.int64)
        """The first cell of each token."""
        self.base[self.order] = np.arange(tokens) * width
        self.ends = len(head) * width, (len(head) + len(narrow)) * width
        """Where the cells of rows end, and the narrow ones."""

    @classmethod
    def learned(
        cls,
        events: Int64[np.ndarray, " token"],
        width: int,
        head: Int64[np.ndarray, " row"] | None,
        rows: int,
        least: int,
        narrow: bool,
    ) -> "Slots":
        """Slots by how many events each token had so far.

        Rows go to the `head`, or else to at most `rows` tokens with at least `least` events; narrow cells, if there
        are to be any, to the next most frequent tokens, as many as have room.
        """
        order = np.argsort(-events, kind="stable")
        if head is None:
            head = np.sort(order[:rows][events[order[:rows]] >= least])
        others = order[~np.isin(order, head)]
        return cls(head, np.sort(others[: NARROW // width if narrow else 0]), len(events), width)

    def by_token(self, edges: Edges) -> Edges:
        """Edges slot by slot in the order of tokens."""
        if (np.diff(self.order) > 0).all():
            return edges
        degrees, begins = np.empty_like(edges.degrees), np.empty_like(edges.degrees)
        degrees[self.order] = edges.degrees
        begins[self.order] = np.cumsum(edges.degrees) - edges.degrees
        places = np.repeat(begins - (np.cumsum(degrees) - degrees), degrees)
        places += np.arange(len(places))
        return Edges(degrees, *(None if column is None else column[places] for column in edges[1:]))


def edges_of(run: Run, slots: int, width: int) -> Edges:
    """The edges of a run of cells of so many slots, the first of which has the cells from 0 on."""
    kind = run.cells.dtype
    base = (np.arange(slots, dtype=np.int64) * width).astype(kind)
    degrees = np.diff(np.searchsorted(run.cells, base[1:]), prepend=0, append=len(run.cells))
    return Edges(degrees, (run.cells - np.repeat(base, degrees)).astype(np.int32), run.counts, run.first)


def together(parts: Iterable[Edges]) -> Edges:
    """Edges of all parts (one at least), which follow each other. One column after the other."""
    columns = [list(column) for column in zip(*parts, strict=True)]
    for index, column in enumerate(columns):
        columns[index] = [None if column[0] is None else np.concatenate(column)]
    return Edges(*(column[0] for column in columns))


__all__ = ["NARROW", "Edges", "Slots", "edges_of", "together"]
