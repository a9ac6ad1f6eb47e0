import numpy as np
import pytest
import torch

from interp.matching.grouped import resampled, sums


def test_sums_are_by_group_in_ascending_order() -> None:
    flags = torch.tensor([[True, False], [True, True], [False, True]])
    assert sums(flags, torch.tensor([7, 3, 7])).tolist() == [[1, 1], [1, 1]]


def test_a_mean_of_ratios_by_hand() -> None:
    """1 / 2 and 3 / 4; the label whose bottom is 0 is left out."""
    found = resampled(np.array([[1.0, 3.0, 0.0]]), np.array([[2.0, 4.0, 0.0]]), np.random.default_rng(0))
    assert found == (0.625, 0.625, 0.625, 1)


def test_the_interval_of_one_label_is_that_of_the_ratio() -> None:
    from interp.stats import bootstrap

    draw = np.random.default_rng(0)
    tops, bottoms = draw.random((50, 1)), draw.random((50, 1)) + 1
    found = resampled(tops, bottoms, np.random.default_rng(1))
    expected = bootstrap(tops[:, 0], bottoms[:, 0], np.random.default_rng(1))
    assert list(found) == pytest.approx(list(expected))
