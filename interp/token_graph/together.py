"""One graph of the shards of a text that come one by one, merged on the disk: they may be many."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from interp.errors import ShapeError
from interp.token_graph.edges import assembled
from interp.token_graph.graph import TokenGraph
from interp.token_graph.runs import PIECE, merged_in_pieces
from interp.token_graph.shards import Shard, require_alike, run_of
from interp.token_graph.spill import Scratch, Spill

ENTRY = 128
"""Bytes that an entry takes while it is merged, generously."""


def together(shards: Iterable[Shard], memory: int, folder: str | Path | None = None) -> TokenGraph:
    """The graph of shards none of which has a part of another, in the order of the text: that of `merged`.

    Beside one shard at a time, about `memory` bytes are used, and two and a half times those of the graph that comes
    out. The edges lie in a new folder inside `folder` (of the system, if None) meanwhile, a part of them twice.

    Raises `ShapeError` for none, graphs of different sizes or that do not know the same, `FileError` when the disk is
    full.
    """
    piece = max(1, min(PIECE, memory // ENTRY))
    scratch, whole, spill = Scratch(folder), None, None
    for shard in shards:
        graph = shard.graph
        if whole is None or spill is None:
            whole = _without_edges(graph)
            spill = Spill(scratch, whole.counts is not None, whole.first is not None, piece=piece)
        require_alike([whole, graph])
        if whole.occurrences is not None and graph.occurrences is not None:
            np.add(whole.occurrences, graph.occurrences, out=whole.occurrences)
        if len(graph):
            spill.write(run_of(graph))
        del shard, graph  # before the next one is there
    if whole is None or spill is None:
        raise ShapeError("need at least one shard to merge")
    if not len(spill):
        return whole
    edges = assembled(merged_in_pieces(spill.runs(), piece, in_time=True), [], [], whole.tokens, whole.width)
    starts = np.concatenate([[0], np.cumsum(edges.degrees)])
    return replace(whole, starts=starts, latents=edges.latents, counts=edges.counts, first=edges.first)


def _without_edges(graph: TokenGraph) -> TokenGraph:
    """Its nodes, of which nothing was seen yet; it knows what the graph knows."""
    nothing = TokenGraph.empty(graph.tokens, graph.width, graph.counts is not None, graph.first is not None)
    return replace(nothing, occurrences=None if graph.occurrences is None else np.zeros_like(graph.occurrences))


__all__ = ["together"]
