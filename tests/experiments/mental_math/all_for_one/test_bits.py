import numpy as np
import pytest

from experiments.mental_math.all_for_one.bits import pack, unpack


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 1000])
def test_marks_come_back_as_they_were(count: int) -> None:
    marks = np.random.default_rng(count).random(count) < 0.5
    assert np.array_equal(unpack(pack(marks), count), marks)


def test_four_marks_take_one_digit() -> None:
    assert pack(np.array([True, False, True, False, True, True, True, True])) == "af"
