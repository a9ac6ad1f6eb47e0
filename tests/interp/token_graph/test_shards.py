"""Merging is that of sets: in any order, and what comes twice counts once."""

from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from interp.errors import FileError, ShapeError
from interp.token_graph import shards as module
from interp.token_graph.builder import GraphBuilder
from interp.token_graph.graph import TokenGraph
from interp.token_graph.shards import Shard, merged
from tests.interp.token_graph.oracle import Events, drawn, require_same

EVENTS = drawn(0, rows=200)


def whole(counts: bool = True) -> TokenGraph:
    return GraphBuilder(12, 9, counts=counts, first=True).add(*EVENTS).occurred(EVENTS.tokens).graph()


def parts(number: int, counts: bool = True) -> list[Shard]:
    """Shards of stretches of positions."""
    found = []
    for index in range(number):
        own = EVENTS.positions * number // 200 == index
        some = Events(*(column[own] for column in EVENTS))
        made = GraphBuilder(12, 9, counts=counts, first=True).add(*some).occurred(some.tokens)
        found.append(Shard.of(index, made.graph()))
    return found


@pytest.mark.parametrize("number", [1, 2, 4])
@pytest.mark.parametrize("piece", [1, 7, 2**20])
def test_any_number_of_shards_gives_the_same_graph(number: int, piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PIECE", piece)
    found = merged(parts(number))
    require_same(found.graph.require_whole(), EVENTS)
    assert found.graph == whole()
    assert found.ids == {str(index) for index in range(number)}


def test_order_grouping_and_repetition_change_nothing() -> None:
    a, b, c = parts(3)
    for order in permutations([a, b, c]):
        assert merged(order).graph == whole()
        assert merged([merged(order[:2]), order[2]]).graph == whole()
    assert merged([a, b, a, c, b, b]).graph == whole()
    both = merged([a, b])
    assert merged([both, b, c]).graph == whole(), "counts too: b is known to be in it"
    assert merged([both, merged([b, c]), c]).graph == whole(), "all of the second is there by itself"
    assert merged([merged([a, b, c]), both, c]).graph == whole()


def test_shards_that_overlap_in_part_are_merged_only_where_nothing_is_counted() -> None:
    a, b, c = parts(3)
    with pytest.raises(ShapeError, match=r"overlap in part \(1\).*merge those they are of"):
        merged([merged([a, b]), merged([b, c])])
    bare = [one._replace(graph=replace(one.graph, counts=None, occurrences=None)) for one in (a, b, c)]
    found = merged([merged(bare[:2]), merged(bare[1:])])
    assert found.graph == replace(whole(), counts=None, occurrences=None)


def test_shards_without_edges_add_their_occurrences() -> None:
    nothing = [replace(TokenGraph.empty(12, 9, True, True), occurrences=np.arange(12)) for _ in range(2)]
    found = merged([Shard.of("a", nothing[0]), Shard.of("b", nothing[1])]).graph
    assert found.occurrences is not None
    assert (len(found), found.occurrences.tolist()) == (0, list(range(0, 24, 2)))
    more = merged([*parts(2), Shard.of("a", nothing[0])]).graph
    assert more.occurrences is not None
    assert np.array_equal(more.occurrences, np.bincount(EVENTS.tokens, minlength=12) + np.arange(12))
    assert np.array_equal(more.latents, whole().latents)


def test_what_cannot_be_merged_is_a_clear_error() -> None:
    a, b = parts(2)
    with pytest.raises(ShapeError, match="at least one shard"):
        merged([])
    with pytest.raises(ShapeError, match="12 tokens and 9 latents with counts and first and occurrences; 12 tokens"):
        merged([a, b._replace(graph=replace(b.graph, first=None))])
    with pytest.raises(ShapeError, match="two different graphs of shard 0"):
        merged([a, Shard(a.ids, b.graph)])


def test_a_shard_comes_back_from_its_file(tmp_path: Path) -> None:
    both = merged(parts(2))
    both.save(tmp_path / "shard")
    found = Shard.load(tmp_path / "shard")
    assert (found.ids, found.graph) == (both.ids, both.graph)
    assert TokenGraph.load(tmp_path / "shard") == both.graph
    whole().save(tmp_path / "graph")
    with pytest.raises(FileError, match="does not say of which parts"):
        Shard.load(tmp_path / "graph")
