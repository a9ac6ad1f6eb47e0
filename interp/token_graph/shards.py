"""Graphs of parts of a text: made apart, in any order and anywhere, and merged; one that comes twice counts once."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from interp.errors import FileError, ShapeError
from interp.token_graph.graph import TokenGraph
from interp.token_graph.runs import Run, joined, merged_in_pieces

PIECE = 2**20
"""Edges that are merged at a time."""


class Shard(NamedTuple):
    """A graph, and of which parts of a text it is."""

    ids: frozenset[str]
    """Their names: whatever tells parts apart (a number, a range of documents)."""
    graph: TokenGraph
    """Of all these parts together. First positions number the whole text."""

    @classmethod
    def of(cls, name: str | int, graph: TokenGraph) -> "Shard":
        """The graph of one part."""
        return cls(frozenset([str(name)]), graph)

    def save(self, path: str | Path) -> None:
        """One safetensors file, whole or not at all. Raises `FileError` when it cannot be written."""
        from interp.token_graph.saving import save

        save(self.graph, Path(path), {"shards": json.dumps(sorted(self.ids))})

    @classmethod
    def load(cls, path: str | Path) -> "Shard":
        """What `save` wrote. Raises `FileError` for a file that is missing, damaged, or holds anything else."""
        from interp.token_graph.saving import load

        graph, about = load(Path(path))
        if "shards" not in about:
            raise FileError(f"{path} holds a graph that does not say of which parts of a text it is.")
        return cls(frozenset(json.loads(about["shards"])), graph)


def merged(shards: Sequence[Shard]) -> Shard:
    """One shard of several, whatever their order; what is in two of them counts once.

    All of them lie in memory, and their edges a second time while they are merged.

    Raises `ShapeError` for none, graphs of different sizes or that do not know the same, two different graphs of one
    name, and shards that overlap in part where counts are kept: these cannot be told apart any more, so merge the
    shards that they were made of.
    """
    if not shards:
        raise ShapeError("need at least one shard to merge")
    require_alike([one.graph for one in shards])
    chosen = _disjoint(shards)
    ids = frozenset[str]().union(*(one.ids for one in chosen))
    return Shard(ids, _together([one.graph for one in chosen]))


def require_alike(graphs: Sequence[TokenGraph]) -> None:
    """Raise `ShapeError` for graphs that cannot be merged: of different sizes, or that do not know the same."""
    if len({_kind(graph) for graph in graphs}) > 1:
        listed = "; ".join(sorted({_described(graph) for graph in graphs}))
        raise ShapeError(f"only graphs of one vocabulary and width that know the same can be merged, not {listed}")


def run_of(graph: TokenGraph) -> Run:
    """The edges as cells."""
    cells = graph.edge_tokens.astype(np.int64) * graph.width
    cells += graph.latents
    return Run(cells, graph.counts, graph.first)


def _disjoint(shards: Sequence[Shard]) -> list[Shard]:
    """Shards that hold everything once."""
    found: list[Shard] = []
    covered: set[str] = set()
    later: list[Shard] = []
    seen: dict[frozenset[str], TokenGraph] = {}
    for one in sorted(shards, key=lambda shard: (-len(shard.ids), sorted(shard.ids))):
        if one.ids in seen and seen[one.ids] != one.graph:
            raise ShapeError(f"there are two different graphs of shard {', '.join(sorted(one.ids))}: which is right?")
        seen[one.ids] = one.graph
        if covered.isdisjoint(one.ids):
            found.append(one)
            covered |= one.ids
        elif not one.ids <= covered:
            later.append(one)
    for one in later:
        if one.ids <= covered:
            continue
        if one.graph.counts is not None or one.graph.occurrences is not None:
            both = ", ".join(sorted(one.ids & covered))
            raise ShapeError(f"shards overlap in part ({both}), and would be counted twice: merge those they are of")
        found.append(one)
        covered |= one.ids
    return found


def _together(graphs: Sequence[TokenGraph]) -> TokenGraph:
    if len(graphs) == 1:
        return graphs[0]
    one, several = graphs[0], [graph.occurrences for graph in graphs if graph.occurrences is not None]
    occurrences = np.sum(several, 0) if several else None
    runs = [run_of(graph) for graph in graphs if len(graph)]
    if not runs:
        return replace(one, occurrences=occurrences)
    run = joined(merged_in_pieces(runs, PIECE))
    tokens = run.cells // one.width
    starts = np.concatenate([[0], np.cumsum(np.bincount(tokens, minlength=one.tokens))])
    return replace(
        one,
        starts=starts,
        latents=(run.cells - tokens * one.width).astype(np.int32),
        counts=run.counts,
        first=run.first,
        occurrences=occurrences,
    )


def _kind(graph: TokenGraph) -> tuple[int, int, bool, bool, bool]:
    counts, first, occurrences = (column is None for column in (graph.counts, graph.first, graph.occurrences))
    return graph.tokens, graph.width, counts, first, occurrences


def _described(graph: TokenGraph) -> str:
    names = [name for name in ("counts", "first", "occurrences") if getattr(graph, name) is not None]
    return f"{graph.tokens} tokens and {graph.width} latents with {' and '.join(names) or 'edges alone'}"


__all__ = ["PIECE", "Shard", "merged", "require_alike", "run_of"]
