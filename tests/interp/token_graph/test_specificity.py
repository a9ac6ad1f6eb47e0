"""Which latents are a token's own, by hand."""

import numpy as np
import pytest

from interp.errors import ShapeError, UnknownNameError
from interp.token_graph.graph import TokenGraph


def graph(occurrences: list[int] | None) -> TokenGraph:
    """Token 0 has latents 0 (6 of 8 events), 1 (2 of 2), 2 (1 of 1) and 3 (2 of 2); token 1 the other 2 of latent 0."""
    return TokenGraph(
        np.array([0, 4, 5, 5]),
        np.array([0, 1, 2, 3, 0], np.int32),
        4,
        np.array([6, 2, 1, 2, 2]),
        occurrences=None if occurrences is None else np.array(occurrences),
    )


def test_specificity_is_the_share_of_events_over_the_share_of_the_text() -> None:
    found = graph([10, 30, 10]).latents_of(0)
    assert found.latents.tolist() == [1, 3, 2, 0], "of equal ones, more events first, then lower numbers"
    np.testing.assert_allclose(found.scores, [5, 5, 5, 0.75 * 5])
    np.testing.assert_allclose(graph([10, 30, 10]).latents_of(1).scores, [0.25 / 0.6])


def test_without_occurrences_the_text_is_the_events() -> None:
    np.testing.assert_allclose(graph(None).latents_of(0).scores, np.array([1, 1, 1, 0.75]) / (11 / 13))


def test_by_count() -> None:
    found = graph(None).latents_of(0, by="count")
    assert (found.latents.tolist(), found.scores.tolist()) == ([0, 1, 3, 2], [6, 2, 2, 1])
    assert graph([1, 1, 1]).latents_of(2).latents.tolist() == []


def test_what_cannot_be_ranked() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown order of latents 'specific'\. Did you mean 'specificity'"):
        graph(None).latents_of(0, by="specific")
    with pytest.raises(ShapeError, match="no token 3"):
        graph(None).latents_of(3)
    with pytest.raises(ShapeError, match="counts=True"):
        TokenGraph(np.array([0, 1]), np.array([0], np.int32), 1).latents_of(0)
