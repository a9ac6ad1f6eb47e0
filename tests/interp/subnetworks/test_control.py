"""The path down to a size, and a controller that brings a simple size there."""

import math

import pytest
import torch
from torch import Tensor

from interp.subnetworks.control import LARGEST, logarithm, nudged, wanted


def number(value: float) -> Tensor:
    return torch.tensor(value, dtype=torch.float64)


def test_the_path_falls_slowly_at_first_and_stays_at_its_end() -> None:
    sizes = [wanted(done, 10_000.0, 1.0, 4) for done in (0, 1, 2, 3, 4, 5, 99)]
    assert sizes == pytest.approx([10_000, 10**3.75, 1000, 10**1.75, 1, 1, 1])


def test_lambda_rises_when_there_is_too_much_and_falls_when_there_is_too_little() -> None:
    assert nudged(number(1), number(0), number(0), 0.02) == 1
    assert nudged(number(1), number(0.1), number(0.1), 0.02) > 1
    assert nudged(number(1), number(-0.1), number(-0.1), 0.02) < 1
    # An excess that is shrinking by itself asks for less.
    assert nudged(number(1), number(0.1), number(0.2), 0.02) < nudged(number(1), number(0.1), number(0.1), 0.02)


def test_one_move_is_bounded() -> None:
    assert float(nudged(number(2), number(50), number(0), 0.02)) == pytest.approx(2 * math.exp(LARGEST))
    assert float(nudged(number(2), number(-50), number(0), 0.02)) == pytest.approx(2 * math.exp(-LARGEST))


def test_the_excess_is_finite_when_nothing_is_left() -> None:
    assert float(logarithm(number(20), 10.0)) == pytest.approx(math.log(2))
    assert logarithm(number(0), 10.0).isfinite()


def test_it_brings_a_size_that_follows_lambda_late_to_its_goal() -> None:
    lam, excess, size = number(1), number(0), 5000.0
    for check in range(60):
        goal = wanted(check, 5000.0, 50.0, 36)
        now = logarithm(number(size), goal)
        lam, excess = nudged(lam, now, excess, 0.02), now
        size *= math.exp(0.3 * (math.log(2000 / float(lam)) - math.log(size)))  # on its way to 2000 / lambda
    assert size == pytest.approx(50, rel=0.15)
