from itertools import combinations

import numpy as np
import pytest

from interp.errors import ShapeError
from interp.stats import Interval
from interp.token_graph.builder import GraphBuilder
from interp.token_graph.independence import reached
from interp.token_graph.nulls import graph
from interp.token_graph.rarefaction import by_class, difference, rarefied
from tests.interp.token_graph import planted


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_it_is_the_mean_over_every_draw_there_is() -> None:
    tokens = np.array([0, 0, 0, 0, 0, 0, 1, 1, 1])
    active = rng(1).random((9, 6)) < 0.3
    found = rarefied(graph(planted.of(tokens, active, vocabulary=3)), np.arange(1, 7))
    for token, count in ((0, 6), (1, 3)):
        rows = np.flatnonzero(tokens == token).tolist()
        for size in range(1, count + 1):
            every = [active[list(some)].any(0).sum() for some in combinations(rows, size)]
            assert found[token, size - 1] == pytest.approx(np.mean(every), abs=1e-12)
    assert np.isnan(found[1, 3:]).all()
    assert np.isnan(found[2]).all()


def test_random_draws_scatter_around_it() -> None:
    occurrences, generator = planted.independent(), rng()
    active, sizes = planted.dense(occurrences), np.array([3, 10])
    found = rarefied(graph(occurrences), sizes)
    for token in (0, 4):
        rows = np.flatnonzero(occurrences.tokens == token)
        for column, size in enumerate(sizes):
            drawn = [active[generator.choice(rows, size, replace=False)].any(0).sum() for _ in range(300)]
            assert found[token, column] == pytest.approx(np.mean(drawn), abs=0.5)


def test_all_occurrences_reach_the_degree() -> None:
    occurrences = planted.independent()
    whole = graph(occurrences)
    for token in (0, 3):
        found = rarefied(whole, occurrences.token_counts[token : token + 1])
        assert found[token, 0] == pytest.approx(whole.degrees[token])


def test_tokens_that_latents_know_nothing_of_reach_as_many_as_any_occurrences() -> None:
    """Of one token or of all, m occurrences are m occurrences."""
    occurrences = planted.independent(rows=3000, vocabulary=5)
    found = rarefied(graph(occurrences), np.array([5, 50]))
    wanted = reached(occurrences.latent_counts, np.array([5, 50]), 3000)
    np.testing.assert_allclose(found, np.tile(wanted, (5, 1)), rtol=0.12)


def test_a_frequent_token_has_the_larger_degree_and_not_the_larger_rarefaction() -> None:
    tokens = np.repeat([0, 1], [900, 100])
    active = rng().random((1000, 50)) < np.where(tokens == 0, 0.004, 0.02)[:, None]
    whole = graph(planted.of(tokens, active))
    found = rarefied(whole, np.array([30]))[:, 0]
    assert whole.degrees[0] > whole.degrees[1]
    assert found[0] < found[1]


def test_silent_occurrences_count() -> None:
    active = np.zeros((4, 1), np.bool_)
    active[0] = True
    assert rarefied(graph(planted.of(np.zeros(4, np.int64), active)), np.array([1, 2, 4])).tolist() == [
        [pytest.approx(0.25), pytest.approx(0.5), pytest.approx(1)]
    ]


def test_classes_have_the_means_of_their_tokens_that_occur_often_enough() -> None:
    values = np.array([[1.0, 2.0], [3.0, 6.0], [9.0, np.nan], [4.0, 4.0]])
    classes = {"first": np.array([True, True, True, False]), "second": np.array([False, False, False, True])}
    found = by_class(values, classes, rng())
    assert [interval.value for interval in found["first"]] == [2.0, 4.0]
    assert [interval.n for interval in found["first"]] == [2, 2]
    assert found["first"][1].low == 2.0
    assert found["second"] == [Interval(4.0, 4.0, 4.0, 1)] * 2
    gap = difference(values, classes["first"], classes["second"], rng())
    assert gap[0] == Interval(-2.0, -3.0, -1.0, 1)
    assert gap[1] == Interval(0.0, -2.0, 2.0, 1)


def test_the_interval_of_a_difference_covers_it_about_as_often_as_it_says() -> None:
    hits, side = 0, np.arange(80) < 40
    for seed in range(60):
        values = rng(seed).normal(np.where(side, 1.0, 0.0), 1)[:, None]
        (gap,) = difference(values, side, ~side, rng(seed), draws=200)
        hits += gap.low <= 1 <= gap.high
    assert hits >= 51


@pytest.mark.usefixtures("unchecked")
def test_what_cannot_be_rarefied_is_refused() -> None:
    whole = graph(planted.independent())
    with pytest.raises(ShapeError, match="1 or more"):
        rarefied(whole, np.array([0, 3]))
    with pytest.raises(ShapeError, match="another text"):
        rarefied(whole, np.array([1]), np.ones(12, np.int64))
    with pytest.raises(ShapeError, match="each of 12 tokens"):
        rarefied(whole, np.array([1]), np.ones(5, np.int64))
    bare = GraphBuilder(3, 4).add(np.array([0]), np.array([1])).graph()
    with pytest.raises(ShapeError, match="must have counts"):
        rarefied(bare, np.array([1]))
    with pytest.raises(ShapeError, match="ask for smaller sizes"):
        by_class(rarefied(whole, np.array([500])), {"all": np.ones(12, np.bool_)}, rng())
    with pytest.raises(ShapeError, match="one truth value a token"):
        by_class(rarefied(whole, np.array([1])), {"all": np.ones(5, np.bool_)}, rng())
    with pytest.raises(ShapeError, match="draws"):
        difference(np.ones((2, 1)), np.array([True, False]), np.array([False, True]), rng(), draws=0)
