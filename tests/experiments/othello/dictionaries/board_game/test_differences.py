import pytest

from experiments.othello.dictionaries.board_game.differences import less, mean
from interp.stats import Interval


def test_a_difference_is_that_of_the_ends_at_their_worst() -> None:
    assert list(less([0.5, 0.4, 0.6, 9], [0.3, 0.2, 0.35, 7])) == pytest.approx([0.2, 0.05, 0.4, 7])


def test_a_mean_of_numbers_has_the_mean_of_their_ranges() -> None:
    found = mean([Interval(0.1, 0.0, 0.2, 5), Interval(0.3, 0.1, 0.6, 4)])
    assert list(found) == pytest.approx([0.2, 0.05, 0.4, 4])
