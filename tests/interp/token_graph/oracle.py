"""The graph as Python sets and dictionaries, an event at a time."""

from collections import Counter
from typing import Any, NamedTuple

import numpy as np

from interp.token_graph.graph import TokenGraph


class Events(NamedTuple):
    """Made-up events in order, each once."""

    tokens: Any
    latents: Any
    positions: Any


def drawn(seed: int, rows: int = 60, vocabulary: int = 12, width: int = 9, active: float = 0.25) -> Events:
    """Latents that fire at random at rows whose tokens are of very different frequency."""
    draw = np.random.default_rng(seed)
    shares = 1 / np.arange(1, vocabulary + 1)
    tokens = draw.permutation(vocabulary)[draw.choice(vocabulary, rows, p=shares / shares.sum())]
    positions, latents = np.nonzero(draw.random((rows, width)) < active)
    return Events(tokens[positions], latents, positions)


def counted(events: Events) -> dict[tuple[int, int], int]:
    """How often each pair of token and latent is there."""
    return dict(Counter(zip(events.tokens.tolist(), events.latents.tolist(), strict=True)))


def firsts(events: Events) -> dict[tuple[int, int], int]:
    """The smallest position of each pair."""
    found: dict[tuple[int, int], int] = {}
    for token, latent, position in zip(*(column.tolist() for column in events), strict=True):
        found[token, latent] = min(position, found.get((token, latent), position))
    return found


def pairs(graph: TokenGraph) -> list[tuple[int, int]]:
    """The edges of a graph in its order."""
    return list(zip(graph.edge_tokens.tolist(), graph.latents.tolist(), strict=True))


def require_same(graph: TokenGraph, events: Events) -> None:
    """Fail unless the graph is that of the events in everything it keeps."""
    counts, first = counted(events), firsts(events)
    assert pairs(graph) == sorted(counts)
    if graph.counts is not None:
        assert graph.counts.tolist() == [counts[pair] for pair in pairs(graph)]
    if graph.first is not None:
        assert graph.first.tolist() == [first[pair] for pair in pairs(graph)]
    reached: dict[int, set[int]] = {}
    for token, latent in counts:
        reached.setdefault(token, set()).add(latent)
    assert graph.degrees.tolist() == [len(reached.get(token, ())) for token in range(graph.tokens)]
