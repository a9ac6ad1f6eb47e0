"""Edges out of cells, token by token: rows of frequent tokens between stretches of the others."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Int32, Int64

from interp.token_graph.runs import Run


class Edges(NamedTuple):
    """Edges in the order of tokens, and within a token in that of latents."""

    degrees: Int64[np.ndarray, " token"]
    """How many each token has."""
    latents: Int32[np.ndarray, " edge"]
    """The latent of each edge."""
    counts: Int64[np.ndarray, " edge"] | None
    """How many events each has, where that is counted."""
    first: Int64[np.ndarray, " edge"] | None
    """The first position of each, where that is kept."""


def assembled(pieces: Iterable[Run], rows: Iterable[Run], row_tokens: Sequence[int], tokens: int, width: int) -> Edges:
    """The edges of cells that come in ascending pieces, and of the rows of some tokens, which have no other cells.

    The cells of a row are its latents; `row_tokens` ascend.
    """
    degrees, parts = np.zeros(tokens, np.int64), []
    waiting, coming = list(row_tokens)[::-1], iter(rows)

    def place_row() -> None:
        token, row = waiting.pop(), next(coming)
        degrees[token] = len(row.cells)
        parts.append(row._replace(cells=row.cells.astype(np.int32)))

    for piece in pieces:
        if not len(piece.cells):
            continue
        low, high = (int(piece.cells[end]) // width for end in (0, -1))
        base = (np.arange(low, high + 1) * width).astype(piece.cells.dtype)
        borders = np.concatenate([[0], np.searchsorted(piece.cells, base[1:]), [len(piece.cells)]])
        own = np.diff(borders)
        degrees[low : high + 1] += own
        stretch = piece._replace(cells=(piece.cells - np.repeat(base, own)).astype(np.int32))
        begin = 0
        while waiting and waiting[-1] <= high:
            end = int(borders[max(waiting[-1] - low, 0)])
            parts.append(stretch.part(begin, end))
            place_row()
            begin = end
        parts.append(stretch.part(begin, len(stretch.cells)))
    while waiting:
        place_row()
    # One column after the other: none lies in memory twice for long.
    columns = [list(column) for column in zip(*parts, strict=True)]
    parts.clear()
    for index, column in enumerate(columns):
        columns[index] = [None if column[0] is None else np.concatenate(column)]
    return Edges(degrees, *(column[0] for column in columns))


__all__ = ["Edges", "assembled"]
