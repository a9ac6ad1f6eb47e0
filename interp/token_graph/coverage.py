"""How many latents the first tokens of an order reach together, and orders of tokens."""

from heapq import heapify, heappop, heapreplace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int64, Integer

from interp.errors import ShapeError
from interp.token_graph.graph import TokenGraph, require_numbers


class Coverage(NamedTuple):
    """What the first 1, 2 ... k tokens of an order reach."""

    reached: Int64[np.ndarray, " k"]
    """Latents with an edge to at least one of them."""
    alive: int
    """Latents with an edge to any token."""
    width: int
    """All latents."""

    @property
    def of_alive(self) -> Float64[np.ndarray, " k"]:
        """The share of alive latents: table 1 of Zhang et al. 2025, as we read it. NaN where none is alive."""
        return self.reached / np.float64(self.alive or np.nan)

    @property
    def of_all(self) -> Float64[np.ndarray, " k"]:
        """The share of all latents."""
        return self.reached / self.width


def coverage(graph: TokenGraph, order: Integer[np.ndarray, " k"]) -> Coverage:
    """How many latents the first 1, 2 ... k tokens of `order` reach, in one visit of every edge.

    Raises `ShapeError` for tokens that do not exist or come twice, and for none.
    """
    require_numbers("token", order, graph.tokens)
    if not len(order) or len(np.unique(order)) < len(order):
        raise ShapeError(f"need one token or more in the order, each once; there are {len(order)}")
    ranks = np.full(graph.tokens, len(order))
    ranks[order] = np.arange(len(order))
    # A latent is reached by the earliest of its tokens: what is written last, going backwards, is the earliest.
    earliest = np.full(graph.width, len(order))
    for token in order[::-1].tolist():
        earliest[graph.latents[graph.starts[token] : graph.starts[token + 1]]] = ranks[token]
    reached = np.cumsum(np.bincount(earliest, minlength=len(order) + 1)[: len(order)])
    return Coverage(reached, int(graph.alive.sum()), graph.width)


def by_frequency(frequencies: Integer[np.ndarray, " token"], k: int | None = None) -> Int64[np.ndarray, " k"]:
    """The `k` (all, if None) most frequent tokens, most frequent first; of equal ones the lower id comes first."""
    return np.argsort(-frequencies.astype(np.int64), kind="stable")[:k]


def at_random(graph: TokenGraph, generator: np.random.Generator, k: int | None = None) -> Int64[np.ndarray, " k"]:
    """`k` (all, if None) different tokens, any order being as likely as any other."""
    return generator.permutation(graph.tokens)[:k]


def greedy(graph: TokenGraph, k: int | None = None) -> Int64[np.ndarray, " k"]:
    """The order in which each token adds the most latents to those before it; of equal ones the lower id comes first.

    Ends after `k` tokens, or when nothing is left to reach: no set of as many tokens reaches more than 1 / (1 - 1/e)
    times as much (Nemhauser et al. 1978). What a token adds can only fall, so that most need not be looked at again
    (Minoux 1978): the same order as looking at all of them, in a fraction of the time.
    """
    if k is not None and k < 1:
        raise ShapeError(f"need one token or more, not {k}")
    missing = np.ones(graph.width, np.bool_)
    heap = [(-degree, token) for token, degree in enumerate(graph.degrees.tolist()) if degree]
    heapify(heap)
    found: list[int] = []
    while heap and (k is None or len(found) < k):
        known, token = heap[0]
        latents = graph.neighbours(token)
        gain = int(missing[latents].sum())
        if not gain:
            heappop(heap)
        elif -gain != known:
            heapreplace(heap, (-gain, token))
        else:
            # Nobody below can add more, and who adds as much has a higher id.
            found.append(token)
            missing[latents] = False
            heappop(heap)
    return np.array(found, np.int64)


__all__ = ["Coverage", "at_random", "by_frequency", "coverage", "greedy"]
