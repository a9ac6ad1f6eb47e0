"""Pairs to compare, and how their paths differ."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from experiments.othello.edits.settings import Settings
from experiments.othello.edits.transpositions.pairs import (
    APART,
    KINDS,
    SAME,
    STRANGERS,
    Found,
    ending,
    find_pairs,
    misplaced,
    swapped,
)
from experiments.othello.games import BLACK, replay
from experiments.othello.rules import Rules
from experiments.othello.tokens import decode, square
from experiments.othello.twins import Pairs
from interp.errors import InterpError

RULES = Rules(6)
SETTINGS = Settings(pool=2000, first_ply=4, last_ply=12)


@pytest.fixture(scope="module")
def found() -> Found:
    return find_pairs(RULES, SETTINGS, 0, most=60)


def boards(found: Found, kind: str) -> np.ndarray:
    """Black, white and the next mover, [two, pair, 3], from the tokens alone."""
    last = found.pairs[kind].length - 1
    rows = []
    for tokens in found.tokens(kind):
        trace = replay(RULES, decode(RULES, tokens.numpy()))
        at = np.arange(len(last)), last
        rows.append(np.stack([trace.black[at], trace.white[at], trace.next_mover[at].astype(np.uint64)], axis=1))
    return np.stack(rows)


def test_every_kind_has_as_many_pairs_of_every_length(found: Found) -> None:
    assert set(found.pairs) == set(KINDS)
    assert 30 < len(found.pairs[SAME]) <= 60
    for pairs in found.pairs.values():
        assert pairs.length.tolist() == found.pairs[SAME].length.tolist()
    assert (np.diff(found.pairs[SAME].length) >= 0).all()


def test_the_boards_are_the_same_or_one_disc_apart_or_different(found: Found) -> None:
    first, second = boards(found, SAME)
    assert (first == second).all()
    assert (found.tokens(SAME)[0] != found.tokens(SAME)[1]).any(-1).all()
    first, second = boards(found, APART)
    assert (np.bitwise_count(first[:, 0] ^ second[:, 0]) == 1).all()
    assert (first[:, 0] | first[:, 1] == second[:, 0] | second[:, 1]).all()
    first, second = boards(found, STRANGERS)
    assert (first[:, :2] != second[:, :2]).any(1).all()


def test_every_position_is_followed_by_a_move(found: Found) -> None:
    for pairs in found.pairs.values():
        for games in (pairs.first, pairs.second):
            assert (found.trace.legal[games, pairs.length - 1] != 0).all()


def test_a_pool_without_pairs_says_so() -> None:
    with pytest.raises(InterpError, match=r"no board is reached by two paths .* in 5 random games .* raise `pool`"):
        find_pairs(RULES, replace(SETTINGS, pool=5), 0, most=60)


def made(*games: str) -> Found:
    """Two histories as a pair with the same board; the second may end in another game."""
    rules = Rules(8)
    moves = np.array([[square(rules, move) for move in game.split()] for game in games], np.uint8)
    length = np.array([moves.shape[1]])
    pairs = Pairs(np.array([0]), np.array([1]), length, np.array([-1]))
    return Found(rules, moves, replay(rules, moves), {SAME: pairs})


def test_how_two_paths_differ_by_hand() -> None:
    # Black plays d3 and c4 in either order: the same discs of each player, two plies with another move.
    found = made("d3 c3 c4 e3", "c4 c3 d3 e3")
    assert (swapped(found).tolist(), misplaced(found).tolist(), ending(found).tolist()) == ([0], [2], [1])


def test_how_two_paths_differ_one_by_one(found: Found) -> None:
    pairs, (first, second) = found.pairs[SAME], found.tokens(SAME)
    for row, length in enumerate(pairs.length.tolist()):
        one, other = first[row, :length].tolist(), second[row, :length].tolist()
        assert misplaced(found)[row] == sum(a != b for a, b in zip(one, other, strict=True))
        shared = 0
        while one[length - 1 - shared] == other[length - 1 - shared]:
            shared += 1
        assert ending(found)[row] == shared
        black = [
            {move for move, mover in zip(way, found.trace.mover[game, :length], strict=True) if mover == BLACK}
            for way, game in ((one, pairs.first[row]), (other, pairs.second[row]))
        ]
        assert swapped(found)[row] == len(black[0] ^ black[1])
        assert set(one) == set(other)


def test_tokens_end_with_the_history(found: Found) -> None:
    length = torch.from_numpy(found.pairs[APART].length)
    assert torch.equal((found.tokens(APART) > 0).sum(-1), length.expand(2, -1))
