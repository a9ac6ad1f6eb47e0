"""Othello games by the block: play random ones, replay given ones."""

import hashlib
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int8, Int64, UInt8, UInt64

from experiments.othello.rules import Position, Rules
from experiments.othello.tokens import NO_MOVE, name
from interp.errors import InterpError, ShapeError

BLACK, WHITE, NOBODY = 0, 1, -1
"""Players as they stand in a `Trace`."""

_BLOCK = 4096
"""Games played at the same time: few enough to stay in the cache, many enough to hide the calls."""


class Games(NamedTuple):
    """Finished games."""

    moves: UInt8[np.ndarray, "game ply"]
    """Square of each move; 255 after the end. A forced pass is implicit: the same player moves again."""
    length: UInt8[np.ndarray, "game"]
    """Moves in each game."""


class Trace(NamedTuple):
    """Every position of some games. Rows after the last move repeat the last position."""

    rules: Rules
    """The rules they were played by."""
    black: UInt64[np.ndarray, "game ply"]
    """Black discs after each move."""
    white: UInt64[np.ndarray, "game ply"]
    """White discs after each move."""
    mover: Int8[np.ndarray, "game ply"]
    """Who made the move: 0 black, 1 white; -1 after the last move."""
    next_mover: Int8[np.ndarray, "game ply"]
    """Who moves next, passes taken into account; when the game is over, the opponent of the last mover."""
    legal: UInt64[np.ndarray, "game ply"]
    """Where `next_mover` may move; 0 when the game is over."""
    flipped: UInt64[np.ndarray, "game ply"]
    """Discs turned by the move, without the disc that was put; 0 after the last move."""
    played: Bool[np.ndarray, "game ply"]
    """True where a move was made, False on padding."""


def stream(seed: int, purpose: str, block: int) -> np.random.Generator:
    """The random stream of one block of games: a pure function of its arguments.

    Streams with another seed, purpose ("train", "held out") or block are independent, so held-out games never
    share a stream with training games, and any block can be made again without those before it.
    """
    if seed < 0 or block < 0:
        raise InterpError(f"seed and block must be 0 or more, not {seed} and {block}.")
    digest = hashlib.sha256(purpose.encode()).digest()
    # Four words, always: with a fixed length no two pairs of purpose and block can spell the same key.
    words = (int.from_bytes(digest[start : start + 4], "little") for start in range(0, 16, 4))
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(*words, block))))


def random_games(rules: Rules, count: int, rng: np.random.Generator) -> Games:
    """Play `count` games in which every move is uniform among the legal ones; the same `rng` state, the same games."""
    if count < 0:
        raise InterpError(f"cannot play {count} games; the count must be 0 or more.")
    moves = np.full((count, rules.plies), NO_MOVE, dtype=np.uint8)
    for begin in range(0, count, _BLOCK):
        _play(rules, moves[begin : begin + _BLOCK], rng)
    return Games(moves, (moves != NO_MOVE).sum(axis=1, dtype=np.uint8))


def _play(rules: Rules, moves: UInt8[np.ndarray, "game ply"], rng: np.random.Generator) -> None:
    """Fill `moves` with random games."""
    mine, theirs = rules.start(len(moves))
    for ply in range(rules.plies):
        mine, theirs, legal, _ = _settle(rules, mine, theirs)
        options = np.bitwise_count(legal)
        if not options.any():
            break
        # A product of a float below 1 and a whole number below 64 never rounds up to that number.
        square = _nth_bit(legal, (rng.random(len(moves)) * options).astype(np.uint8))
        moves[:, ply] = np.where(options > 0, square, NO_MOVE)
        # A game that is over has no legal square, so nothing is put and nothing turns.
        move = (np.uint64(1) << square) & legal
        flipped = rules.flips(mine, theirs, move)
        mine, theirs = theirs ^ flipped, mine | move | flipped


def _settle(
    rules: Rules, mine: UInt64[np.ndarray, "game"], theirs: UInt64[np.ndarray, "game"]
) -> tuple[
    UInt64[np.ndarray, "game"], UInt64[np.ndarray, "game"], UInt64[np.ndarray, "game"], Int64[np.ndarray, "passed"]
]:
    """Pass where the player to move has to: (mine, theirs, legal, games that passed). Not where nobody can move."""
    legal = rules.legal(mine, theirs)
    stuck = np.flatnonzero(legal == 0)
    if not stuck.size:
        return mine, theirs, legal, stuck
    answer = rules.legal(theirs[stuck], mine[stuck])
    passed = stuck[answer != 0]
    legal[stuck] = answer
    mine, theirs = mine.copy(), theirs.copy()
    mine[passed], theirs[passed] = theirs[passed], mine[passed]
    return mine, theirs, legal, passed


