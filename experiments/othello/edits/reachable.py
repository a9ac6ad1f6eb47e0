"""Proof that no game leads to a board: nobody can have made the last move."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, UInt64

from experiments.othello.rules import Rules


def unreachable(
    rules: Rules, mine: UInt64[np.ndarray, " board"], theirs: UInt64[np.ndarray, " board"]
) -> Bool[np.ndarray, " board"]:
    """Whether it is certain that no legal game ends in these boards with the player of `mine` to move next.

    True is a proof, False only means that none was found: the board has a predecessor, which is not looked at any
    further than for discs that hang in the air. Also True where the board cannot be one at all (an empty centre, two
    discs on one square, discs apart from the centre) and where the player to move would have to pass.
    """
    options, answers = rules.legal(mine, theirs), rules.legal(theirs, mine)
    (black,), (white,) = rules.start()
    opening: Bool[np.ndarray, " board"] = (mine == black) & (theirs == white)
    wrong = ~_possible(rules, mine | theirs) | ((mine & theirs) != 0) | ((options == 0) & (answers != 0))
    proved = ~opening
    # Whoever moves twice in a row could move, and the other one could not.
    again = (answers == 0) & (options != 0)
    # A board is out of the search as soon as somebody may have made the last move.
    left = np.flatnonzero(~opening & ~wrong)
    for square in rules.playable:
        last = _last(rules, theirs[left], mine[left], int(square))
        last |= _last(rules, mine[left], theirs[left], int(square)) & again[left]
        proved[left[last]] = False
        left = left[~last]
    return proved


def _last(
    rules: Rules, mover: UInt64[np.ndarray, " board"], other: UInt64[np.ndarray, " board"], square: int
) -> Bool[np.ndarray, " board"]:
    """Whether the disc of `mover` on a square may have been put last: it turned something, and everything it could."""
    bit, found = np.uint64(1 << square), np.zeros(len(mover), bool)
    turned = found.copy()
    for pair in _closed(rules, square):
        turned |= (mover & pair) == pair
    rows = np.flatnonzero(turned & ((mover & bit) != 0))
    mover, other = mover[rows], other[rows]
    # Discs of the other between this one and another of the mover's would have been turned.
    missed = rules.flips(mover, other, np.full(len(rows), bit))
    found[rows] = (missed == 0) & _possible(rules, (mover | other) & ~bit)
    return found


def _closed(rules: Rules, square: int) -> Iterator[np.uint64]:
    """The two next squares in each direction: a disc that was turned, and one that closed the line."""
    row, column = divmod(square, rules.size)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            ends = row + 2 * down, column + 2 * right
            if (down or right) and all(0 <= end < rules.size for end in ends):
                step = down * rules.size + right
                yield np.uint64(1 << square + step | 1 << square + 2 * step)


def _possible(rules: Rules, discs: UInt64[np.ndarray, " board"]) -> Bool[np.ndarray, " board"]:
    """Whether discs lie as they can: on all of the centre, and each with a chain of neighbours that leads there."""
    centre = np.uint64(sum(1 << square for square in rules.centre))
    reached = discs & centre
    while True:
        grown = _around(rules, reached) & discs
        if (grown == reached).all():
            whole: Bool[np.ndarray, " board"] = (discs & centre == centre) & (reached == discs)
            return whole
        reached = grown


def _around(rules: Rules, discs: UInt64[np.ndarray, " board"]) -> UInt64[np.ndarray, " board"]:
    """Squares with a disc, and their neighbours."""
    size = rules.size
    first = np.uint64(sum(1 << square for square in range(0, rules.squares, size)))
    wide = discs | (discs & ~(first << np.uint64(size - 1))) << np.uint64(1) | (discs & ~first) >> np.uint64(1)
    around: UInt64[np.ndarray, " board"] = (wide | wide << np.uint64(size) | wide >> np.uint64(size)) & rules.full
    return around


__all__ = ["unreachable"]
