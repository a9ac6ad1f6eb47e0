"""Positions of different games that belong together: the same board reached in two ways, or boards one disc apart."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int64, Shaped, UInt64

from experiments.othello.games import Trace
from interp.errors import ShapeError


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of positions after the same number of moves and with the same player to move next.

    No game is in two pairs of one draw, so that pairs are independent.
    """

    first: Int64[np.ndarray, " pair"]
    """A game."""
    second: Int64[np.ndarray, " pair"]
    """Another game."""
    length: Int64[np.ndarray, " pair"]
    """Moves that either has made."""
    square: Int64[np.ndarray, " pair"]
    """The square whose disc belongs to different players; -1 in pairs that are not `apart`."""

    def __len__(self) -> int:
        return len(self.first)

    def part(self, rows: Shaped[np.ndarray, " some"]) -> "Pairs":
        """Some of the pairs, by number or by a mask."""
        return Pairs(self.first[rows], self.second[rows], self.length[rows], self.square[rows])


class _Here(NamedTuple):
    """What can be paired at one ply: positions of games that are in no pair yet, in random order."""

    game: Int64[np.ndarray, " row"]
    history: Int64[np.ndarray, " row"]
    """Equal numbers for equal histories."""
    board: Int64[np.ndarray, " row"]
    """Equal numbers for equal boards with the same player to move next."""
    black: UInt64[np.ndarray, " row"]
    white: UInt64[np.ndarray, " row"]
    turn: Int64[np.ndarray, " row"]
    """Who moves next."""

    def part(self, rows: Shaped[np.ndarray, " some"]) -> "_Here":
        return _Here(*(column[rows] for column in self))


def same(trace: Trace, lengths: range, rng: np.random.Generator) -> Pairs:
    """Pairs with the same board and player to move next, but other histories, after `lengths` moves.

    A history is taken once, from a random game that has it, and the histories of a board are paired at random until
    at most one is left over. Long histories are paired first, because they are rarer.
    """
    return _pairs(trace, lengths, rng, _same)


def apart(trace: Trace, lengths: range, rng: np.random.Generator) -> Pairs:
    """Pairs whose boards hold discs on the same squares, all but one (`Pairs.square`) of the same player.

    After any number of moves a board is taken once, from a random game that reaches it. Pairs are taken in random
    order while neither game is in one, long histories first.
    """
    return _pairs(trace, lengths, rng, _apart)


def strangers(trace: Trace, lengths: Int64[np.ndarray, " pair"], rng: np.random.Generator) -> Pairs:
    """Random pairs of different boards, one after each of `lengths` moves; `ShapeError` where there are too few."""
    wanted = {int(length): int(count) for length, count in zip(*np.unique(lengths, return_counts=True), strict=True)}
    found = _pairs(trace, wanted, rng, _strangers, wanted)
    for length, count in wanted.items():
        if (there := int((found.length == length).sum())) < count:
            raise ShapeError(
                f"of these games only {there} pairs have different boards after {length} moves, not {count}: play more"
            )
    return found


def evenly(lengths: Int64[np.ndarray, " item"], count: int, rng: np.random.Generator) -> Int64[np.ndarray, " chosen"]:
    """At most `count` items, of every length equally many as far as they last; the choice is random within lengths."""
    order = rng.permutation(len(lengths))
    order = order[np.argsort(lengths[order], kind="stable")]
    rank = _rank(lengths[order])
    # Of the last round only some lengths get another one, at random.
    return np.sort(order[np.lexsort((rng.random(len(order)), rank))][:count])


def _pairs(
    trace: Trace,
    lengths: Collection[int],
    rng: np.random.Generator,
    find: Callable[[_Here, np.random.Generator], Iterator[tuple[int, int, int]]],
    most: Mapping[int, int] | None = None,
) -> Pairs:
    """What `find` finds after each number of moves, `most` of it, without games that are in a pair already."""
    last = trace.black.shape[1]
    if not lengths or min(lengths) < 1 or max(lengths) > last:
        raise ShapeError(f"histories of these games have 1 to {last} moves, not {list(lengths)}")
    histories, used = _histories(trace, max(lengths)), np.zeros(len(trace.black), bool)
    found: list[tuple[int, int, int, int]] = []
    for length in sorted(lengths, reverse=True):
        fresh: list[tuple[int, int, int, int]] = []
        for first, second, square in find(_here(trace, histories[:, length - 1], length, ~used, rng), rng):
            if most and len(fresh) == most[length]:
                break
            if not (used[first] or used[second]):
                used[[first, second]] = True
                fresh.append((first, second, length, square))
        found += fresh
    return Pairs(*np.array(found, np.int64).reshape(-1, 4).T)


