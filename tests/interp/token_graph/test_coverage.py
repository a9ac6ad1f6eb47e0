"""Coverage by hand and against sets; the lazy greedy order against the plain one."""

import numpy as np
import pytest

from interp.errors import ShapeError
from interp.token_graph.builder import GraphBuilder
from interp.token_graph.coverage import at_random, by_frequency, coverage, greedy
from interp.token_graph.graph import TokenGraph
from tests.interp.token_graph.oracle import drawn


def graph(edges: dict[int, list[int]], tokens: int = 4, width: int = 6) -> TokenGraph:
    columns = [np.array([(token, latent) for token, some in edges.items() for latent in some]).T.reshape(2, -1)]
    return GraphBuilder(tokens, width).add(*columns[0]).graph()


def random_graph(seed: int, tokens: int = 30, width: int = 40) -> TokenGraph:
    events = drawn(seed, rows=60, vocabulary=tokens, width=width, active=0.15)
    return GraphBuilder(tokens, width).add(*events).graph()


def plain_greedy(found: TokenGraph) -> list[int]:
    missing = set(np.flatnonzero(found.alive).tolist())
    reached = {token: set(found.neighbours(token).tolist()) for token in range(found.tokens)}
    order = []
    while missing:
        best = max(range(found.tokens), key=lambda token: (len(reached[token] & missing), -token))
        order.append(best)
        missing -= reached[best]
    return order


def test_coverage_by_hand() -> None:
    found = coverage(graph({0: [0, 1], 1: [1, 2, 3], 3: [0]}), np.array([3, 2, 0, 1]))
    assert found.reached.tolist() == [1, 1, 2, 4]
    assert (found.alive, found.width) == (4, 6)
    assert found.of_alive.tolist() == [0.25, 0.25, 0.5, 1]
    np.testing.assert_allclose(found.of_all, np.array([1, 1, 2, 4]) / 6)


@pytest.mark.parametrize("seed", range(5))
def test_coverage_is_the_size_of_unions(seed: int) -> None:
    found, draw = random_graph(seed), np.random.default_rng(seed)
    order = at_random(found, draw, 17)
    together: set[int] = set()
    sizes = []
    for token in order.tolist():
        together |= set(found.neighbours(token).tolist())
        sizes.append(len(together))
    assert coverage(found, order).reached.tolist() == sizes
    assert coverage(found, np.arange(30)).of_alive[-1] == 1


def test_greedy_by_hand_takes_the_lower_id_of_equals_and_stops_when_nothing_is_left() -> None:
    found = graph({0: [0, 1], 1: [1, 2, 3], 2: [0, 4, 5], 3: [0]})
    assert greedy(found).tolist() == [1, 2]
    assert greedy(found, 1).tolist() == [1]
    assert greedy(graph({0: [0], 1: [0], 2: [1]})).tolist() == [0, 2]
    assert greedy(TokenGraph.empty(3, 3)).tolist() == []


@pytest.mark.parametrize("seed", range(8))
def test_lazy_greedy_is_plain_greedy(seed: int) -> None:
    found = random_graph(seed)
    order = greedy(found).tolist()
    assert order == plain_greedy(found)
    assert greedy(found, 3).tolist() == order[:3]
    assert coverage(found, np.array(order)).of_alive[-1] == 1


def test_orders() -> None:
    assert by_frequency(np.array([3, 7, 7, 0, 9])).tolist() == [4, 1, 2, 0, 3]
    assert by_frequency(np.array([3, 7, 7, 0, 9], np.uint8), 2).tolist() == [4, 1]
    found = random_graph(0)
    one, other = (at_random(found, np.random.default_rng(seed)) for seed in (0, 1))
    assert sorted(one.tolist()) == sorted(other.tolist()) == list(range(30))
    assert one.tolist() != other.tolist()


def test_nothing_alive_and_bad_orders() -> None:
    nothing = coverage(TokenGraph.empty(3, 3), np.array([1]))
    assert np.isnan(nothing.of_alive).all()
    assert nothing.of_all.tolist() == [0]
    found = random_graph(0)
    for order, said in (([0, 0], "each once"), ([], "one token or more"), ([30], "no token 30")):
        with pytest.raises(ShapeError, match=said):
            coverage(found, np.array(order, np.int64))
    with pytest.raises(ShapeError, match="one token or more, not 0"):
        greedy(found, 0)
