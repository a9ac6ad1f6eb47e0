from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interp.errors import ShapeError
from interp.token_graph.chances import log_missed, log_missed_with_replacement


def exact(total: int, active: int, drawn: int) -> float:
    """1 minus the chance of a miss in whole numbers."""
    return float(1 - Fraction(comb(total - active, drawn), comb(total, drawn)))


def test_every_small_case_is_that_of_whole_numbers() -> None:
    for total in range(1, 13):
        active, drawn = np.mgrid[: total + 1, : total + 1]
        wanted = [[exact(total, a, m) for m in range(total + 1)] for a in range(total + 1)]
        np.testing.assert_allclose(-np.expm1(log_missed(total, active, drawn)), wanted, rtol=1e-13, atol=1e-14)


@settings(max_examples=30, deadline=None)
@given(st.integers(30, 3000), st.data())
def test_larger_cases_are_those_of_whole_numbers(total: int, data: st.DataObject) -> None:
    active, drawn = (data.draw(st.integers(0, total)) for _ in range(2))
    assert -np.expm1(log_missed(total, active, drawn)) == pytest.approx(exact(total, active, drawn), rel=1e-10)


def test_the_smallest_chance_in_a_large_text_keeps_its_digits() -> None:
    """One draw, one active occurrence: the chance is 1 / total, which factorials of millions drown in rounding."""
    for total in (5_000_000, 10**9):
        assert -np.expm1(log_missed(total, 1, 1)) * total == pytest.approx(1, rel=1e-6)
        assert -np.expm1(log_missed(total, 3, 2)) == pytest.approx(6 / total, rel=1e-6)


def test_nothing_drawn_and_nothing_active_miss_for_certain() -> None:
    numbers = np.array([0, 1, 17, 4999, 5000])
    assert (log_missed(5000, numbers, 0) == 0).all()
    assert (log_missed(5000, 0, numbers) == 0).all()
    assert (log_missed_with_replacement(5000, numbers, 0) == 0).all()


def test_more_draws_than_silent_occurrences_cannot_miss() -> None:
    assert log_missed(10, 4, 7) == -np.inf
    assert log_missed(10, 4, 6) == pytest.approx(-np.log(210))


def test_active_and_drawn_may_change_places() -> None:
    a, m = np.random.default_rng(0).integers(0, 1000, (2, 200))
    np.testing.assert_allclose(log_missed(1000, a, m), log_missed(1000, m, a), rtol=1e-10, atol=1e-12)


def test_replacement_changes_little_while_few_are_drawn_and_misses_more() -> None:
    few = np.array([1, 2, 5])
    np.testing.assert_allclose(log_missed_with_replacement(10**6, 100, few), log_missed(10**6, 100, few), rtol=1e-5)
    assert log_missed_with_replacement(100, 30, 50) > log_missed(100, 30, 50)
    assert log_missed_with_replacement(100, 100, 1) == -np.inf


@pytest.mark.parametrize("numbers", [(10, 11, 1), (10, 1, 11), (10, -1, 1), (10, 1, -1), (0, 0, 0)])
def test_more_than_all_and_less_than_none_are_refused(numbers: tuple[int, int, int]) -> None:
    with pytest.raises(ShapeError, match="0 or more"):
        log_missed(*numbers)
