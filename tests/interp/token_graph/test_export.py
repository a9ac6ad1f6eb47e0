"""networkx and parquet hold the edges that the graph has."""

from pathlib import Path

import numpy as np
import pytest
from pyarrow import parquet

from interp.errors import FileError
from interp.token_graph.builder import GraphBuilder
from interp.token_graph.graph import TokenGraph
from tests.interp.token_graph.oracle import drawn, pairs


def known() -> TokenGraph:
    made = GraphBuilder(12, 9, counts=True, first=True).add(*drawn(0, rows=20))
    return made.occurred(np.arange(12)).graph()


def bare() -> TokenGraph:
    return TokenGraph(np.array([0, 1, 1]), np.array([2], np.int32), 3)


def test_networkx_has_all_nodes_and_the_edges_with_what_is_known() -> None:
    graph = known()
    found = graph.to_networkx()
    assert found.number_of_nodes() == 12 + 9
    assert {(a[1], b[1]) for a, b in found.edges} == set(pairs(graph))
    assert graph.counts is not None
    assert graph.first is not None
    for place, (token, latent) in enumerate(pairs(graph)):
        facts = found.edges[("token", token), ("latent", latent)]
        assert facts == {"count": graph.counts[place], "first": graph.first[place]}
    assert found.nodes["token", 5] == {"bipartite": 0, "occurrences": 1}
    assert found.nodes["latent", 5] == {"bipartite": 1}
    small = bare().to_networkx()
    assert list(small.edges(data=True)) == [(("token", 0), ("latent", 2), {})]


def test_parquet_has_three_tables(tmp_path: Path) -> None:
    graph = known()
    graph.to_parquet(tmp_path / "tables")
    edges, tokens, latents = (
        parquet.read_table(tmp_path / "tables" / f"{name}.parquet").to_pydict()
        for name in ("edges", "tokens", "latents")
    )
    assert list(zip(edges["token"], edges["latent"], strict=True)) == pairs(graph)
    assert graph.counts is not None
    assert graph.first is not None
    assert (edges["count"], edges["first"]) == (graph.counts.tolist(), graph.first.tolist())
    assert tokens == {"token": list(range(12)), "degree": graph.degrees.tolist(), "occurrences": [1] * 12}
    assert latents == {"latent": list(range(9)), "degree": graph.latent_degrees.tolist()}
    bare().to_parquet(tmp_path / "bare")
    assert parquet.read_table(tmp_path / "bare" / "edges.parquet").column_names == ["token", "latent"]


def test_what_lies_in_a_folder_already_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(FileError, match="is not empty"):
        bare().to_parquet(tmp_path)
    with pytest.raises(FileError, match="is not empty"):
        bare().to_parquet(tmp_path / "mine.txt")
    assert (tmp_path / "mine.txt").read_text() == "mine"
