import numpy as np
import pytest

from experiments.function_tokens.consolidation.steepness import Degrees, steepness


def power(exponent: float, tokens: int = 400) -> np.ndarray:
    return 1e6 * np.arange(1, tokens + 1, dtype=np.float64) ** -exponent


def test_a_power_law_has_its_exponent() -> None:
    (found,) = steepness([Degrees(power(0.7), power(0.3))], np.random.default_rng(0))
    assert found["steep"] == pytest.approx(0.7)
    assert found["steep null"] == pytest.approx(0.3)
    assert (found["first"], found["last"]) == (1, 400)


def test_tokens_that_reach_nearly_all_are_passed_over_in_all_dictionaries() -> None:
    full = np.minimum(power(0.5), 1e5)  # flat as far as rank 100
    found = steepness([Degrees(power(0.5), full), Degrees(power(0.5), power(0.5))], np.random.default_rng(0))
    assert {one["first"] for one in found} == {int((full >= 9e4).sum())}
    assert found[0]["steep null"] == pytest.approx(0.5, abs=0.01)


def test_ranks_end_where_the_first_dictionary_runs_out() -> None:
    found = steepness([Degrees(power(1.0), power(1.0)), Degrees(power(1.0, 50), power(1.0))], np.random.default_rng(0))
    assert {one["last"] for one in found} == {50}


def test_tokens_that_all_reach_everything_have_no_slope() -> None:
    (found,) = steepness([Degrees(np.full(9, 5.0), np.full(9, 5.0))], np.random.default_rng(0))
    assert found["steep"] is found["steep null"] is None
