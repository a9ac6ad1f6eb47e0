"""Moves as token ids, after Li et al. 2023 (arXiv 2210.13382): 1.. are the playable squares in order, 0 is padding."""

import numpy as np
from jaxtyping import Bool, Int64, Integer, UInt8

from experiments.othello.rules import Rules
from interp.errors import ShapeError, unknown

PADDING = 0
"""The token after the end of a game; a model never has to predict it."""

NO_MOVE = 255
"""The same thing in an array of moves. A forced pass is written nowhere: the opponent's move simply follows."""


def vocabulary(rules: Rules) -> int:
    """Number of token ids: the playable squares and padding (61 on the 8x8 board, 33 on 6x6)."""
    return rules.plies + 1


def encode(rules: Rules, moves: UInt8[np.ndarray, "game ply"]) -> Int64[np.ndarray, "game ply"]:
    """Token ids of moves; raises `ShapeError` for a square that is off the board or in its centre."""
    table = np.full(256, -1, dtype=np.int64)
    table[rules.playable] = np.arange(1, rules.plies + 1)
    table[NO_MOVE] = PADDING
    tokens: Int64[np.ndarray, "game ply"] = table[moves]
    _reject(moves, tokens < 0, "square", f"is not playable on a board of size {rules.size}. {_allowed_squares(rules)}")
    return tokens


def decode(rules: Rules, tokens: Integer[np.ndarray, "game ply"]) -> UInt8[np.ndarray, "game ply"]:
    """Moves of token ids, padding as 255; raises `ShapeError` for an id outside the vocabulary."""
    last = vocabulary(rules) - 1
    wrong = (tokens < 0) | (tokens > last)
    allowed = f"Allowed: 1 to {last} for moves, {PADDING} for padding."
    _reject(tokens, wrong, "token id", f"is not in the vocabulary. {allowed}")
    table = np.concatenate([np.array([NO_MOVE], dtype=np.uint8), rules.playable])
    moves: UInt8[np.ndarray, "game ply"] = table[tokens]
    return moves


def name(rules: Rules, square: int) -> str:
    """The name of a square: column letter, row number (`a1` is square 0, `f5` is 37 on the 8x8 board)."""
    if not 0 <= square < rules.squares:
        raise ShapeError(f"square {square} is off the board. Allowed: 0 to {rules.squares - 1}.")
    row, column = divmod(int(square), rules.size)
    return f"{'abcdefgh'[column]}{row + 1}"


def names(rules: Rules) -> tuple[str, ...]:
    """The names of all squares, by square."""
    return tuple(name(rules, square) for square in range(rules.squares))


def square(rules: Rules, name: str) -> int:
    """The square of a name such as `f5`; an unknown name is an error that shows the nearest ones."""
    board = names(rules)
    if name not in board:
        raise unknown("square", name, board, hint=f"Squares go from a1 to {board[-1]}: column letter, row number.")
    return board.index(name)


def _allowed_squares(rules: Rules) -> str:
    centre = ", ".join(name(rules, square) for square in rules.centre)
    return f"Allowed: 0 to {rules.squares - 1} without the centre ({centre}), {NO_MOVE} for padding."


def _reject(
    values: Integer[np.ndarray, "game ply"], wrong: Bool[np.ndarray, "game ply"], noun: str, reason: str
) -> None:
    """Raise for the first wrong value, if there is one."""
    if wrong.any():
        game, ply = (int(index) for index in np.argwhere(wrong)[0])
        raise ShapeError(f"game {game}, ply {ply}: {noun} {values[game, ply]} {reason}")
