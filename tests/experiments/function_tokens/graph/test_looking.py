import numpy as np
import pytest

from experiments.function_tokens.graph.looking import Look, without_parts
from interp.token_graph import coverage
from interp.token_graph.independence import expected_coverage
from interp.token_graph.nulls import graph
from interp.token_graph.occurrences import Occurrences

VOCABULARY, WIDTH = 9, 14


def made(documents: int) -> Look:
    """Rows of random tokens in each of which a few random latents fire."""
    rng = np.random.default_rng(0)
    tokens = rng.integers(VOCABULARY, size=60)
    rows, latents = np.nonzero(rng.random((60, WIDTH)) < np.linspace(0, 0.1, WIDTH))
    occurrences = Occurrences.of(
        tokens, np.arange(60) * documents // 60, np.arange(60) % 7, rows, latents, vocabulary=VOCABULARY, width=WIDTH
    )
    return Look(occurrences, graph(occurrences), np.array([3, 0, 5]))


@pytest.mark.parametrize("parts", [3, 50])
def test_documents_are_left_out_as_if_they_had_not_been_read(parts: int) -> None:
    one = made(documents=8)
    found = without_parts(one, 2, parts)
    assert len(found["frequency"]) == len(found["null"]) == min(parts, 8)
    for part, (real, chance) in enumerate(zip(found["frequency"], found["null"], strict=True)):
        left = one.occurrences.chosen(one.occurrences.documents % min(parts, 8) != part)
        assert real == pytest.approx(coverage.coverage(graph(left), one.order[:2]).of_alive[-1])
        expected = expected_coverage(left.latent_counts, left.token_counts, one.order[:2])[-1]
        assert chance == pytest.approx(expected)


def test_a_single_document_stands_for_itself() -> None:
    one = made(documents=1)
    found = without_parts(one, 2, 10)
    assert found["frequency"] == pytest.approx([coverage.coverage(one.graph, one.order[:2]).of_alive[-1]])
