"""Pairs of positions to compare: the same board by two paths, boards one disc apart, and any two boards."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int, Int64, UInt8
from torch import Tensor

from experiments.othello.edits.settings import Settings
from experiments.othello.games import BLACK, Trace, random_games, replay, stream
from experiments.othello.rules import Rules
from experiments.othello.tokens import NO_MOVE, encode
from experiments.othello.twins import Pairs, apart, evenly, same, strangers
from interp.errors import InterpError

SAME, APART, STRANGERS = "same board", "one disc apart", "other board"
KINDS = (SAME, APART, STRANGERS)
"""What the two positions of a pair have in common beside the number of moves and the player to move next."""


@dataclass(frozen=True, eq=False)
class Found:
    """Pairs of every kind out of one pool of games: as many of each after each number of moves."""

    rules: Rules
    moves: UInt8[np.ndarray, "game ply"]
    trace: Trace
    pairs: Mapping[str, Pairs]
    """By kind; row by row of the same length, from the shortest to the longest."""

    def tokens(self, kind: str) -> Int[Tensor, "two pair ply"]:
        """The histories of both positions of every pair, 0 after their end."""
        pairs = self.pairs[kind]
        games, ply = np.stack([pairs.first, pairs.second]), np.arange(int(pairs.length.max()))
        moves = np.where(ply < pairs.length[:, None], self.moves[games][:, :, : len(ply)], NO_MOVE).astype(np.uint8)
        return torch.from_numpy(np.stack([encode(self.rules, one) for one in moves]))


def find_pairs(rules: Rules, settings: Settings, seed: int, most: int) -> Found:
    """At most so many pairs of each kind in random games of their own, of every length as equally many as there are.

    Raises `InterpError` where the pool has none.
    """
    last, rng = min(settings.last_ply, rules.plies - 1), stream(seed, "edit transpositions: choices", 0)
    lengths = range(settings.first_ply, last + 1)
    moves = random_games(rules, settings.pool, stream(seed, "edit transpositions", 0)).moves[:, :last]
    trace = replay(rules, moves)
    twins, near = (_going_on(trace, find(trace, lengths, rng)) for find in (same, apart))
    here = np.intersect1d(twins.length, near.length)
    fewest = {int(one): min(int((twins.length == one).sum()), int((near.length == one).sum())) for one in here}
    if not fewest:
        raise InterpError(
            f"no board is reached by two paths and one disc apart in {settings.pool:,} random games after "
            f"{settings.first_ply} to {settings.last_ply} moves: raise `pool`, or lower `first_ply`."
        )
    wanted = np.repeat(np.array(list(fewest)), list(fewest.values()))
    wanted = np.sort(wanted[evenly(wanted, most, rng)])
    pairs = {SAME: _part(twins, wanted, rng), APART: _part(near, wanted, rng)}
    return Found(rules, moves, trace, pairs | {STRANGERS: _part(strangers(trace, wanted, rng), wanted, rng)})


def _going_on(trace: Trace, pairs: Pairs) -> Pairs:
    """Pairs of positions that are followed by a move."""
    at = pairs.length - 1
    return pairs.part((trace.legal[pairs.first, at] != 0) & (trace.legal[pairs.second, at] != 0))


def _part(pairs: Pairs, lengths: Int64[np.ndarray, " chosen"], rng: np.random.Generator) -> Pairs:
    """Random pairs of these lengths, in this order."""
    order = rng.permutation(len(pairs))
    chosen = [
        order[pairs.length[order] == length][:count]
        for length, count in zip(*np.unique(lengths, return_counts=True), strict=True)
    ]
    return pairs.part(np.concatenate(chosen))


def swapped(found: Found) -> Int64[np.ndarray, " pair"]:
    """How many squares another player put the disc on in the two histories of each pair with the same board.

    The squares themselves are the same, since the board is: paths to one board differ in the order of the moves, and
    in who made them.
    """
    pairs = found.pairs[SAME]
    put = [_put_by_black(found, games, pairs.length) for games in (pairs.first, pairs.second)]
    return np.asarray(np.bitwise_count(put[0] ^ put[1]), np.int64)


def misplaced(found: Found) -> Int64[np.ndarray, " pair"]:
    """At how many plies the two histories of each pair with the same board have another move."""
    first, second = found.tokens(SAME)
    return np.asarray((first != second).sum(1).numpy(), np.int64)


def ending(found: Found) -> Int64[np.ndarray, " pair"]:
    """How many moves both histories of each pair with the same board end with."""
    pairs = found.pairs[SAME]
    equal = (found.moves[pairs.first] == found.moves[pairs.second]) | (
        np.arange(found.moves.shape[1]) >= pairs.length[:, None]
    )
    backward = np.cumprod(equal[:, ::-1], axis=1).sum(1)
    return np.asarray(backward - (found.moves.shape[1] - pairs.length), np.int64)


def _put_by_black(found: Found, games: Int64[np.ndarray, " pair"], length: Int64[np.ndarray, " pair"]) -> np.ndarray:
    counted = (np.arange(found.moves.shape[1]) < length[:, None]) & (found.trace.mover[games] == BLACK)
    squares = np.where(counted, found.moves[games], 0).astype(np.uint64)
    # Squares of a game are all different, so that the sum of their bits is their union.
    return np.asarray(np.where(counted, np.uint64(1) << squares, np.uint64(0)).sum(1, dtype=np.uint64))


__all__ = ["APART", "KINDS", "SAME", "STRANGERS", "Found", "ending", "find_pairs", "misplaced", "swapped"]
