"""The graph is that of Python sets, whatever is frequent, whatever fits into memory, however the events are cut."""

import errno
import os
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interp.errors import FileError, ShapeError
from interp.token_graph import builder as module
from interp.token_graph import parts as parting
from interp.token_graph import runs as running
from interp.token_graph import spill as spilling
from interp.token_graph.builder import GraphBuilder
from interp.token_graph.graph import TokenGraph
from interp.token_graph.runs import Run
from tests.interp.token_graph.oracle import Events, drawn, require_same

LITTLE = 2**16
"""The least memory that a builder takes: chunks of 128 events, and room for a thousand or so."""
KEPT = [(False, False), (True, False), (False, True), (True, True)]
MANY = drawn(3, rows=700, vocabulary=300, width=70, active=0.1)
"""Some 5,000 events, several times what little memory holds."""


def spilled(made: GraphBuilder) -> int:
    """How many runs lie on the disk."""
    assert made._parts is not None
    return len(made._parts.tail._spill)


def built(events: Events, made: GraphBuilder, cut: int = 10**6, ordered: bool = True) -> TokenGraph:
    for begin in range(0, len(events.tokens), cut):
        tokens, latents, positions = (column[begin : begin + cut] for column in events)
        made.add(tokens, latents, positions if ordered else None)
    return made.graph()


@settings(deadline=None, max_examples=30)
@given(
    seed=st.integers(0, 10**6),
    rows=st.integers(1, 60),
    cut=st.sampled_from([1, 7, 50, 10**6]),
    kept=st.sampled_from(KEPT),
    head=st.sampled_from([None, [], [3], [0, 5, 11], list(range(12))]),
)
def test_graph_is_that_of_sets(seed: int, rows: int, cut: int, kept: tuple[bool, bool], head: list[int] | None) -> None:
    events = drawn(seed, rows)
    if not len(events.tokens):
        return
    counts, first = kept
    named = None if head is None else np.array(head, np.int64)
    found = built(events, GraphBuilder(12, 9, counts=counts, first=first, head=named), cut)
    require_same(found.require_whole(), events)
    assert (found.counts is not None, found.first is not None) == kept
    if not first:
        assert built(events, GraphBuilder(12, 9, counts=counts, head=named), cut, False) == found


@pytest.mark.parametrize(("kept", "narrow"), [*((kept, 2**32) for kept in KEPT), (KEPT[0], 0)])
@pytest.mark.parametrize("head", [None, []])
def test_with_little_memory_the_disk_has_the_rest_and_the_graph_is_the_same(
    kept: tuple[bool, bool], head: list[int] | None, narrow: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parting, "NARROW", narrow)
    named = None if head is None else np.array(head, np.int64)
    made = GraphBuilder(300, 70, memory=LITTLE, head=named, counts=kept[0], first=kept[1], folder=tmp_path)
    require_same(built(MANY, made, 1000), MANY)
    assert made._parts is not None
    assert (made._parts.kind is np.uint32) == (narrow > 0 and kept == (False, False))
    assert spilled(made) > 0 or len(made._parts.rows) > 10
    (folder,) = tmp_path.iterdir()
    assert len(list(folder.iterdir())) == spilled(made)
    del made
    assert list(tmp_path.iterdir()) == [], "the folder goes with the builder"


def test_events_without_positions_may_come_in_any_order_and_more_than_once() -> None:
    events = drawn(1)
    order = np.random.default_rng(0).permutation(np.repeat(np.arange(len(events.tokens)), 2))
    twice = Events(events.tokens[order], events.latents[order], events.positions[order])
    found = built(twice, GraphBuilder(12, 9, counts=True), 50, ordered=False)
    once = built(events, GraphBuilder(12, 9, counts=True))
    assert np.array_equal(found.latents, once.latents)
    assert np.array_equal(found.require_counts(), 2 * once.require_counts())


