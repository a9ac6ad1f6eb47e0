"""How many latents the occurrences of some tokens reach: with the tokens where they are, or dealt out anew."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Int64, Integer

from interp.errors import ShapeError
from interp.token_graph.occurrences import Occurrences

CHUNK = 2**22
"""Events looked at together."""


def reach(occurrences: Occurrences, order: Integer[np.ndarray, " k"]) -> Int64[np.ndarray, " k"]:
    """How many latents are active at some occurrence of the first 1, 2 ... k tokens of `order`.

    Raises `ShapeError` for tokens that do not exist or come twice, and for none.
    """
    return reach_of_ranks(occurrences, ranks(order, occurrences.vocabulary)[occurrences.tokens], len(order))


def ranks(order: Integer[np.ndarray, " k"], vocabulary: int) -> Integer[np.ndarray, " token"]:
    """The place of each token in `order`, and k for those that are not in it; in as few bytes as that takes.

    Raises `ShapeError` for tokens that do not exist or come twice, and for none.
    """
    if not len(order) or order.min() < 0 or order.max() >= vocabulary or len(np.unique(order)) < len(order):
        raise ShapeError(f"need one token or more in order, each once, of 0 to {vocabulary - 1}, not {order}")
    found = np.full(vocabulary, len(order), np.min_scalar_type(len(order)))
    found[order] = np.arange(len(order))
    return found


def reach_of_ranks(occurrences: Occurrences, row_ranks: Integer[np.ndarray, " row"], k: int) -> Int64[np.ndarray, " k"]:
    """`reach` when the token of each row is given by its place in an order of `k` (and `k` for all other tokens)."""
    first = np.zeros(k + 1, np.int64)
    for rows, starts in _chunks(occurrences):
        # The earliest token of each latent is the one that reaches it.
        first += np.bincount(np.minimum.reduceat(row_ranks[rows], starts), minlength=k + 1)
    return np.cumsum(first[:k])


def _chunks(
    occurrences: Occurrences,
) -> Iterator[tuple[Integer[np.ndarray, " event"], Int64[np.ndarray, " alive"]]]:
    """The rows of some latents and where each begins, some latents at a time, without those that are never active."""
    starts = occurrences.starts[:-1][occurrences.alive]
    ends = np.append(starts[1:], len(occurrences.rows))
    begin = 0
    while begin < len(starts):
        end = max(begin + 1, int(np.searchsorted(ends, starts[begin] + CHUNK, side="right")))
        yield occurrences.rows[starts[begin] : ends[end - 1]], starts[begin:end] - starts[begin]
        begin = end


__all__ = ["ranks", "reach", "reach_of_ranks"]
