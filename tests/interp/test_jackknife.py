import numpy as np
import pytest

from interp.errors import ShapeError
from interp.jackknife import jackknife
from interp.stats import over_seeds


def test_of_a_mean_it_is_the_t_interval_of_the_parts() -> None:
    parts = np.random.default_rng(0).normal(3, 2, 7)
    without = [float(np.delete(parts, out).mean()) for out in range(7)]
    assert jackknife(float(parts.mean()), without) == pytest.approx(over_seeds(parts.tolist()))


def test_by_hand() -> None:
    # The mean of 1, 2, 3 without each: 2.5, 2, 1.5; standard error sqrt(2/3 * 0.5) = 1/sqrt(3), t(2) = 4.3027.
    found = jackknife(2.0, [2.5, 2.0, 1.5])
    assert found.value == 2.0
    assert found.high - 2.0 == pytest.approx(4.302653 / np.sqrt(3), abs=1e-5)
    assert found.n == 3


def test_one_part_tells_nothing_about_the_spread() -> None:
    assert jackknife(5.0, [5.0]) == (5.0, 5.0, 5.0, 1)


@pytest.mark.parametrize(("whole", "without"), [(1.0, []), (float("nan"), [1.0, 2.0]), (1.0, [1.0, float("inf")])])
def test_what_cannot_be_averaged_is_refused(whole: float, without: list[float]) -> None:
    with pytest.raises(ShapeError, match="finite number"):
        jackknife(whole, without)
