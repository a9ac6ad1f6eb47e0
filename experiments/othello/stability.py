"""Which discs are stable, by three definitions: the published rule, a strict criterion, and hindsight.

A disc is stable when it cannot be flipped for the rest of the game. The three labels disagree on what of this can be
seen on the board:

- `published`: the rule that Du et al. 2025 (arXiv 2501.07108, section 3.4) compute, as their code does;
- `strict`: what the usual criterion proves from the discs alone; whatever it marks is stable;
- `hindsight`: what this game did not flip any more, whether or not it could have.

Strict implies hindsight. The published rule implies neither: it does not look at colours. A position is the board
after a move, and nothing is stable in the rows after the end of a game (in the published code whole edges are there).
"""

from collections.abc import Callable, Mapping

import numpy as np
from jaxtyping import Bool, Int64

from experiments.othello.games import Trace
from experiments.othello.labels import Colour, colours, flipped

_AXES = ((0, 1), (1, 0), (1, 1), (1, -1))
"""Steps along rows, columns and both diagonals."""


def published(trace: Trace) -> Bool[np.ndarray, "game ply square"]:
    """The rule of Du et al. 2025, flaws included: corners, then one pass along each edge.

    An occupied corner is stable. Then the upper and the lower edge are gone through once from left to right, and the
    left and the right one once from top to bottom: an occupied square becomes stable next to a stable one. So:

    - colours do not count: a disc beside a corner of the other colour is called stable, and may flip on the next move;
    - one pass carries stability from a1 all along its edges, but from h1, a8 and h8 backwards by one square only;
    - the interior, where all eight neighbours must be stable before, stays empty even on a full board: every interior
      square has an interior neighbour, and none is the first.
    """
    size = trace.rules.size
    occupied = _grid(trace, colours(trace) != Colour.EMPTY)
    stable = np.zeros_like(occupied)
    ends = np.ix_(range(len(occupied)), (0, size - 1), (0, size - 1))
    stable[ends] = occupied[ends]
    for edge in (0, size - 1):
        for line, here in ((stable[:, edge], occupied[:, edge]), (stable[:, :, edge], occupied[:, :, edge])):
            for place in range(1, size - 1):
                line[:, place] = here[:, place] & (line[:, place - 1] | line[:, place + 1])
    return _squares(trace, stable)


def strict(trace: Trace) -> Bool[np.ndarray, "game ply square"]:
    """The usual sufficient criterion, repeated until nothing is added: what it marks can never be flipped.

    A disc is stable when it is held along all four axes, and held along an axis when there one of its neighbours is
    off the board or a stable disc of its own colour, or when every square of the line is taken.
    """
    board = colours(trace)
    full = _full_lines(_grid(trace, board != Colour.EMPTY))
    sides = (_grid(trace, board == colour) for colour in (Colour.BLACK, Colour.WHITE))
    black, white = (_held(own, full) for own in sides)
    return _squares(trace, black | white)


def hindsight(trace: Trace) -> Bool[np.ndarray, "game ply square"]:
    """Taken and not flipped again in the rest of this game; other games from here may well flip it."""
    turned = flipped(trace)
    later = np.zeros_like(turned)
    later[:, :-1] = np.logical_or.accumulate(turned[:, :0:-1], axis=1)[:, ::-1]
    kept: Bool[np.ndarray, "game ply square"] = (colours(trace) != Colour.EMPTY) & ~later & trace.played[..., None]
    return kept


DEFINITIONS: Mapping[str, Callable[[Trace], Bool[np.ndarray, "game ply square"]]] = {
    "published": published,
    "strict": strict,
    "hindsight": hindsight,
}
"""The labels by name."""


def _held(
    own: Bool[np.ndarray, "board row column"], full: Bool[np.ndarray, "axis board row column"]
) -> Bool[np.ndarray, "board row column"]:
    """The discs of one colour that are stable; only boards that changed in one round are looked at in the next."""
    stable = np.zeros_like(own)
    active = np.arange(len(own))
    while len(active):
        now = stable[active]
        padded = np.pad(now, ((0, 0), (1, 1), (1, 1)), constant_values=True)  # off the board holds any colour
        found = own[active]
        for axis, (down, right) in enumerate(_AXES):
            found &= full[axis, active] | _shifted(padded, down, right) | _shifted(padded, -down, -right)
        changed = (found != now).any((1, 2))
        stable[active] = found
        active = active[changed]
    return stable


def _shifted(
    padded: Bool[np.ndarray, "board high wide"], down: int, right: int
) -> Bool[np.ndarray, "board row column"]:
    """For every square within the padding its neighbour in one direction."""
    rows, columns = padded.shape[1] - 2, padded.shape[2] - 2
    neighbours: Bool[np.ndarray, "board row column"] = padded[
        :, 1 + down : 1 + down + rows, 1 + right : 1 + right + columns
    ]
    return neighbours


def _full_lines(occupied: Bool[np.ndarray, "board row column"]) -> Bool[np.ndarray, "axis board row column"]:
    """Whether every square of the line through a square is taken, along each axis."""
    boards, size = len(occupied), occupied.shape[1]
    empty = (~occupied).reshape(boards, size * size).astype(np.float32)
    full = np.empty((len(_AXES), *occupied.shape), dtype=bool)
    for axis, line in enumerate(_lines(size)):
        gaps = empty @ (line[:, None] == np.arange(2 * size - 1)).astype(np.float32)
        full[axis] = (gaps == 0)[:, line].reshape(occupied.shape)
    return full


def _lines(size: int) -> Int64[np.ndarray, "axis square"]:
    """The number of the line that each square lies on, along rows, columns and diagonals as in `_AXES`."""
    row, column = np.divmod(np.arange(size * size), size)
    return np.stack([row, column, row - column + size - 1, row + column])


def _grid(trace: Trace, squares: Bool[np.ndarray, "game ply square"]) -> Bool[np.ndarray, "board row column"]:
    """The boards of all positions that were played, one after the other."""
    size = trace.rules.size
    grid: Bool[np.ndarray, "board row column"] = squares[trace.played].reshape(-1, size, size)
    return grid


def _squares(trace: Trace, boards: Bool[np.ndarray, "board row column"]) -> Bool[np.ndarray, "game ply square"]:
    """Back to games and plies; nothing is stable where nothing was played."""
    found = np.zeros((*trace.played.shape, trace.rules.squares), dtype=bool)
    found[trace.played] = boards.reshape(-1, trace.rules.squares)
    return found


__all__ = ["DEFINITIONS", "hindsight", "published", "strict"]
