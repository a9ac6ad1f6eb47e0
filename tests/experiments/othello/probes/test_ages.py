from typing import Any

import numpy as np
import pytest

from experiments.othello.games import Trace, replay
from experiments.othello.labels import colours, relative
from experiments.othello.probes.ages import ages, by_age, measure_ages
from experiments.othello.rules import Rules
from experiments.othello.sample import held_out
from experiments.othello.tokens import square
from interp.errors import ShapeError
from interp.stats import Interval


def slow_ages(trace: Trace) -> np.ndarray:
    """One game, one move, one square at a time."""
    boards = colours(trace)
    found = np.zeros(boards.shape, dtype=int)
    for game, plies in enumerate(boards):
        before = list(colours(trace, before=True)[game, 0])
        age = [0] * len(before)
        for ply, board in enumerate(plies):
            for place, state in enumerate(board):
                age[place] = 0 if state != before[place] else age[place] + 1
            before = list(board)
            found[game, ply] = age
    return found


@pytest.mark.parametrize("size", [4, 6, 8])
def test_ages_are_those_of_a_slow_loop_over_moves(size: int) -> None:
    trace = held_out(Rules(size), 20, 0).trace
    assert np.array_equal(ages(trace), slow_ages(trace))


def test_a_move_makes_its_disc_and_the_turned_ones_new_and_all_others_older() -> None:
    rules = Rules(8)
    d3, c3, d4, e4, a1 = (square(rules, name) for name in ("d3", "c3", "d4", "e4", "a1"))
    found = ages(replay(rules, np.array([[d3, c3]], dtype=np.uint8)))[0]
    assert [found[0, place] for place in (d3, d4, e4, a1)] == [0, 0, 1, 1]
    # c3 by white turns d4 back: the disc of d3 stays.
    assert [found[1, place] for place in (c3, d4, d3, e4, a1)] == [0, 0, 1, 2, 2]


def test_even_ages_are_theirs_and_odd_ones_mine_where_nobody_passed() -> None:
    trace = held_out(Rules(8), 20, 0).trace
    early = slice(0, 20)  # before anyone passes
    assert (trace.mover[:, early] == np.arange(20) % 2).all()
    age, owner = ages(trace)[:, early], relative(trace)[:, early]
    touched = (owner != 0) & (age <= np.arange(20)[:, None])
    assert ((owner == 2) == (age % 2 == 0))[touched].all()


def test_accuracy_by_age_is_counted_by_hand() -> None:
    age = np.array([[[0, 1], [0, 2]], [[0, 1], [1, 3]]])
    right = np.array([[[True, False], [False, True]], [[True, True], [False, True]]])
    counted = np.ones_like(right)
    found = by_age(right, age, counted, np.random.default_rng(0), fewest=1)
    assert [(b["first"], b["last"], b["age"], b["squares"]) for b in found] == [
        (0, 0, 0, 3), (1, 1, 1, 3), (2, 2, 2, 1), (3, 3, 3, 1),
    ]  # fmt: skip
    assert [b["accuracy"].value for b in found] == pytest.approx([2 / 3, 1 / 3, 1, 1])
    assert found[0]["accuracy"].n == 2  # games


def test_rare_ages_are_pooled_and_uncounted_squares_are_left_out() -> None:
    age = np.array([[[0, 0, 1, 2, 4, 5]]])
    right = np.array([[[True, False, True, True, False, False]]])
    counted = np.array([[[True, True, True, True, True, False]]])
    found = by_age(right, age, counted, np.random.default_rng(0), fewest=2)
    assert [(b["first"], b["last"], b["squares"]) for b in found] == [(0, 0, 2), (1, 4, 3)]
    assert found[1]["accuracy"].value == pytest.approx(2 / 3)
    assert found[1]["age"] == pytest.approx(7 / 3)
    (one,) = by_age(right, age, counted, np.random.default_rng(0), fewest=100)
    assert (one["first"], one["last"], one["squares"]) == (0, 4, 5)
    with pytest.raises(ShapeError, match="no square is counted"):
        by_age(right, age, np.zeros_like(counted), np.random.default_rng(0))


def overall(bins: list[dict[str, Any]]) -> float:
    return float(sum(b["accuracy"].value * b["squares"] for b in bins) / sum(b["squares"] for b in bins))


def test_groups_hold_the_squares_they_name_and_the_ply_alone_has_the_same_mean() -> None:
    trace = held_out(Rules(6), 30, 0).trace
    rng = np.random.default_rng(0)
    right = rng.random((30, 31, 36)) < 0.8
    found = measure_ages(right, {"floor": ~right}, trace, rng, fewest=50)
    owner, played = relative(trace)[:, :31], trace.played[:, :31, None]
    members = {"all": owner >= 0, "occupied": owner > 0, "theirs": owner == 2, "mine": owner == 1}
    assert found.keys() == members.keys()
    for name, group in members.items():
        inside = group & played
        for curve, expected in {"trained": right, "floor": ~right, "ply alone": right}.items():
            assert sum(b["squares"] for b in found[name][curve]) == inside.sum()
            assert overall(found[name][curve]) == pytest.approx(expected[inside].mean())
    assert isinstance(found["all"]["trained"][0]["accuracy"], Interval)
