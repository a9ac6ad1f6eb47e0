"""The rules of Othello on bitboards: one uint64 per colour, bit = square = size * row + column, a1 = 0."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import UInt8, UInt64

from interp.errors import InterpError

_Boards = UInt64[np.ndarray, "*game"]


class Position(NamedTuple):
    """The discs of the two players in each of many games."""

    mine: UInt64[np.ndarray, "*game"]
    """Discs of the player to move."""
    theirs: UInt64[np.ndarray, "*game"]
    """Discs of the opponent."""


class _Ray(NamedTuple):
    """One of the eight directions: how a board moves one square along it."""

    shift: Callable[[_Boards, int], _Boards]
    """`np.left_shift` towards higher squares, `np.right_shift` towards lower ones."""
    step: int
    """Bits to shift by."""
    inner: np.uint64
    """Squares from which one step in this direction or back stays in the row it belongs to."""


@dataclass(frozen=True)
class Rules:
    """The rules on a square board; every method works on whole arrays of games."""

    size: int = 8
    """Rows and columns: 4, 6 or 8."""

    def __post_init__(self) -> None:
        if self.size not in (4, 6, 8):
            raise InterpError(f"an Othello board of size {self.size!r} is not supported. Allowed: 4, 6, 8.")

    @property
    def squares(self) -> int:
        """Number of squares of the board."""
        return self.size * self.size

    @property
    def plies(self) -> int:
        """The most moves that a game can have: every square but the four centre ones."""
        return self.squares - 4

    @cached_property
    def full(self) -> np.uint64:
        """The bitboard with a disc on every square."""
        return _board(range(self.squares))

    @cached_property
    def centre(self) -> tuple[int, int, int, int]:
        """The squares occupied at the start (d4, e4, d5, e5 on the 8x8 board), sorted."""
        low = (self.size // 2 - 1) * (self.size + 1)
        return (low, low + 1, low + self.size, low + self.size + 1)

    @cached_property
    def playable(self) -> UInt8[np.ndarray, "playable"]:
        """The squares on which a disc can be put, sorted."""
        squares = np.setdiff1d(np.arange(self.squares), self.centre).astype(np.uint8)
        squares.flags.writeable = False
        return squares

    def start(self, count: int = 1) -> Position:
        """The opening position `count` times: black (`mine`) on e4 and d5 moves first, white holds d4 and e5."""
        d4, e4, d5, e5 = self.centre
        return Position(np.full(count, _board((e4, d5))), np.full(count, _board((d4, e5))))

    def legal(
        self, mine: UInt64[np.ndarray, "*game"], theirs: UInt64[np.ndarray, "*game"]
    ) -> UInt64[np.ndarray, "*game"]:
        """The squares on which the player of `mine` may put a disc; 0 where that player has to pass."""
        reached = np.zeros_like(mine)
        for ray in self._rays:
            run = self._run(mine, theirs & ray.inner, ray)
            reached |= ray.shift(run, ray.step)
        reached &= ~(mine | theirs) & self.full
        return reached

    def flips(
        self,
        mine: UInt64[np.ndarray, "*game"],
        theirs: UInt64[np.ndarray, "*game"],
        move: UInt64[np.ndarray, "*game"],
    ) -> UInt64[np.ndarray, "*game"]:
        """The discs of `theirs` that turn when `mine` puts a disc on `move` (a bitboard of one bit, or 0 for none)."""
        flipped = np.zeros_like(mine)
        for ray in self._rays:
            run = self._run(move, theirs & ray.inner, ray)
            closed = (ray.shift(run, ray.step) & mine) != 0
            flipped |= run * closed
        return flipped

    def _run(
        self, origin: UInt64[np.ndarray, "*game"], through: UInt64[np.ndarray, "*game"], ray: _Ray
    ) -> UInt64[np.ndarray, "*game"]:
        """The discs of `through` in an unbroken line from a disc of `origin` along `ray`."""
        shift, step = ray.shift, ray.step
        run = shift(origin, step)
        run &= through
        run |= shift(run, step) & through
        # From here two squares at a time: a line holds at most size - 2 discs between its ends.
        pairs = shift(through, step)
        pairs &= through
        for _ in range(self.size // 2 - 2):
            run |= shift(run, 2 * step) & pairs
        return run

    @cached_property
    def _rays(self) -> tuple[_Ray, ...]:
        """The eight directions. A disc between two others of a row or diagonal never lies in an outer column."""
        size = self.size
        inner = _board(square for square in range(self.squares) if 0 < square % size < size - 1)
        lines = ((1, inner), (size, self.full), (size - 1, inner), (size + 1, inner))
        return tuple(_Ray(shift, step, mask) for step, mask in lines for shift in (np.left_shift, np.right_shift))


def _board(squares: Iterable[int]) -> np.uint64:
    """The bitboard with a disc on each of `squares`."""
    return np.uint64(sum(1 << square for square in squares))
