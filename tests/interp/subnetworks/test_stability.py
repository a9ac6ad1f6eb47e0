"""Jumps of a curve that are recovered and jumps that are not."""

import torch
from torch import Tensor

from interp.subnetworks.stability import unstable


def curve(*changes: tuple[int, float], steps: int = 200) -> Tensor:
    values = torch.full((steps,), 4.0)
    for step, value in changes:
        values[step] = value
    return values


def test_a_flat_or_falling_curve_is_stable() -> None:
    assert unstable(curve(), calm=100) is None
    assert unstable(torch.linspace(9, 3, 200), calm=100) is None


def test_a_slow_rise_is_no_jump() -> None:
    assert unstable(torch.linspace(3, 6, 200), calm=100) is None  # 0.08 in ten steps


def test_a_jump_that_stays_is_unstable() -> None:
    values = curve()
    values[50:] = 4.3
    assert unstable(values, calm=100) == 50


def test_a_jump_recovered_in_time_is_stable_and_one_recovered_late_is_not() -> None:
    recovered = curve((50, 5.0))
    assert unstable(recovered, calm=100) is None
    late = curve()
    late[50:99] = 5.0
    assert unstable(late, calm=100) is None
    late[99] = 5.0  # the first good step is number 100 of 200
    assert unstable(late, calm=100) == 50


def test_a_jump_in_the_last_steps_is_unstable_unless_no_calm_is_asked_for() -> None:
    values = curve((195, 5.0))
    assert unstable(values, calm=100) == 195
    assert unstable(values, calm=0) is None
    values[-1] = 5.0
    assert unstable(values, calm=0) == 199


def test_a_quarter_counts_where_losses_are_small() -> None:
    values = torch.full((200,), 0.1)
    values[150:] = 0.13
    assert unstable(values, calm=100) == 150
    values[150:] = 0.12
    assert unstable(values, calm=100) is None


def test_steps_before_the_first_that_counts_are_let_pass() -> None:
    values = curve()
    values[50:] = 5.0
    assert unstable(values, calm=100, first=50) == 50
    assert unstable(values, calm=100, first=51) == 51  # one step later it is still over the mean
    assert unstable(values, calm=100, first=70) is None


def test_a_curve_shorter_than_the_window_says_nothing() -> None:
    assert unstable(torch.tensor([1.0, 9.0]), calm=0) is None
    assert unstable(torch.zeros(0), calm=0) is None
