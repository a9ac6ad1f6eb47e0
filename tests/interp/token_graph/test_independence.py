from itertools import combinations

import numpy as np
import pytest

import interp.token_graph.independence as module
from interp.errors import ShapeError
from interp.token_graph.independence import (
    expected_coverage,
    expected_coverage_within,
    expected_degrees,
    reached,
)
from interp.token_graph.occurrences import Occurrences
from interp.token_graph.permuting import bands, permuted
from interp.token_graph.reach import reach
from tests.interp.token_graph import planted


def test_it_is_the_mean_over_every_draw_there_is() -> None:
    active = np.random.default_rng(0).random((7, 5)) < 0.3
    for drawn in range(8):
        every = [active[list(rows)].any(0).sum() for rows in combinations(range(7), drawn)]
        assert reached(active.sum(0), np.array([drawn]), 7)[0] == pytest.approx(np.mean(every), abs=1e-12)


def test_with_replacement_it_is_the_mean_over_every_sequence_of_draws() -> None:
    active = np.random.default_rng(1).random((4, 5)) < 0.4
    every = [active[[a, b, c]].any(0).sum() for a in range(4) for b in range(4) for c in range(4)]
    assert reached(active.sum(0), np.array([3]), 4, replace=True)[0] == pytest.approx(np.mean(every))


def test_few_at_a_time_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    occurrences = planted.independent()
    whole = expected_degrees(occurrences.latent_counts, occurrences.token_counts)
    monkeypatch.setattr(module, "_TOGETHER", 3)
    np.testing.assert_allclose(expected_degrees(occurrences.latent_counts, occurrences.token_counts), whole, rtol=1e-14)


def test_shuffled_tokens_reach_it_on_average_whether_latents_know_the_tokens_or_not() -> None:
    order = np.arange(6)
    for occurrences in (planted.independent(120), planted.dependent(120)):
        wanted = expected_coverage(occurrences.latent_counts, occurrences.token_counts, order)
        np.testing.assert_allclose(shuffled(occurrences, order, None), wanted, atol=0.025)


@pytest.mark.parametrize("kind", ["documents", "bands"])
def test_tokens_shuffled_within_documents_and_bands_reach_it_on_average(kind: str) -> None:
    occurrences, order = planted.dependent(120), np.arange(6)
    within = occurrences.documents if kind == "documents" else bands(occurrences.positions)
    wanted = expected_coverage_within(occurrences, order, within)
    np.testing.assert_allclose(shuffled(occurrences, order, within), wanted, atol=0.025)


def shuffled(occurrences: Occurrences, order: np.ndarray, within: np.ndarray | None) -> np.ndarray:
    """The mean share of alive latents over 150 shufflings, each made and looked at by itself."""
    generator, active = np.random.default_rng(5), planted.dense(occurrences)
    curves = []
    for _ in range(150):
        again = planted.of(permuted(occurrences.tokens, generator, within), active, vocabulary=12)
        curves.append(reach(again, order) / occurrences.alive.sum())
    mean: np.ndarray = np.mean(curves, axis=0)
    return mean


def test_one_document_is_no_restriction() -> None:
    occurrences, order = planted.independent(), np.arange(12)
    np.testing.assert_allclose(
        expected_coverage_within(occurrences, order, np.zeros(300, np.int64)),
        expected_coverage(occurrences.latent_counts, occurrences.token_counts, order),
        rtol=1e-12,
    )


def test_documents_of_one_row_leave_everything_where_it_is() -> None:
    occurrences, order = planted.dependent(), np.arange(12)
    found = expected_coverage_within(occurrences, order, np.arange(300))
    np.testing.assert_allclose(found, reach(occurrences, order) / occurrences.alive.sum(), rtol=1e-12)


def test_some_points_are_those_of_the_whole_curve() -> None:
    occurrences, order = planted.dependent(), np.arange(12)
    whole = expected_coverage_within(occurrences, order, occurrences.documents)
    some = expected_coverage_within(occurrences, order, occurrences.documents, np.array([2, 12]))
    assert some.tolist() == whole[[1, 11]].tolist()


def test_all_tokens_reach_all_alive_latents() -> None:
    occurrences = planted.independent()
    found = expected_coverage(occurrences.latent_counts, occurrences.token_counts, np.arange(12))
    assert found[-1] == 1
    assert expected_coverage_within(occurrences, np.arange(12), occurrences.documents)[-1] == 1


def test_a_token_that_occurs_once_is_expected_to_have_the_mean_number_of_active_latents() -> None:
    occurrences = planted.independent()
    counts = np.append(occurrences.token_counts, [1, 0])
    found = expected_degrees(occurrences.latent_counts, counts)
    assert found[-2] == pytest.approx(occurrences.latent_counts.sum() / 301)
    assert found[-1] == 0


def test_latents_that_are_never_active_count_for_nothing() -> None:
    assert reached(np.array([0, 0, 2]), np.array([1]), 4)[0] == pytest.approx(0.5)
    assert reached(np.array([0, 0]), np.array([3]), 4)[0] == 0
    with pytest.raises(ShapeError, match="nothing to reach"):
        expected_coverage(np.array([0, 0]), np.array([2, 2]), np.array([0]))


@pytest.mark.usefixtures("unchecked")
def test_counts_that_cannot_be_are_refused() -> None:
    with pytest.raises(ShapeError, match="between 0 and the 4"):
        reached(np.array([5]), np.array([1]), 4)
    with pytest.raises(ShapeError, match="between 0 and the 4"):
        reached(np.array([3]), np.array([5]), 4)
    with pytest.raises(ShapeError, match="each once"):
        expected_coverage(np.array([3]), np.array([2, 2]), np.array([2]))
    occurrences = planted.independent()
    with pytest.raises(ShapeError, match="one whole number a row"):
        expected_coverage_within(occurrences, np.array([0]), np.zeros(3, np.int64))
    with pytest.raises(ShapeError, match="1 to 1"):
        expected_coverage_within(occurrences, np.array([0]), occurrences.documents, np.array([2]))
