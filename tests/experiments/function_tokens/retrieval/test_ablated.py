import numpy as np
import pytest

from experiments.function_tokens.retrieval.ablated import mean_of, told
from experiments.function_tokens.retrieval.following import CONTENT, FUNCTION
from interp.retrieval.ablating import Ablation

COUNT = np.array([10, 10, 20])


def made(function: list[float], content: list[float], moved: float) -> Ablation:
    """Nats by document that later tokens lose at one depth."""
    later = np.array([function, content], np.float64)
    return Ablation(np.ones(3), later, COUNT, 2 * later, np.stack([COUNT, COUNT]), (moved, 1.0))


def test_the_mean_over_depths_by_hand() -> None:
    found = told(mean_of([made([8, 0, 4], [0, 0, 0], 0.5), made([0, 4, 0], [2, 2, 4], 0.25)]), np.random.default_rng(0))
    assert found[FUNCTION][0] == pytest.approx((4 + 2 + 2) / 40)
    assert found[CONTENT][0] == pytest.approx((1 + 1 + 2) / 40)
    assert found["difference"][0] == pytest.approx(0.1)
    assert found["own"][FUNCTION][0] == pytest.approx(0.4)
    assert found["moved"] == {FUNCTION: 0.375, CONTENT: 1.0}


def test_a_document_is_drawn_at_all_depths_together() -> None:
    """What one depth gives in a document, the other takes: drawn apart, their mean would spread."""
    one, other = made([9, -5, 40], [0, 0, 0], 1.0), made([-7, 7, -36], [0, 0, 0], 1.0)
    value, low, high, n = told(mean_of([one, other]), np.random.default_rng(0))["difference"]
    assert (value, low, high, n) == pytest.approx((0.1, 0.1, 0.1, 3))
    assert told(one, np.random.default_rng(0))["difference"][1] < 0


def test_the_mean_of_one_depth_is_that_depth() -> None:
    one = made([3, 1, 2], [1, 1, 1], 0.5)
    assert told(mean_of([one]), np.random.default_rng(0)) == told(one, np.random.default_rng(0))