def test_rows_are_packed_to_bits_when_idle() -> None:
    made = GraphBuilder(3, 100, head=np.array([0, 2]))
    assert made._parts is not None
    for latents in ([5, 99], [0, 5]):
        made.add(np.array([0, 2]), np.array(latents))
        assert (made._parts.head._seen is None, made._parts.head._packed is None) == (False, True)
        made.rest()
        assert made._parts.head._seen is None
        assert made._parts.head._packed is not None
        assert made._parts.head._packed.nbytes == 25
    assert made.graph().latents.tolist() == [0, 5, 5, 99]
    made.add(np.array([1]), np.array([7])).graph()
    assert made._parts.head._seen is None, "asking is being idle, too"


def test_more_may_be_added_after_asking_and_after_a_rest() -> None:
    events, made = drawn(2, rows=100), GraphBuilder(12, 9, head=np.array([0, 3]))
    half = len(events.tokens) // 2
    early, late = (Events(*(column[part] for column in events)) for part in (slice(half), slice(half, None)))
    first = built(early, made)
    require_same(first, early)
    assert made.rest().graph() == first, "packed rows are read as they are"
    assert made._parts is not None
    assert made._parts.head._seen is None
    require_same(built(late, made), events)
    require_same(first, early)


def test_what_is_counted_has_rows_for_tokens_that_are_frequent_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", 20)
    monkeypatch.setattr(module, "WORTH", 128)
    tokens = np.array([4] * 12 + [1] * 5 + [2] * 3 + [0] * 30)
    made = GraphBuilder(2**15, 64, memory=2**16, counts=True).add(tokens, np.arange(50) % 64)
    assert made._parts is not None
    assert made._parts.rows.tolist() == [1, 4], "512 bytes are worth 4 events; 0 came later"
    assert made.graph().degrees[:5].tolist() == [30, 5, 3, 0, 12]


def test_once_memory_is_full_tokens_that_reach_many_latents_have_rows() -> None:
    draw = np.random.default_rng(0)
    tokens = np.where(draw.random(20_000) < 0.9, draw.integers(0, 4, 20_000), draw.integers(4, 90, 20_000))
    events = Events(tokens, draw.integers(0, 700, 20_000), np.arange(20_000))
    made = GraphBuilder(90, 700, memory=LITTLE)
    sizes = []
    for begin in range(0, 20_000, 500):
        made.add(*(column[begin : begin + 500] for column in events))
        sizes.append(0 if made._parts is None else len(made._parts.rows))
    assert sizes == sorted(sizes)
    assert sizes[:2] == [0, 0]
    assert made._parts is not None
    assert made._parts.rows.tolist() == [0, 1, 2, 3]
    require_same(made.graph(), events)
    again = GraphBuilder(90, 700, memory=LITTLE, head=np.array([50]))
    assert built(events, again, 500) == made.graph()


@pytest.mark.parametrize("kind", [np.int64, np.int32, np.uint16, np.uint8])
def test_narrow_numbers_are_as_good_as_wide_ones(kind: Any) -> None:
    events = drawn(4)
    narrow = Events(*(column.astype(kind) for column in events))
    for head in ([], [1, 2]):
        assert built(narrow, GraphBuilder(12, 9, head=np.array(head, np.int64), first=True)) == built(
            events, GraphBuilder(12, 9, first=True)
        )


def test_the_largest_cells_have_room() -> None:
    made = GraphBuilder(2**22, 2**22, counts=True, first=True)
    last = np.array([2**22 - 1, 2**22 - 1])
    graph = made.add(last, last, np.array([2**40, 2**40 + 1])).graph()
    assert graph.latents.tolist() == [2**22 - 1]
    assert (graph.require_counts().tolist(), graph.degrees[-1]) == ([2], 1)
    assert graph.first is not None
    assert graph.first.tolist() == [2**40]