def _same(here: _Here, rng: np.random.Generator) -> Iterator[tuple[int, int, int]]:
    """Neighbours in the order of boards: the first with the second of a board, the third with the fourth."""
    here = here.part(np.unique(here.history, return_index=True)[1])
    order = rng.permutation(len(here.game))
    order = order[np.argsort(here.board[order], kind="stable")]
    board, game = here.board[order], here.game[order]
    pair = (board[1:] == board[:-1]) & (_rank(board)[:-1] % 2 == 0)
    for first, second in zip(game[:-1][pair], game[1:][pair], strict=True):
        yield int(first), int(second), -1


def _apart(here: _Here, rng: np.random.Generator) -> Iterator[tuple[int, int, int]]:
    """All boards that are one disc apart, in random order: equal once the owner of that square is erased."""
    here = here.part(np.unique(here.board, return_index=True)[1])
    squares = here.black | here.white
    # Few boards share their squares with another one, and only those can be one disc apart.
    shared = _classes(squares, here.turn)
    many = np.bincount(shared)[shared] > 1
    here, shared = here.part(many), shared[many]
    found: list[tuple[int, int, int]] = []
    for square in range(64):
        bit = np.uint64(1 << square)
        there = np.flatnonzero((here.black | here.white) & bit)
        erased = here.black[there] & ~bit
        order = np.lexsort((erased, shared[there]))
        equal = (np.diff(erased[order]) == 0) & (np.diff(shared[there][order]) == 0)
        game = here.game[there[order]]
        found += [(int(a), int(b), square) for a, b in zip(game[:-1][equal], game[1:][equal], strict=True)]
    for number in rng.permutation(len(found)):
        first, second, square = found[number]
        yield (first, second, square) if rng.random() < 0.5 else (second, first, square)


def _strangers(here: _Here, rng: np.random.Generator) -> Iterator[tuple[int, int, int]]:
    """Neighbours in random order, where their boards differ and the same player moves next."""
    order = rng.permutation(len(here.game))
    here = here.part(order[np.argsort(here.turn[order], kind="stable")])
    pair = (np.diff(here.turn) == 0) & (_rank(here.turn)[:-1] % 2 == 0) & (np.diff(here.board) != 0)
    for row in rng.permutation(np.flatnonzero(pair)):
        yield int(here.game[row]), int(here.game[row + 1]), -1


def _here(
    trace: Trace,
    history: Int64[np.ndarray, " game"],
    length: int,
    free: Bool[np.ndarray, " game"],
    rng: np.random.Generator,
) -> _Here:
    """The positions after `length` moves of the games that are free and have come so far."""
    game = rng.permutation(np.flatnonzero(free & trace.played[:, length - 1]))
    black, white = trace.black[game, length - 1], trace.white[game, length - 1]
    turn = trace.next_mover[game, length - 1].astype(np.int64)
    return _Here(game, history[game], _classes(black, white, turn), black, white, turn)


def _histories(trace: Trace, plies: int) -> Int64[np.ndarray, "game ply"]:
    """A number for every history, the same for the same moves in the same order; of its own for each ply."""
    discs = (trace.black | trace.white)[:, :plies]
    numbers = np.zeros(discs.shape, np.int64)
    # The squares that are occupied, in the order in which they came to be, are the history.
    for ply in range(discs.shape[1]):
        before = numbers[:, ply - 1] if ply else np.zeros(len(discs), np.int64)
        numbers[:, ply] = _classes(before, discs[:, ply])
    return numbers


def _classes(*columns: Shaped[np.ndarray, " row"]) -> Int64[np.ndarray, " row"]:
    """Equal numbers for rows that are equal in all columns, counted from 0."""
    order = np.lexsort(columns)
    new = np.zeros(len(order), bool)
    for column in columns:
        new[1:] |= column[order][1:] != column[order][:-1]
    numbers = np.empty(len(order), np.int64)
    numbers[order] = np.cumsum(new)
    return numbers


def _rank(values: Int64[np.ndarray, " row"]) -> Int64[np.ndarray, " row"]:
    """Of sorted values, how many equal ones stand before each."""
    starts = np.searchsorted(values, values)
    return np.arange(len(values)) - starts


__all__ = ["Pairs", "apart", "evenly", "same", "strangers"]
