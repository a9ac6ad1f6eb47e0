import numpy as np
import pytest

from interp.errors import ShapeError
from interp.token_graph.independence import expected_coverage, expected_coverage_within
from interp.token_graph.nulls import Draws, coverages, graph, graphs
from interp.token_graph.permuting import bands
from interp.token_graph.reach import reach
from tests.interp.token_graph import planted


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("kind", [None, "documents", "bands"])
def test_draws_scatter_around_the_closed_form(kind: str | None) -> None:
    occurrences, order = planted.dependent(), np.arange(8)
    within = {None: None, "documents": occurrences.documents, "bands": bands(occurrences.positions)}[kind]
    found = coverages(occurrences, order, rng(), within, draws=200).band()
    wanted = (
        expected_coverage(occurrences.latent_counts, occurrences.token_counts, order)
        if within is None
        else expected_coverage_within(occurrences, order, within)
    )
    np.testing.assert_allclose(found.mean, wanted, atol=0.01)
    assert ((found.low <= wanted) & (wanted <= found.high)).all()
    assert found.draws == 200


def test_planted_independence_lies_inside_the_band_and_planted_dependence_far_below() -> None:
    order = np.arange(6)
    free, bound = planted.independent(seed=4), planted.dependent(seed=4)
    inside, below = (coverages(one, order, rng(), draws=100) for one in (free, bound))
    curve = reach(free, order) / free.alive.sum()
    assert ((inside.band(0.99).low <= curve) & (curve <= inside.band(0.99).high)).all()
    assert (inside.as_low(curve) > 0.02).all()
    curve = reach(bound, order) / bound.alive.sum()
    assert (below.excess(curve).high < -0.1).all()
    assert (below.as_low(curve) == 1 / 101).all()


def test_what_documents_do_alone_is_above_the_null_only_when_documents_are_shuffled_together() -> None:
    """Tokens and latents that both follow the document: shuffling within it leaves nothing to find."""
    generator = rng(2)
    documents = np.repeat(np.arange(8), 60)
    tokens = documents % 4 * 3 + generator.integers(0, 3, 480)
    active = (documents[:, None] % 4 == np.arange(24)[None] % 4) & (generator.random((480, 24)) < 0.02)
    occurrences, order = planted.of(tokens, active, documents), np.array([0, 1, 2, 3])
    curve = reach(occurrences, order) / occurrences.alive.sum()
    everywhere = coverages(occurrences, order, rng(), draws=100)
    inside = coverages(occurrences, order, rng(), documents, draws=100)
    assert everywhere.excess(curve).high[2] < 0
    band = inside.band(0.99)
    assert ((band.low <= curve) & (curve <= band.high)).all()


def test_alive_latents_stay_alive() -> None:
    occurrences = planted.dependent()
    found = coverages(occurrences, np.arange(12), rng(), draws=3)
    assert (found.values[:, -1] == 1).all()


def test_the_same_seed_draws_the_same() -> None:
    occurrences, order = planted.dependent(), np.arange(5)
    first, second = (coverages(occurrences, order, rng(7), occurrences.documents, 4).values for _ in range(2))
    assert (first == second).all()


def test_a_band_by_hand() -> None:
    draws = Draws(np.array([[0.0, 1.0], [0.25, 1.0], [0.5, 1.0], [0.75, 1.0], [1.0, 1.0]]))
    found = draws.band(0.5)
    assert found.mean.tolist() == [0.5, 1.0]
    assert (found.low.tolist(), found.high.tolist()) == ([0.25, 1.0], [0.75, 1.0])
    excess = draws.excess(np.array([0.25, 0.5]), 0.5)
    assert excess.mean.tolist() == [-0.25, -0.5]
    assert (excess.low.tolist(), excess.high.tolist()) == ([-0.5, -0.5], [0.0, -0.5])
    assert draws.as_low(np.array([0.25, 1.0])).tolist() == pytest.approx([0.5, 1.0])


def test_few_draws_have_the_range_of_a_further_draw_by_hand() -> None:
    """Two draws: one degree of freedom, t = 12.706, a deviation of 1 / sqrt(2), and sqrt(1 + 1 / 2)."""
    found = Draws(np.array([[0.0], [1.0]])).band()
    assert found.high - found.mean == pytest.approx(12.7062 * 0.5**0.5 * 1.5**0.5, rel=1e-4)
    alone = Draws(np.array([[3.0]])).band()
    assert [alone.low.item(), alone.mean.item(), alone.high.item()] == [3.0, 3.0, 3.0]


@pytest.mark.parametrize("draws", [3, 10, 40, 100])
def test_a_band_holds_a_further_draw_as_often_as_it_says(draws: int) -> None:
    values = rng().normal(size=(draws + 1, 4000))
    band = Draws(values[:-1]).band()
    held = ((band.low <= values[-1]) & (values[-1] <= band.high)).mean()
    # Quantiles of n draws hold (n - 1) / (n + 1) of what they should; 4000 trials scatter by .0035.
    assert held == pytest.approx(0.95 if draws < 40 else 0.95 * (draws - 1) / (draws + 1), abs=0.015)


def test_the_graph_of_occurrences_is_that_of_sets() -> None:
    occurrences = planted.independent()
    found, active = graph(occurrences), planted.dense(occurrences)
    wanted = [int(active[occurrences.tokens == token].any(0).sum()) for token in range(12)]
    assert np.asarray(found.degrees).tolist() == wanted


def test_shuffled_graphs_keep_how_often_latents_fire_and_have_the_expected_degrees() -> None:
    occurrences = planted.dependent()
    found = list(graphs(occurrences, rng(), draws=100))
    degrees = Draws(np.stack([np.asarray(one.degrees) for one in found]))
    wanted = [
        expected_coverage(occurrences.latent_counts, occurrences.token_counts, np.array([token]))[0]
        * occurrences.alive.sum()
        for token in range(12)
    ]
    error = degrees.values.std(0, ddof=1) / 10
    assert (np.abs(degrees.band().mean - wanted) < 4 * error).all()
    assert (error < 0.5).all()
    assert all((np.asarray(one.alive) == occurrences.alive).all() for one in found[:3])


@pytest.mark.usefixtures("unchecked")
def test_no_draws_other_rows_and_odd_levels_are_refused() -> None:
    occurrences = planted.independent()
    with pytest.raises(ShapeError, match="one draw"):
        coverages(occurrences, np.array([0]), rng(), draws=0)
    with pytest.raises(ShapeError, match="one draw"):
        graphs(occurrences, rng(), draws=0)
    with pytest.raises(ShapeError, match="one whole number a row"):
        coverages(occurrences, np.array([0]), rng(), np.zeros(3, np.int64))
    with pytest.raises(ShapeError, match="level"):
        Draws(np.zeros((2, 3))).band(95)
