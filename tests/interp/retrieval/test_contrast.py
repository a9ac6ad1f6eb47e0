import numpy as np
import pytest

from interp.errors import ShapeError
from interp.retrieval.contrast import Term, contrast
from interp.stats import bootstrap

WEIGHTS = np.array([1.0, 3.0])


def counts(*rows: list[int]) -> np.ndarray:
    return np.array(rows, np.int64)


def test_a_sum_by_hand() -> None:
    one = Term(1, counts([1, 0], [1, 3]), counts([2, 2], [2, 2]))  # 1/2 and 3/4
    other = Term(-1, counts([0, 1], [1, 0]), counts([1, 2], [3, 2]))  # 1/4 and 1/4
    found = contrast([one, other], WEIGHTS, np.random.default_rng(0))
    assert found.value == pytest.approx((1 * (1 / 2 - 1 / 4) + 3 * (3 / 4 - 1 / 4)) / 4)
    assert found.n == 2
    assert found.low < found.value < found.high


def test_a_band_without_a_trial_of_any_term_is_left_out_of_all() -> None:
    one = Term(1, counts([1, 9]), counts([2, 9]))
    other = Term(-1, counts([1, 0]), counts([4, 0]))
    assert contrast([one, other], WEIGHTS, np.random.default_rng(0)) == (0.25, 0.25, 0.25, 1)
    with pytest.raises(ShapeError, match="no distance"):
        contrast([one, Term(1, counts([0, 0]), counts([0, 0]))], WEIGHTS, np.random.default_rng(0))


def test_with_one_term_and_one_band_it_is_the_bootstrap_of_a_ratio() -> None:
    generator = np.random.default_rng(3)
    trials = generator.integers(50, 100, (40, 1))
    hits = generator.binomial(trials, generator.random((40, 1)))
    found = contrast([Term(1, hits, trials)], np.ones(1), np.random.default_rng(0), draws=4000)
    wanted = bootstrap(hits[:, 0], trials[:, 0], np.random.default_rng(1), draws=4000)
    assert found.value == pytest.approx(wanted.value)
    assert found.low == pytest.approx(wanted.low, abs=0.01)
    assert found.high == pytest.approx(wanted.high, abs=0.01)


def test_no_terms_are_refused() -> None:
    with pytest.raises(ShapeError, match="need terms"):
        contrast([], WEIGHTS, np.random.default_rng(0))
