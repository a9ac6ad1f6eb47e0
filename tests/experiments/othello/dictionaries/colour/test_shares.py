import numpy as np
import pytest

from experiments.othello.dictionaries.colour.shares import NOTHING, by_part, scattered, share

PART = np.array([True, True, False, False])


def test_the_share_of_a_part_is_that_of_its_hits() -> None:
    found = share(np.array([3, 0, 1, 0]), PART, np.random.default_rng(0))
    assert found.value == 0.75
    assert found.low <= 0.75 <= found.high
    assert found.n == 4
    assert share(np.array([3, 1, 0, 0]), PART, np.random.default_rng(0))[:3] == (1.0, 1.0, 1.0)


def test_of_no_hit_nothing_is_known() -> None:
    nothing = np.zeros(4, dtype=int)
    assert share(nothing, PART, np.random.default_rng(0)) == NOTHING
    assert scattered(nothing, PART, np.random.default_rng(0)) == NOTHING
    assert by_part(nothing, {"part": PART}, np.random.default_rng(0)) == {"part": None}


def test_squares_in_random_order_give_a_part_its_share_of_squares() -> None:
    part = np.arange(64) < 16
    found = scattered(np.ones(64, dtype=int), part, np.random.default_rng(0))
    assert found[:3] == (0.25, 0.25, 0.25)
    one = scattered((np.arange(64) == 0).astype(int), part, np.random.default_rng(0))
    assert one[:3] == (0.25, 0.0, 1.0)


def test_few_squares_with_hits_may_miss_a_part_by_chance() -> None:
    centre = np.arange(64) < 4
    few, many = (np.arange(64) >= 64 - squares for squares in (15, 55))
    assert scattered(few.astype(int), centre, np.random.default_rng(0)).low == 0
    assert scattered(many.astype(int), centre, np.random.default_rng(0)).low > 0


def test_every_part_has_its_share() -> None:
    found = by_part(np.array([3, 0, 1, 0]), {"left": PART, "right": ~PART}, np.random.default_rng(0))
    assert [found[name].value for name in ("left", "right")] == pytest.approx([0.75, 0.25])
