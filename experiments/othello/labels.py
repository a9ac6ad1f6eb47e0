"""What a probe is asked for: the board as numbers, one per square, at every ply of some games.

Every label at ply p belongs to the moment after the move of ply p, which is the last token that a model has read
there, as in Li et al. 2023 (arXiv 2210.13382) and Nanda et al. 2023 (arXiv 2309.00941). With `before=True` it is
the board before that move, which is what Du et al. 2025 (arXiv 2501.07108) train their probes on: off by one, so a
perfect tracker of the present board scores about 95 % on it.

"Mine" is always the player to move next, read from the true movers and not from the parity of the ply, which is wrong
after a pass. The published codes differ: class 1 of Nanda et al. is the player who has just moved, here `THEIRS`.
Before the move of ply p, the player to move next is the mover of ply p, the "own" of Du et al.

Rows after the end of a game repeat its last position (before the move: also the last); leave them out with
`trace.played`.
"""

from enum import IntEnum

import numpy as np
from jaxtyping import Bool, Int8, UInt64

from experiments.othello.games import BLACK, Trace
from experiments.othello.rules import Rules


class Colour(IntEnum):
    """What stands on a square, the same for both players."""

    EMPTY = 0
    BLACK = 1
    WHITE = 2


class Owner(IntEnum):
    """What stands on a square, for the player to move next."""

    EMPTY = 0
    MINE = 1
    THEIRS = 2


def colours(trace: Trace, *, before: bool = False) -> Int8[np.ndarray, "game ply square"]:
    """The `Colour` of every square after each move, or before it."""
    return _board(trace, trace.black, trace.white, before)


def relative(trace: Trace, *, before: bool = False) -> Int8[np.ndarray, "game ply square"]:
    """The `Owner` of every square after each move, or before it; at the end `MINE` is whom the last mover faced."""
    black_next = trace.next_mover == BLACK
    mine = np.where(black_next, trace.black, trace.white)
    theirs = np.where(black_next, trace.white, trace.black)
    # Nobody sits between two moves: whoever moves next after ply p - 1 is the mover of ply p.
    return _board(trace, mine, theirs, before)


def flipped(trace: Trace) -> Bool[np.ndarray, "game ply square"]:
    """Which discs the move turned, the disc that was put not among them."""
    return _squares(trace.rules, trace.flipped)


def legal(trace: Trace) -> Bool[np.ndarray, "game ply square"]:
    """Where the player to move next may move; nowhere when the game is over."""
    return _squares(trace.rules, trace.legal)


def _board(
    trace: Trace, first: UInt64[np.ndarray, "game ply"], second: UInt64[np.ndarray, "game ply"], before: bool
) -> Int8[np.ndarray, "game ply square"]:
    """1 on the discs of `first`, 2 on those of `second`, 0 elsewhere, for black and white or for mine and theirs."""
    if before:
        # Black moves first, so that at the start the first player is black in both readings.
        mine, theirs = trace.rules.start(len(first))
        first = np.column_stack([mine, first])[:, :-1]
        second = np.column_stack([theirs, second])[:, :-1]
    board = _squares(trace.rules, first).view(np.int8)
    board += _squares(trace.rules, second).view(np.int8) * np.int8(2)
    return board


def _squares(rules: Rules, boards: UInt64[np.ndarray, "game ply"]) -> Bool[np.ndarray, "game ply square"]:
    """Bitboards as one truth value per square."""
    octets = np.ascontiguousarray(boards, dtype="<u8")[..., None].view(np.uint8)
    bits = np.unpackbits(octets, axis=-1, bitorder="little", count=rules.squares)
    return bits.view(np.bool_)
