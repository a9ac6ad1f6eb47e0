"""What a graph answers, against sets of pairs."""

import numpy as np
import pytest

from interp.errors import ShapeError
from interp.token_graph.builder import GraphBuilder
from interp.token_graph.graph import TokenGraph
from tests.interp.token_graph.oracle import Events, counted, drawn, pairs, require_same


def made(events: Events) -> TokenGraph:
    return GraphBuilder(12, 9, counts=True, first=True).add(*events).occurred(np.arange(12)).graph()


def by_hand() -> TokenGraph:
    """Token 0 reaches latents 1 and 3, token 2 latent 1; token 1 and latents 0 and 2 have no edge."""
    return TokenGraph(np.array([0, 2, 2, 3]), np.array([1, 3, 1], np.int32), 4, np.array([5, 1, 2]))


def test_a_graph_by_hand() -> None:
    graph = by_hand()
    assert (graph.tokens, graph.width, len(graph)) == (3, 4, 3)
    assert graph.degrees.tolist() == [2, 0, 1]
    assert graph.latent_degrees.tolist() == [0, 2, 0, 1]
    assert graph.latent_counts.tolist() == [0, 7, 0, 1]
    assert graph.alive.tolist() == [False, True, False, True]
    assert [graph.neighbours(token).tolist() for token in range(3)] == [[1, 3], [], [1]]
    assert [graph.tokens_of(latent).tolist() for latent in range(4)] == [[], [0, 2], [], [0]]
    assert pairs(graph) == [(0, 1), (0, 3), (2, 1)]


@pytest.mark.parametrize("seed", range(4))
def test_both_ways_round_are_the_edges_of_sets(seed: int) -> None:
    events = drawn(seed, rows=30 * seed + 1, active=0.4)
    graph, edges = made(events), sorted(counted(events))
    for token in range(12):
        assert graph.neighbours(token).tolist() == [latent for one, latent in edges if one == token]
    for latent in range(9):
        assert graph.tokens_of(latent).tolist() == [token for token, one in edges if one == latent]
    assert graph.latent_degrees.tolist() == [sum(latent == one for _, one in edges) for latent in range(9)]
    assert graph.latent_counts.tolist() == np.bincount(events.latents, minlength=9).tolist()
    assert np.array_equal(graph.edge_tokens[graph.by_latent.edges], graph.by_latent.tokens)


def test_a_subgraph_has_the_edges_between_what_is_chosen_and_all_nodes() -> None:
    events = drawn(5, rows=100)
    graph = made(events)
    tokens, latents = np.array([7, 0, 3]), np.array([8, 1])
    for some, few in ((tokens, latents), (tokens, None), (None, latents), (None, None), (tokens[:0], None)):
        chosen = [
            (some is None or token in some) and (few is None or latent in few)
            for token, latent in zip(events.tokens, events.latents, strict=True)
        ]
        found = graph.subgraph(some, few).require_whole()
        require_same(found, Events(*(column[np.array(chosen)] for column in events)))
        assert (found.tokens, found.width) == (12, 9)
    with pytest.raises(ShapeError, match="no token 12: they go from 0 to 11"):
        graph.subgraph(np.array([1, 12]))
    with pytest.raises(ShapeError, match="no latent -1"):
        graph.subgraph(latents=np.array([-1]))


def test_graphs_are_equal_where_all_that_they_know_is() -> None:
    assert by_hand() == by_hand()
    edges = by_hand().starts, by_hand().latents, 4
    others = [
        TokenGraph(*edges),
        TokenGraph(*edges, np.array([5, 1, 3])),
        TokenGraph(edges[0], edges[1], 5, np.array([5, 1, 2])),
        TokenGraph(np.array([0, 1, 2, 3]), edges[1], 4, np.array([5, 1, 2])),
        TokenGraph(*edges, np.array([5, 1, 2]), np.array([0, 0, 0])),
        TokenGraph(*edges, np.array([5, 1, 2]), occurrences=np.array([9, 9, 9])),
    ]
    assert not any(by_hand() == other for other in others)
    assert by_hand() != "graph"


def test_an_empty_graph_has_nodes_and_no_edges() -> None:
    graph = TokenGraph.empty(3, 4, counts=True).require_whole()
    assert (graph.tokens, len(graph), int(graph.alive.sum())) == (3, 0, 0)
    assert graph.neighbours(2).tolist() == graph.tokens_of(3).tolist() == []
    assert graph.latent_counts.tolist() == [0, 0, 0, 0]


def test_nodes_that_do_not_exist_are_named() -> None:
    with pytest.raises(ShapeError, match="no token 3: they go from 0 to 2"):
        by_hand().neighbours(3)
    with pytest.raises(ShapeError, match="no latent -1: they go from 0 to 3"):
        by_hand().tokens_of(-1)
    with pytest.raises(ShapeError, match="build it with counts=True"):
        _ = TokenGraph(by_hand().starts, by_hand().latents, 4).latent_counts


@pytest.mark.parametrize(
    ("starts", "latents", "counts", "said"),
    [
        ([0, 2, 2, 4], [1, 3, 1], None, "end at 3"),
        ([0, 2, 1, 3], [1, 3, 1], None, "ascend"),
        ([1, 2, 2, 3], [1, 3, 1], None, "begin at 0"),
        ([0], [], None, "begin at 0"),
        ([0, 2, 2, 3], [1, 4, 1], None, "no latent 4"),
        ([0, 2, 2, 3], [3, 1, 1], None, "latents of a token must ascend"),
        ([0, 2, 2, 3], [1, 1, 1], None, "latents of a token must ascend"),
        ([0, 2, 2, 3], [1, 3, 1], [1, 0, 1], "none too small"),
        ([0, 2, 2, 3], [1, 3, 1], [1, 1], "one number an edge in counts, 2 for 3"),
    ],
)
def test_what_is_no_graph_is_refused(
    starts: list[int], latents: list[int], counts: list[int] | None, said: str
) -> None:
    graph = TokenGraph.__new__(TokenGraph)  # as a damaged file has it, past the checks of shapes
    columns = {"counts": None if counts is None else np.array(counts), "first": None, "occurrences": None}
    for name, value in {
        "starts": np.array(starts),
        "latents": np.array(latents, np.int32),
        "width": 4,
        **columns,
    }.items():
        object.__setattr__(graph, name, value)
    with pytest.raises(ShapeError, match=said):
        graph.require_whole()
