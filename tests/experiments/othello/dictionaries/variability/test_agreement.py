import numpy as np
import pytest

from experiments.othello.dictionaries.variability.agreement import UNKNOWN, correlation, other_depths, profiles


def test_correlations_by_hand() -> None:
    assert correlation(np.array([1, 2, 3]), np.array([2, 4, 6])) == pytest.approx(1.0)
    assert correlation(np.array([1, 2, 3]), np.array([3, 2, 1])) == pytest.approx(-1.0)
    assert correlation(np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1])) == pytest.approx(0.0)
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 30))
    assert correlation(a, b) == pytest.approx(np.corrcoef(a, b)[0, 1])


def test_what_does_not_vary_has_no_correlation() -> None:
    assert correlation(np.array([2, 2]), np.array([1, 5])) is None
    nothing = np.zeros((5, 9), dtype=np.int64)
    assert profiles(nothing, nothing, np.random.default_rng(0)) == UNKNOWN
    assert other_depths(nothing, nothing, np.random.default_rng(0)) == UNKNOWN


def test_equal_profiles_agree_whatever_squares_are_drawn() -> None:
    maps = np.outer(np.array([0, 3, 9, 5, 1, 2, 8]), np.ones(36, dtype=np.int64))
    found = profiles(maps, maps, np.random.default_rng(0))
    assert found[:3] == pytest.approx((1.0, 1.0, 1.0))
    assert found.n == 36


def test_depths_in_random_order_agree_by_chance_only() -> None:
    maps = np.outer(np.array([0, 3, 9, 5, 1, 2, 8]), np.ones(36, dtype=np.int64))
    found = other_depths(maps, maps, np.random.default_rng(0))
    assert found.low < -0.4 < abs(found.value) < 0.1 + 0.4 < found.high < 1.0
    assert found.n == 7


def test_squares_that_disagree_widen_the_interval() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 4, (2, 7, 36))
    found = profiles(first, second, np.random.default_rng(0))
    assert found.value == pytest.approx(np.corrcoef(first.sum(1), second.sum(1))[0, 1])
    assert found.low < found.value < found.high
