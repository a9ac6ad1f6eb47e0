"""Is a square read worse the longer it has stood? Accuracy by the age of a square's state (Li et al. 2023, app. B)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int, Int16

from experiments.othello.games import Trace
from experiments.othello.labels import Owner, colours, relative
from interp.errors import ShapeError
from interp.stats import bootstrap

FEWEST = 1000
"""Squares that a bin of ages must hold, over all games, to be a point of its own."""


def ages(trace: Trace) -> Int16[np.ndarray, "game ply square"]:
    """Plies since each square last changed between empty, black and white, after every move.

    0 where the move itself put or turned a disc, 1 where the move before it did. A square that no move has touched
    counts from the opening position, which stands one ply before the first move: its age is ply + 1, plies counted
    from 0, whether it is empty or one of the four discs that lie there at the start. Forced passes are no plies. Rows
    after the end of a game grow older with every row; leave them out with `trace.played`.
    """
    changed = colours(trace) != colours(trace, before=True)
    ply = np.arange(changed.shape[1], dtype=np.int16)[:, None]
    last = np.maximum.accumulate(np.where(changed, ply, np.int16(-1)), axis=1)
    return ply - last


def by_age(
    right: Bool[np.ndarray, "game ply square"],
    ages: Int[np.ndarray, "game ply square"],
    counted: Bool[np.ndarray, "game ply square"],
    rng: np.random.Generator,
    fewest: int = FEWEST,
) -> list[dict[str, Any]]:
    """The share of `counted` squares that are read right, by age, with an interval from resampling whole games.

    One entry `{"first", "last", "age", "squares", "accuracy"}` for each bin of ages `first` to `last`, ascending, with
    the mean age of its squares. A bin is one age where at least `fewest` squares have it; rarer ages, in practice the
    oldest, are pooled with those that follow, and what is left over at the end with the bin before it.
    Raises `ShapeError` when nothing is counted.
    """
    return _by_age(right.astype(np.float64), ages, counted, rng, fewest)


def measure_ages(
    trained: Bool[np.ndarray, "game read square"],
    controls: Mapping[str, Bool[np.ndarray, "game read square"]],
    trace: Trace,
    rng: np.random.Generator,
    fewest: int = FEWEST,
) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """`by_age` of all squares and of the occupied ones, for the probe of one depth and for its controls.

    Whoever put or turned a disc an even number of plies ago has just moved, so but for passes even ages are discs of
    THEIRS and odd ones of MINE: a probe that prefers one of the two zigzags over "occupied". "theirs" and "mine" are
    therefore counted apart as well. The answers may cover fewer plies than the trace, from the first one on.

    "ply alone" is a control that is made here: every square is given the share of its group that the trained probe
    gets right at its ply. Old states are found late in a game, where boards are hard, so what this curve shows is the
    ply and not the age.
    """
    reads = trained.shape[1]
    age, owner = ages(trace)[:, :reads], relative(trace)[:, :reads]
    groups = {
        "all": np.ones_like(trained),
        "occupied": owner != Owner.EMPTY,
        "theirs": owner == Owner.THEIRS,
        "mine": owner == Owner.MINE,
    }
    found = {}
    for name, members in groups.items():
        counted = members & trace.played[:, :reads, None]
        curves = {"trained": trained, **controls, "ply alone": _share_of_ply(trained, counted)}
        found[name] = {
            curve: _by_age(right.astype(np.float64), age, counted, rng, fewest) for curve, right in curves.items()
        }
    return found


def _by_age(
    right: Float[np.ndarray, "game ply square"],
    ages: Int[np.ndarray, "game ply square"],
    counted: Bool[np.ndarray, "game ply square"],
    rng: np.random.Generator,
    fewest: int,
) -> list[dict[str, Any]]:
    if not counted.any():
        raise ShapeError("no square is counted: there is no accuracy by age")
    games, kinds = len(ages), int(ages.max()) + 1
    cell = (np.arange(games)[:, None, None] * kinds + ages)[counted]
    totals = np.bincount(cell, minlength=games * kinds).reshape(games, kinds)
    hits = np.bincount(cell, weights=right[counted], minlength=games * kinds).reshape(games, kinds)
    bins = []
    for first, last in _bins(totals.sum(0), fewest):
        top, bottom = hits[:, first : last + 1].sum(1), totals[:, first : last + 1].sum(1)
        share = bootstrap(top, bottom, rng)
        squares = int(bottom.sum())
        mean = float(totals.sum(0)[first : last + 1] @ np.arange(first, last + 1) / squares)
        bins.append({"first": first, "last": last, "age": mean, "squares": squares, "accuracy": share})
    return bins


def _bins(squares: Int[np.ndarray, " age"], fewest: int) -> list[tuple[int, int]]:
    """Ages from each first to each last one, with at least `fewest` squares in every bin if there are so many."""
    ends: list[int] = []
    inside = 0
    for age, count in enumerate(squares):
        inside += int(count)
        if inside >= max(fewest, 1):
            ends.append(age)
            inside = 0
    oldest = int(np.flatnonzero(squares)[-1])
    ends = [*ends[:-1], oldest]
    starts = [int(np.flatnonzero(squares)[0]), *(end + 1 for end in ends[:-1])]
    return list(zip(starts, ends, strict=True))


def _share_of_ply(
    right: Bool[np.ndarray, "game ply square"], counted: Bool[np.ndarray, "game ply square"]
) -> Float[np.ndarray, "game ply square"]:
    """For every square the share of counted squares that are right at its ply; 0 where none is counted."""
    share = (right & counted).sum((0, 2)) / np.maximum(counted.sum((0, 2)), 1)
    return np.broadcast_to(share[:, None], right.shape)
