from math import sqrt

import numpy as np
import pytest

from interp.errors import ShapeError
from interp.stats import Interval
from interp.token_classes import flips, reached

STEPS = np.array([0, 1, 3, 7])
"""log2(1 + step) is 0, 1, 2, 3: halfway between checkpoints lies at a power of the square root of 2."""


def test_a_share_of_the_way_is_found_at_a_checkpoint_and_between_two() -> None:
    curve = np.array([10.0, 6.0, 2.0, 0.0])
    assert reached(STEPS, curve, 0.4).first == pytest.approx(1)
    assert reached(STEPS, curve, 0.8).first == pytest.approx(3)
    assert reached(STEPS, curve, 0.6).first == pytest.approx(2 * sqrt(2) - 1)
    assert reached(STEPS, curve, 0.2).first == pytest.approx(sqrt(2) - 1)


def test_a_curve_that_comes_back_up_is_there_for_good_only_later() -> None:
    found = reached(STEPS, np.array([10.0, 0.0, 10.0, 0.0]), 0.5)
    assert found.first == pytest.approx(sqrt(2) - 1)
    assert found.lasting == pytest.approx(4 * sqrt(2) - 1)


def test_a_curve_that_goes_straight_down_is_there_once() -> None:
    found = reached(STEPS, np.array([[4.0, 3.0, 2.0, 1.0], [9.0, 1.0, 1.0, 1.0]]))
    assert found.first.tolist() == found.lasting.tolist()
    assert found.first[1] < found.first[0]


def test_every_curve_is_measured_by_its_own_way() -> None:
    curve = np.array([10.0, 6.0, 2.0, 0.0])
    found = reached(STEPS, np.stack([curve, 3 + curve / 100]), 0.6)
    assert found.first[0] == pytest.approx(found.first[1])


@pytest.mark.parametrize("curve", [[1.0, 0.5, 2.0, 1.0], [1.0, 1.0, 1.0, 1.0], [1.0, 2.0, 3.0, 4.0]])
def test_a_curve_that_does_not_come_down_never_arrives(curve: list[float]) -> None:
    found = reached(STEPS, np.array(curve))
    assert np.isnan(found.first)
    assert np.isnan(found.lasting)


def test_many_curves_keep_their_shape() -> None:
    curves = np.linspace(1, 0, 4) * np.ones((2, 3, 1))
    assert reached(STEPS, curves).first.shape == (2, 3)


def test_the_order_flips_where_the_difference_passes_0() -> None:
    (found,) = flips(STEPS, [-1.0, -1.0, 1.0, 2.0])
    assert found.step == pytest.approx(2 * sqrt(2) - 1)
    assert found[1:] == (1, 3, 1)


def test_an_order_may_flip_back() -> None:
    found = flips(STEPS, [1.0, -1.0, -1.0, 3.0])
    assert [(one.after, one.before, one.sign) for one in found] == [(0, 1, -1), (3, 7, 1)]
    assert found[1].step == pytest.approx(4 * 2**0.25 - 1)


def test_equal_losses_have_no_order() -> None:
    assert flips(STEPS, [1.0, 0.0, 0.0, 1.0]) == []
    assert flips(STEPS, [0.0, 0.0, 0.0, 1.0]) == []
    (found,) = flips(STEPS, [1.0, 0.0, 0.0, -1.0])
    assert found == pytest.approx((1, 0, 7, -1))


def test_an_order_that_is_not_sure_flips_nothing() -> None:
    sure, unsure = Interval(1.0, 0.5, 1.5, 9), Interval(-0.1, -0.3, 0.1, 9)
    assert flips(STEPS, [sure, unsure, sure, sure]) == []
    (found,) = flips(STEPS, [sure, unsure, Interval(-1.0, -2.0, -0.5, 9), Interval(-1.0, -2.0, -0.5, 9)])
    assert found[1:] == (0, 3, -1)
    assert 0 < found.step < 1


@pytest.mark.parametrize(
    ("steps", "losses", "says"),
    [
        ([0, 1, 1], [3.0, 2.0, 1.0], "ascend"),
        ([-1, 1, 2], [3.0, 2.0, 1.0], "ascend"),
        ([0, 1], [3.0, 2.0, 1.0], "2 steps for 3"),
        ([0], [3.0], "at least 2 checkpoints"),
        ([0, 1, 2], [3.0, float("nan"), 1.0], "finite"),
    ],
)
def test_curves_that_are_none_are_refused(steps: list[int], losses: list[float], says: str, unchecked: None) -> None:
    with pytest.raises(ShapeError, match=says):
        reached(np.array(steps), np.array(losses))
    with pytest.raises(ShapeError, match=says):
        flips(np.array(steps), losses)


@pytest.mark.parametrize("share", [0.0, 1.0, 90.0])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(ShapeError, match="share"):
        reached(STEPS, np.array([3.0, 2.0, 1.0, 0.0]), share)
