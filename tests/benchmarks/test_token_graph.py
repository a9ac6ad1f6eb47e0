"""The contestants of the benchmark make the same edges."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import token_graph
from benchmarks.options import Options


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {"VOCABULARY": 500, "WIDTH": 200, "EVENTS": 6000, "ACTIVE": 6, "GIVEN": 512, "LITTLE": 2**16}
    for name, value in {**sizes, "LOOPED": 6000, "HASHED": 6000}.items():
        monkeypatch.setattr(token_graph, name, value)


def test_everybody_makes_the_same_edges(tmp_path: Path) -> None:
    stream = token_graph.made(6000, 0)
    assert 5000 < len(stream.tokens) <= 6000
    assert (np.diff(stream.positions * 200 + stream.latents) > 0).all(), "in order, each once"
    edges = token_graph.unique(stream)
    assert edges.tolist() == token_graph.sort(stream).tolist()
    assert edges.tolist() == sorted(token_graph.hashed(stream).tolist()) == sorted(token_graph.loop(stream))
    matrix = token_graph.sparse(stream).tocoo()
    assert edges.tolist() == sorted((matrix.row.astype(np.int64) * 200 + matrix.col).tolist())
    assert token_graph.different(stream, str(tmp_path)) == 0
    assert token_graph.different(stream._replace(tokens=stream.tokens[::-1].copy()), str(tmp_path)) == 0


def test_a_wrong_graph_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream, ours = token_graph.made(600, 0), token_graph.ours
    monkeypatch.setattr(token_graph, "ours", lambda stream, **settings: ours(stream.part(1, 600), **settings))
    assert token_graph.different(stream, str(tmp_path)) > 0


def test_the_tables_have_their_rows_and_bars(tmp_path: Path) -> None:
    table, beside = token_graph.tables(Options(out=tmp_path, warmup=1, repetitions=1))
    assert [row.name for row in table.rows][:3] == [token_graph.OURS, token_graph.COUNTED, token_graph.SPILLED]
    assert [row.name for row in table.rows] == [row.name for row in beside.rows]
    assert {len(row.calls) for row in table.rows + beside.rows} == {1}, "the warm-up does not count"
    assert len(table.bars) == 4
    assert not beside.bars
    assert table.bars[-1].met