def test_occurrences_are_those_that_were_told() -> None:
    made = GraphBuilder(4, 3).occurred(np.array([0, 0, 2])).add(np.array([0]), np.array([1]))
    found = made.occurred(np.array([2, 2])).graph()
    assert found.occurrences is not None
    assert found.occurrences.tolist() == [2, 0, 3, 0]
    made.occurred(np.array([3]))
    assert found.occurrences.tolist() == [2, 0, 3, 0], "a graph does not change any more"
    assert GraphBuilder(4, 3).add(np.array([0]), np.array([1])).graph().occurrences is None


@pytest.mark.parametrize(
    ("kept", "memory", "count"), [((False, False), 2**20, 200_000), ((True, True), 2**19, 100_000)]
)
def test_memory_holds_no_more_than_it_was_given(
    kept: tuple[bool, bool], memory: int, count: int, tmp_path: Path
) -> None:
    draw = np.random.default_rng(0)
    events = Events(draw.integers(0, 5000, count), draw.integers(0, 3000, count), np.arange(count))
    built(drawn(0), GraphBuilder(12, 9, counts=kept[0], first=kept[1]))  # what is imported late is no part of it
    tracemalloc.start()
    try:
        made = GraphBuilder(5000, 3000, memory=memory, counts=kept[0], first=kept[1], folder=tmp_path)
        for begin in range(0, count, 5000):
            made.add(*(column[begin : begin + 5000] for column in events))
        assert tracemalloc.get_traced_memory()[1] < memory
        tracemalloc.reset_peak()
        graph = made.graph()
        size = sum(column.nbytes for column in (graph.latents, graph.counts, graph.first) if column is not None)
        assert tracemalloc.get_traced_memory()[1] < 2.5 * size + 2 * memory
    finally:
        tracemalloc.stop()
    assert spilled(made) > 1
    cells, places, times = np.unique(events.tokens * 3000 + events.latents, True, return_counts=True)
    assert np.array_equal(graph.edge_tokens * 3000 + graph.latents, cells)
    assert graph.counts is None or np.array_equal(graph.counts, times)
    assert graph.first is None or np.array_equal(graph.first, places)


