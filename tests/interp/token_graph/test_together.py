"""Shards that come one by one give the graph that they give all at once, in memory that their number does not need."""

import tracemalloc
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from interp.errors import FileError, ShapeError
from interp.token_graph import spill as spilling
from interp.token_graph.graph import TokenGraph
from interp.token_graph.shards import Shard, merged
from interp.token_graph.together import together
from tests.interp.token_graph.test_shards import parts, whole

TOKENS, WIDTH, DEGREE = 500, 160, 40

MEMORY = 2**18


def large(number: int) -> Shard:
    """A graph of 20,000 edges, 28 bytes each; those of all numbers together have no more than these four have."""
    latents = np.arange(DEGREE, dtype=np.int32) * (WIDTH // DEGREE) + number % (WIDTH // DEGREE)
    edges = TOKENS * DEGREE
    starts = np.arange(TOKENS + 1) * DEGREE
    return Shard.of(
        number,
        TokenGraph(
            starts, np.tile(latents, TOKENS), WIDTH, np.ones(edges, np.int64), np.arange(edges) + number * edges
        ),
    )


@pytest.mark.parametrize("number", [1, 2, 4, 20])
@pytest.mark.parametrize("memory", [1, 2**10, 2**30])
@pytest.mark.parametrize("fan", [2, 64])
def test_the_graph_is_that_of_all_shards_at_once(
    number: int, memory: int, fan: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spilling, "FAN", fan)
    found = together(iter(parts(number)), memory, tmp_path)
    assert found.require_whole() == whole() == merged(parts(number)).graph
    assert list(tmp_path.iterdir()) == []


def test_what_graphs_do_not_know_is_not_made_up() -> None:
    for names in (["counts"], ["first"], ["occurrences"], ["counts", "first"]):
        known: dict[str, Any] = dict.fromkeys(names)
        bare = [one._replace(graph=replace(one.graph, **known)) for one in parts(3)]
        assert together(bare, 2**20) == replace(whole(), **known)


def test_shards_without_edges_add_their_occurrences() -> None:
    nothing = replace(TokenGraph.empty(12, 9, True, True), occurrences=np.arange(12))
    assert together([Shard.of("a", nothing), Shard.of("b", nothing)], 2**20) == replace(
        nothing, occurrences=2 * np.arange(12)
    )
    assert nothing.occurrences is not None
    assert nothing.occurrences.tolist() == list(range(12)), "what was handed in stays as it is"
    more = together([Shard.of("a", nothing), *parts(2)], 2**20)
    occurrences = whole().occurrences
    assert occurrences is not None
    assert more == replace(whole(), occurrences=occurrences + np.arange(12))


def test_more_shards_take_no_more_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spilling, "FAN", 4)
    together([large(0)], MEMORY)  # what is imported late is no part of it
    peaks = []
    for number in (4, 8, 24):
        tracemalloc.start()
        try:
            graph = together((large(index) for index in range(number)), MEMORY, tmp_path)
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
        assert len(graph) == TOKENS * WIDTH
        assert int(graph.require_counts().sum()) == number * TOKENS * DEGREE
    assert max(peaks) < 1.1 * min(peaks), peaks
    assert max(peaks) < 2.5 * 20 * TOKENS * WIDTH + MEMORY


def test_one_shard_is_in_memory_at_a_time(tmp_path: Path) -> None:
    there: weakref.WeakSet[TokenGraph] = weakref.WeakSet()
    alive: list[int] = []

    class Seen(TokenGraph):
        """Which can be counted: a graph has no hash."""

        __hash__ = object.__hash__  # type: ignore[assignment]

    def coming() -> Iterator[Shard]:
        for index in range(5):
            alive.append(len(there))
            one = large(index)
            graph = Seen(*(getattr(one.graph, name) for name in ("starts", "latents", "width", "counts", "first")))
            there.add(graph)
            del one
            yield Shard.of(index, graph)
            del graph

    together(coming(), 2**20, tmp_path)
    assert alive == [0] * 5


def test_what_cannot_be_put_together_is_a_clear_error(tmp_path: Path) -> None:
    a, b = parts(2)
    with pytest.raises(ShapeError, match="at least one shard"):
        together([], 2**20)
    with pytest.raises(ShapeError, match="12 tokens and 9 latents with counts and first and occurrences; 12 tokens"):
        together([a, b._replace(graph=replace(b.graph, first=None))], 2**20)
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="choose another folder"):
        together([a, b], 2**20, tmp_path / "file")