def _nth_bit(bits: UInt64[np.ndarray, "game"], n: UInt8[np.ndarray, "game"]) -> UInt64[np.ndarray, "game"]:
    """The place of the n-th set bit (the lowest is number 0), by halving; meaningless where there is none."""
    place = np.zeros_like(bits)
    for width in (32, 16, 8, 4, 2, 1):
        below = np.bitwise_count((bits >> place) & np.uint64((1 << width) - 1))
        above = n >= below
        n = n - below * above
        place += above * np.uint64(width)
    return place


def replay(rules: Rules, moves: UInt8[np.ndarray, "game ply"]) -> Trace:
    """Every position of the given games, whole or cut short; raises `ShapeError` at the first illegal move."""
    played = _played(rules, moves)
    shape = moves.shape
    black, white, legal, flipped = (np.zeros(shape, dtype=np.uint64) for _ in range(4))
    mover, next_mover = (np.full(shape, NOBODY, dtype=np.int8) for _ in range(2))
    now = Position(*rules.start(len(moves)))
    options = rules.legal(*now)
    player = np.full(len(moves), BLACK, dtype=np.int8)
    for ply in range(shape[1]):
        here = played[:, ply]
        move = _bit(rules, moves[:, ply])
        _require_legal(rules, moves, ply, here & ((move & options) == 0), player, options)
        turned = rules.flips(now.mine, now.theirs, move)
        mover[:, ply] = np.where(here, player, NOBODY)
        flipped[:, ply] = turned
        mine = np.where(here, now.theirs ^ turned, now.mine)
        theirs = np.where(here, now.mine | move | turned, now.theirs)
        player = np.where(here, 1 - player, player).astype(np.int8)
        mine, theirs, options, passed = _settle(rules, mine, theirs)
        player[passed] = 1 - player[passed]
        now = Position(mine, theirs)
        legal[:, ply], next_mover[:, ply] = options, player
        black[:, ply] = np.where(player == BLACK, mine, theirs)
        white[:, ply] = np.where(player == BLACK, theirs, mine)
    return Trace(rules, black, white, mover, next_mover, legal, flipped, played)


def score(trace: Trace) -> Int64[np.ndarray, "game"]:
    """Black's final score: its discs, and the empty squares if it has more discs (half of them in a draw).

    Of a game cut short this is the score as if it had ended there; `trace.legal[:, -1] == 0` tells which are over.
    """
    if trace.black.shape[1] == 0:
        raise ShapeError("games without a move have no final score; hand in at least one ply.")
    black = np.bitwise_count(trace.black[:, -1]).astype(np.int64)
    white = np.bitwise_count(trace.white[:, -1]).astype(np.int64)
    share = 1 + np.sign(black - white)
    scores: Int64[np.ndarray, "game"] = black + (trace.rules.squares - black - white) * share // 2
    return scores


def _played(rules: Rules, moves: UInt8[np.ndarray, "game ply"]) -> Bool[np.ndarray, "game ply"]:
    """Where a move was made, after a look at everything that can be wrong without playing."""
    if moves.shape[1] > rules.plies:
        raise ShapeError(f"{moves.shape[1]} plies are more than a game on this board can have ({rules.plies}).")
    played: Bool[np.ndarray, "game ply"] = moves != NO_MOVE
    gaps = np.argwhere(played[:, 1:] & ~played[:, :-1])
    if len(gaps):
        game, ply = (int(index) for index in gaps[0])
        raise ShapeError(
            f"game {game}, ply {ply + 1}: a move follows padding ({NO_MOVE}). A pass is not written; "
            "leave it out and let the next move follow."
        )
    return played


def _bit(rules: Rules, squares: UInt8[np.ndarray, "game"]) -> UInt64[np.ndarray, "game"]:
    """The bitboard of each square, 0 for padding and for what is off the board."""
    on_board = squares < rules.squares
    return np.where(on_board, np.uint64(1) << np.where(on_board, squares, 0).astype(np.uint64), np.uint64(0))


def _require_legal(
    rules: Rules,
    moves: UInt8[np.ndarray, "game ply"],
    ply: int,
    wrong: Bool[np.ndarray, "game"],
    player: Int8[np.ndarray, "game"],
    options: UInt64[np.ndarray, "game"],
) -> None:
    """Raise for the first game in which the move of this ply is illegal."""
    if not wrong.any():
        return
    game = int(np.argmax(wrong))
    square, legal = int(moves[game, ply]), int(options[game])
    shown = f"{name(rules, square)} (square {square})" if square < rules.squares else f"square {square}"
    allowed = [f"{name(rules, place)} ({place})" for place in range(rules.squares) if legal >> place & 1]
    reason = f"Legal: {', '.join(allowed)}." if allowed else "The game is over."
    colour = "black" if player[game] == BLACK else "white"
    raise ShapeError(f"game {game}, ply {ply}: {shown} is not a legal move for {colour}. {reason}")
