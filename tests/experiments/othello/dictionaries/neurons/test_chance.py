import math

import numpy as np
import pytest

from experiments.othello.dictionaries.neurons.chance import exceedance, same_chance
from interp.errors import ShapeError


def test_chance_in_two_and_three_dimensions_by_hand() -> None:
    assert exceedance(math.cos(math.pi / 3), 2) == pytest.approx(2 / 3)
    assert exceedance(0.25, 3) == pytest.approx(0.75)  # Archimedes: the height of a point on a sphere is uniform


def test_chance_is_what_random_directions_do() -> None:
    drawn = np.random.default_rng(0).standard_normal((200_000, 8))
    near = np.abs(drawn[:, 0]) / np.linalg.norm(drawn, axis=1) > 0.4
    assert exceedance(0.4, 8) == pytest.approx(near.mean(), abs=0.005)


def test_the_same_chance_elsewhere_is_exceeded_as_often() -> None:
    other = same_chance(0.2, 512, 128)
    assert exceedance(other, 128) == pytest.approx(exceedance(0.2, 512), rel=1e-9)
    assert other == pytest.approx(0.3897, abs=1e-4)
    assert same_chance(0.2, 512, 512) == pytest.approx(0.2)


@pytest.mark.parametrize(("threshold", "width"), [(0.2, 1), (-0.1, 8), (1.1, 8)])
def test_what_is_no_cosine_or_no_width_is_refused(threshold: float, width: int) -> None:
    with pytest.raises(ShapeError, match="cosine of 0 to 1"):
        exceedance(threshold, width)
