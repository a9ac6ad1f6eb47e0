"""Learning rates by step, against values worked out by hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interp.training.schedule import constant, warmup_cosine, warmup_decay


def test_a_constant_rate_never_changes() -> None:
    assert [constant(0.3)(step) for step in (0, 1, 10**9)] == [0.3, 0.3, 0.3]


def test_warmup_rises_linearly_and_the_cosine_ends_at_zero() -> None:
    rate = warmup_cosine(8.0, steps=9, warmup=4)
    # cos of 0, 45, 90, 135 and 180 degrees
    half = 4 * 2**-0.5
    expected = [2.0, 4.0, 6.0, 8.0, 8.0, 4 + half, 4.0, 4 - half, 0.0]
    assert [rate(step) for step in range(9)] == pytest.approx(expected, abs=1e-12)


def test_the_floor_is_a_share_of_the_peak() -> None:
    rate = warmup_cosine(10.0, steps=3, floor=0.1)
    assert [rate(step) for step in range(3)] == pytest.approx([10.0, 5.5, 1.0])


def test_past_the_end_the_rate_stays_at_the_floor() -> None:
    rate = warmup_cosine(10.0, steps=3, floor=0.1)
    assert [rate(step) for step in (3, 100)] == pytest.approx([1.0, 1.0])


@pytest.mark.parametrize(
    ("steps", "warmup", "expected"),
    [(1, 0, [5.0]), (2, 0, [5.0, 0.0]), (2, 1, [5.0, 5.0]), (3, 2, [2.5, 5.0, 5.0]), (3, 1, [5.0, 5.0, 0.0])],
)
def test_the_shortest_schedules(steps: int, warmup: int, expected: list[float]) -> None:
    assert [warmup_cosine(5.0, steps, warmup)(step) for step in range(steps)] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("steps", "warmup"), [(0, 0), (5, 5), (5, 6), (5, -1)])
def test_a_warmup_longer_than_the_training_is_refused(steps: int, warmup: int) -> None:
    with pytest.raises(ValueError, match=f"warmup must be at least 0 and less than the {steps} steps, not {warmup}"):
        warmup_cosine(1.0, steps, warmup)


@pytest.mark.parametrize("floor", [-0.1, 1.1, float("nan")])
def test_a_floor_that_is_no_share_is_refused(floor: float) -> None:
    with pytest.raises(ValueError, match="share of the peak"):
        warmup_cosine(1.0, 5, floor=floor)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 50), st.data())
def test_it_rises_then_falls_and_stays_between_floor_and_peak(steps: int, data: st.DataObject) -> None:
    warmup = data.draw(st.integers(0, steps - 1))
    floor = data.draw(st.floats(0, 1))
    rates = [warmup_cosine(2.0, steps, warmup, floor)(step) for step in range(steps)]
    rise, fall = rates[:warmup], rates[warmup:]
    assert rise == sorted(rise)
    assert fall == sorted(fall, reverse=True)
    assert rates[warmup] == 2.0
    assert all(0 < rate <= 2.0 for rate in rise)
    assert all(2.0 * floor * (1 - 1e-12) <= rate <= 2.0 for rate in fall)


def test_a_plateau_lies_between_rise_and_fall() -> None:
    rate = warmup_decay(8.0, steps=9, warmup=4, decay=3)
    assert [rate(step) for step in range(9)] == pytest.approx([2.0, 4.0, 6.0, 8.0, 8.0, 8.0, 6.0, 4.0, 2.0])


@pytest.mark.parametrize(
    ("steps", "warmup", "decay", "expected"),
    [
        (1, 0, 0, [6.0]),
        (1, 1, 0, [6.0]),
        (1, 0, 1, [3.0]),
        (2, 1, 1, [6.0, 3.0]),
        (2, 2, 0, [3.0, 6.0]),
        (2, 0, 2, [4.0, 2.0]),
        (3, 0, 0, [6.0, 6.0, 6.0]),
    ],
)
def test_rise_plateau_and_fall_may_each_be_missing(steps: int, warmup: int, decay: int, expected: list[float]) -> None:
    rate = warmup_decay(6.0, steps, warmup, decay)
    assert [rate(step) for step in range(steps)] == pytest.approx(expected)


def test_behind_its_end_a_fall_stays_at_zero() -> None:
    assert [warmup_decay(6.0, 4, decay=2)(step) for step in (4, 5, 100)] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(("warmup", "decay"), [(-1, 0), (0, -1), (6, 0), (0, 6), (3, 3)])
def test_rise_and_fall_longer_than_the_training_are_refused(warmup: int, decay: int) -> None:
    with pytest.raises(ValueError, match=f"must fit into the 5 steps, not {warmup} and {decay}"):
        warmup_decay(1.0, 5, warmup, decay)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), st.data())
def test_with_a_plateau_it_rises_stays_and_falls_and_is_never_zero(steps: int, data: st.DataObject) -> None:
    warmup = data.draw(st.integers(0, steps))
    decay = data.draw(st.integers(0, steps - warmup))
    rates = [warmup_decay(2.0, steps, warmup, decay)(step) for step in range(steps)]
    rise, plateau, fall = rates[:warmup], rates[warmup : steps - decay], rates[steps - decay :]
    assert rise == sorted(rise)
    assert set(plateau) <= {2.0}
    assert fall == sorted(fall, reverse=True)
    assert all(0 < rate <= 2.0 for rate in rates)
