import numpy as np
import pytest

from experiments.function_tokens.graph.looking import Look
from experiments.function_tokens.graph.portions import portions
from interp.errors import ShapeError
from interp.token_graph import coverage
from interp.token_graph.independence import expected_coverage
from interp.token_graph.nulls import graph
from interp.token_graph.occurrences import Occurrences

VOCABULARY, WIDTH = 16, 14


def made(documents: int) -> Look:
    """Rows of random tokens in each of which a few random latents fire."""
    rng = np.random.default_rng(0)
    tokens = rng.integers(VOCABULARY, size=120)
    rows, latents = np.nonzero(rng.random((120, WIDTH)) < np.linspace(0, 0.1, WIDTH))
    occurrences = Occurrences.of(
        tokens, np.arange(120) * documents // 120, np.arange(120) % 7, rows, latents, vocabulary=VOCABULARY,
        width=WIDTH,
    )  # fmt: skip
    return Look(occurrences, graph(occurrences), np.array([3, 0, 5]))


@pytest.mark.parametrize("count", [3, 50])
def test_a_portion_is_measured_as_if_the_others_had_not_been_read(count: int) -> None:
    one = made(documents=8)
    found = portions(one, count, 2, np.random.default_rng(0))
    assert len(found["frequency"]) == len(found["null"]) == min(count, 8)
    for part, (real, chance) in enumerate(zip(found["frequency"], found["null"], strict=True)):
        left = one.occurrences.chosen(one.occurrences.documents % min(count, 8) == part)
        assert real == pytest.approx(coverage.coverage(graph(left), one.order).of_alive[-1])
        assert chance == pytest.approx(expected_coverage(left.latent_counts, left.token_counts, one.order)[-1])


def test_one_document_is_one_portion() -> None:
    one = made(documents=1)
    found = portions(one, 10, 2, np.random.default_rng(0))
    assert found["frequency"] == pytest.approx([coverage.coverage(one.graph, one.order).of_alive[-1]])
    assert found["alive share"] == pytest.approx(one.occurrences.alive.mean())
    chosen = np.isin(one.occurrences.tokens[one.occurrences.rows], one.order)
    assert found["load"] == pytest.approx(chosen.sum() / one.occurrences.alive.sum() / 3)


def test_shuffled_labels_scatter_around_the_closed_form() -> None:
    found = portions(made(documents=2), 2, 200, np.random.default_rng(0))
    assert len(found["shuffled"]) == len(found["content"]) == 200
    error = np.std(found["shuffled"]) / 200**0.5
    assert abs(np.mean(found["shuffled"]) - np.mean(found["null"])) < 4 * error


def test_as_many_content_tokens_are_drawn_and_never_function_tokens() -> None:
    """Latent 0 fires at content tokens only, latent 1 at function tokens only."""
    tokens = np.arange(8)
    occurrences = Occurrences.of(
        tokens, np.zeros(8, int), tokens, tokens, (tokens < 2).astype(int), vocabulary=8, width=2
    )
    found = portions(Look(occurrences, graph(occurrences), np.array([0, 1])), 1, 5, np.random.default_rng(0))
    assert found["frequency"] == [0.5]
    assert found["content"] == [0.5] * 5


def test_a_text_of_function_tokens_alone_has_nothing_to_hold_them_against() -> None:
    tokens = np.zeros(4, int)
    occurrences = Occurrences.of(tokens, tokens, np.arange(4), np.arange(4), tokens, vocabulary=1, width=1)
    with pytest.raises(ShapeError, match="0 tokens that occur"):
        portions(Look(occurrences, graph(occurrences), np.array([0])), 1, 1, np.random.default_rng(0))
