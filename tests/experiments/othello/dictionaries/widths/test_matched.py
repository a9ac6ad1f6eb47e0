import pytest

from experiments.othello.dictionaries.widths.matched import at
from interp.stats import Interval


def flat(value: float) -> Interval:
    return Interval(value, value - 0.1, value + 0.1, 3)


def test_between_two_points_it_is_linear_in_the_logarithm_of_l0() -> None:
    curve = [(64.0, flat(1.0)), (4.0, flat(0.0))]
    found = at(16.0, curve)
    assert found is not None
    assert list(found) == pytest.approx([0.5, 0.4, 0.6, 3])


@pytest.mark.parametrize(("l0", "value"), [(4.0, 0.0), (8.0, 0.3), (64.0, 1.0)])
def test_at_a_point_it_is_the_point(l0: float, value: float) -> None:
    found = at(l0, [(4.0, flat(0.0)), (8.0, flat(0.3)), (64.0, flat(1.0))])
    assert found is not None
    assert found.value == pytest.approx(value)


@pytest.mark.parametrize("l0", [3.9, 64.1])
def test_beyond_the_ends_there_is_nothing(l0: float) -> None:
    assert at(l0, [(4.0, flat(0.0)), (64.0, flat(1.0))]) is None


def test_one_point_is_known_at_its_own_l0_only() -> None:
    assert at(4.0, [(4.0, flat(0.2))]) == flat(0.2)
    assert at(5.0, [(4.0, flat(0.2))]) is None
    assert at(5.0, []) is None


def test_a_dictionary_that_is_silent_is_no_point() -> None:
    assert at(2.0, [(0.0, flat(0.0)), (4.0, flat(0.2))]) is None


def test_two_points_at_one_l0_give_the_first() -> None:
    assert at(4.0, [(4.0, flat(0.2)), (4.0, flat(0.6))]) == flat(0.2)
