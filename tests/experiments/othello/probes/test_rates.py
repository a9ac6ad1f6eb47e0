import numpy as np
import pytest

from experiments.othello.probes.rates import Rates


def test_a_share_counts_played_positions_only() -> None:
    played = np.array([[True, True, False], [True, True, True]])
    right = np.zeros((2, 3, 4), dtype=bool)
    right[0, 0], right[1, 2, :2] = True, True
    rates = Rates(played, 4, np.random.default_rng(0))
    assert rates(right).value == pytest.approx(6 / 20)
    assert rates(right, slice(2, 3)).value == pytest.approx(2 / 4)
    assert rates.boards(right).value == pytest.approx(1 / 5)
    by_ply = [interval and interval.value for interval in rates.by_ply(right)]
    assert by_ply == [pytest.approx(4 / 8), 0.0, pytest.approx(2 / 4)]


def test_a_ply_that_no_game_reaches_has_no_share() -> None:
    rates = Rates(np.array([[True, False]]), 4, np.random.default_rng(0))
    assert rates.by_ply(np.zeros((1, 2, 4), dtype=bool))[1] is None


def test_a_difference_of_two_readings_is_resampled_in_pairs() -> None:
    one = np.random.default_rng(0).random((20, 3, 4)) < 0.8
    same = Rates(np.ones((20, 3), dtype=bool), 4, np.random.default_rng(1))(one.astype(int) - one)
    assert (same.value, same.low, same.high) == (0, 0, 0)