@pytest.mark.parametrize("kept", KEPT)
def test_however_often_memory_is_full_files_and_steps_are_few(
    kept: tuple[bool, bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spilling, "FAN", 6)
    monkeypatch.setattr(os, "fsync", lambda _: None)
    steps, real = 0, running.merged

    def counting(*arguments: Any, **settings: Any) -> Run:
        nonlocal steps
        steps += 1
        return real(*arguments, **settings)

    count = 60_000 if any(kept) else 150_000
    cells = np.random.default_rng(0).permutation(400 * 1000)[:count]
    events = Events(cells // 1000, cells % 1000, np.arange(count))
    made = GraphBuilder(400, 1000, memory=LITTLE, head=np.zeros(0, np.int64), counts=kept[0], first=kept[1])
    for begin in range(0, count, 10_000):
        made.add(*(column[begin : begin + 10_000] for column in events))
    assert made._parts is not None
    written = made._parts.tail._spill._made
    assert spilled(made) <= 18 < 36 < written, "three tiers of six"
    monkeypatch.setattr(running, "merged", counting)
    graph = made.graph()
    assert np.array_equal(graph.edge_tokens.astype(np.int64) * 1000 + graph.latents, np.sort(cells))
    assert graph.first is None or np.array_equal(graph.first, np.argsort(cells))
    assert steps < count // 50, "of a memory that holds 500 entries and more"


@pytest.mark.parametrize("failing", range(3))
def test_when_the_disk_is_full_nothing_is_lost_and_the_rest_may_be_added_again(
    failing: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = GraphBuilder(300, 70, memory=LITTLE, head=np.array([0, 1]), counts=True, first=True, folder=tmp_path)
    calls = 0

    def fsync(_: int) -> None:
        nonlocal calls
        calls += 1
        if calls > failing:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(FileError, match="No space left"):
        made.add(*MANY)
    monkeypatch.undo()
    there = made.events
    assert 0 < there < len(MANY.tokens)
    require_same(made.graph(), Events(*(column[:there] for column in MANY)))
    (folder,) = tmp_path.iterdir()
    assert len(list(folder.iterdir())) == spilled(made), "no part of a run stays"
    made.add(*(column[there:] for column in MANY))
    require_same(made.graph(), MANY)


def test_events_out_of_order_or_repeated_are_refused_and_none_of_the_call_is_in() -> None:
    made = GraphBuilder(5, 4, counts=True, first=True).add(np.array([1, 1]), np.array([0, 3]), np.array([7, 7]))
    before = made.graph()
    for latents, positions, said in [
        ([3], [7], "position 7, latent 3 came after position 7, latent 3"),
        ([0], [6], "position 6, latent 0 came after position 7, latent 3"),
        ([0, 1, 1], [8, 9, 9], "position 9, latent 1 came after position 9, latent 1"),
        ([0, 2, 1], [8, 8, 8], "position 8, latent 1 came after position 8, latent 2"),
        ([0, 1], [9, 8], "position 8, latent 1 came after position 9, latent 0"),
    ]:
        with pytest.raises(ShapeError, match=f"out of order or repeated: {said}"):
            made.add(np.full(len(latents), 2), np.array(latents), np.array(positions))
    assert made.graph() == before
    with pytest.raises(ShapeError, match="out of order or repeated: position -1"):
        GraphBuilder(5, 4).add(np.array([1]), np.array([0]), np.array([-1]))


@pytest.mark.usefixtures("unchecked")
def test_unknown_tokens_and_latents_are_refused_and_none_of_the_call_is_in() -> None:
    made = GraphBuilder(5, 4).add(np.array([1]), np.array([0]))
    for tokens, latents, said in [
        ([0, 5], [0, 0], "no token 5: they go from 0 to 4"),
        ([0, -1], [0, 0], "no token -1"),
        ([0, 0], [4, 0], "no latent 4: they go from 0 to 3"),
        ([0, 0], [0], "one token, latent and position an event"),
    ]:
        with pytest.raises(ShapeError, match=said):
            made.add(np.array(tokens), np.array(latents))
    with pytest.raises(ShapeError, match="one token, latent and position an event"):
        made.add(np.array([1]), np.array([0]), np.array([1, 2]))
    with pytest.raises(ShapeError, match="numbers of latents must be integers, not float64"):
        made.add(np.array([1]), np.array([0.5]))
    with pytest.raises(ShapeError, match="no token 9"):
        made.occurred(np.array([9]))
    assert (len(made.graph()), made.events) == (1, 1)


def test_what_cannot_be_built_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ShapeError, match=r"at most 2\^44 cells"):
        GraphBuilder(2**23, 2**22)
    with pytest.raises(ShapeError, match="1 token and latent or more"):
        GraphBuilder(0, 5)
    with pytest.raises(ShapeError, match="memory must be at least 65536 bytes, not 65535"):
        GraphBuilder(5, 5, memory=LITTLE - 1)
    with pytest.raises(ShapeError, match="room for the rows of 4 tokens, not of 5"):
        GraphBuilder(10, 4096, memory=LITTLE, head=np.arange(5))
    with pytest.raises(ShapeError, match="no token 10"):
        GraphBuilder(10, 4, head=np.array([10]))
    with pytest.raises(ShapeError, match="no event to build a graph from"):
        GraphBuilder(5, 5).graph()
    with pytest.raises(ShapeError, match="no event to build a graph from"):
        GraphBuilder(5, 5).add(np.zeros(0, np.int64), np.zeros(0, np.int64)).graph()
    with pytest.raises(ShapeError, match="hand in the positions"):
        GraphBuilder(5, 5, first=True).add(np.array([1]), np.array([1]))
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="choose another folder"):
        GraphBuilder(5, 5, folder=tmp_path / "file")
