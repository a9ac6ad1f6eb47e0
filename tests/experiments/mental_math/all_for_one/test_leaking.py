import numpy as np
import pytest

from experiments.mental_math.all_for_one.leaking import leaks
from experiments.mental_math.sampling import Sampling


def test_a_sum_leaks_nothing_and_a_difference_that_may_not_be_negative_tells_the_first_number() -> None:
    found = leaks({"A+B": Sampling(0, 3, (0, 99)), "A-B": Sampling(0, 1, (0, 99))}, 2, np.random.default_rng(0))
    assert found["asked"]["A+B"]["B"]["bits"] == pytest.approx(0)
    # Pairs (0, 0), (1, 0), (1, 1): H(A) - H(A | B) = 0.918 - 2/3.
    assert found["asked"]["A-B"]["B"]["bits"] == pytest.approx(0.9183 - 2 / 3, abs=1e-4)
    assert found["asked"]["A-B"]["B"]["fewest partners"] == 1
    assert found["asked"]["A-B"]["B"]["values with fewer than the floor"] == 0.5
    assert found["asked"]["A-B"]["B"]["unfiltered"] == pytest.approx(0)


def test_the_published_samplings_leak_in_differences_alone() -> None:
    found = leaks({"A+B": Sampling(0, 3, (0, 99))}, 20, np.random.default_rng(0))["published"]
    for use in ("demonstration", "base accuracy"):
        assert found[use]["A+B"]["B"]["bits"] == pytest.approx(0)
        assert 0.4 < found[use]["A-B"]["B"]["bits"] < 0.5
        assert found[use]["A-B"]["B"]["fewest partners"] == 1
