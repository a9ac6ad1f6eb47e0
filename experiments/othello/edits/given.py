"""Cases of edits from a file: those of Li et al. 2023 (arXiv 2210.13382), section 4."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from experiments.othello.edits.cases import Cases
from experiments.othello.games import BLACK, replay
from experiments.othello.labels import Colour, Owner, colours
from experiments.othello.rules import Rules
from experiments.othello.tokens import NO_MOVE, encode, name
from interp.errors import FileError, ShapeError
from interp.files import read_json

KEYS = ("history", "pos_int", "ori_color")
"""Squares of the moves so far, the square to flip, and the colour of the disc that lies there."""
COLOURS = {0.0: Colour.WHITE, 2.0: Colour.BLACK}
"""What `ori_color` means: on the boards of all 1,001 published cases it is so, and never the other way round."""


def read(path: Path, rules: Rules) -> Cases:
    """The flips in a JSON file: a list of `{"history": [squares], "pos_int": square, "ori_color": 0.0 or 2.0}`.

    Passes are not written. 14 of the 1,001 published cases are there twice. On average, of the squares that are legal
    before or after the flip, 2.12 are not legal on both boards; a player who knows the rules and is not edited makes
    more errors (2.7), because the most likely moves that are counted are as many as are legal on the edited board.

    Raises `FileError` for a file that is missing or holds something else, and `ShapeError` for what cannot be played
    on this board, each with the number of the case.
    """
    found = read_json(path)
    if not isinstance(found, list) or not found:
        raise FileError(f"{path} must hold a list of cases, each with {', '.join(KEYS)}")
    for number, one in enumerate(found):
        _require_form(path, number, one)
    moves = _moves(rules, found)
    try:
        trace = replay(rules, moves)
    except ShapeError as error:
        raise ShapeError(f"{path}, where case n is game n: {error}") from error
    rows = np.arange(len(found)), (moves != NO_MOVE).sum(1) - 1
    square = np.array([one["pos_int"] for one in found], np.int64)
    held = colours(trace)[rows][np.arange(len(found)), square]
    for number, one in enumerate(found):
        _require_held(rules, number, one, int(held[number]))
    # Whose disc it shall be: the other colour, in the eyes of the player to move next.
    mine = np.where(trace.next_mover[rows] == BLACK, Colour.BLACK, Colour.WHITE)
    target = np.where(held == mine, Owner.THEIRS, Owner.MINE).astype(np.int8)
    return Cases.of(
        rules,
        torch.from_numpy(encode(rules, moves)),
        torch.from_numpy(rows[1] + 1),
        torch.from_numpy(square),
        torch.from_numpy(target),
    )


def _moves(rules: Rules, found: Sequence[Any]) -> np.ndarray:
    """The histories as moves, after a look at whether they fit the board."""
    moves = np.full((len(found), max(len(one["history"]) for one in found)), NO_MOVE, np.uint8)
    for number, one in enumerate(found):
        history = one["history"]
        wrong = [square for square in [*history, one["pos_int"]] if not 0 <= square < rules.squares]
        if wrong:
            raise ShapeError(f"case {number}: square {wrong[0]} is off a board of size {rules.size}")
        if not 0 < len(history) < rules.plies:
            raise ShapeError(f"case {number}: a history has 1 to {rules.plies - 1} moves, not {len(history)}")
        moves[number, : len(history)] = history
    return moves


def _require_form(path: Path, number: int, one: Any) -> None:
    if not isinstance(one, dict) or set(one) != set(KEYS):
        held = ", ".join(one) if isinstance(one, dict) else repr(one)
        raise FileError(f"{path}, case {number}: needs {', '.join(KEYS)} and nothing else, it has {held}")
    history = one["history"]
    if not isinstance(history, list) or not all(type(square) is int for square in [*history, one["pos_int"]]):
        raise FileError(f"{path}, case {number}: history must be a list of squares and pos_int a square, by number")
    if not isinstance(one["ori_color"], int | float) or one["ori_color"] not in COLOURS:
        raise FileError(f"{path}, case {number}: ori_color is 0.0 (white) or 2.0 (black), not {one['ori_color']!r}")


def _require_held(rules: Rules, number: int, one: Any, held: int) -> None:
    said = COLOURS[one["ori_color"]]
    if held != said:
        place, there = name(rules, one["pos_int"]), Colour(held).name.lower()
        raise ShapeError(f"case {number}: {place} is {there} after this history, not {said.name.lower()} as it says")


__all__ = ["COLOURS", "KEYS", "read"]
