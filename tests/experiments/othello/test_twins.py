"""Twins of games, found by sorting, against all pairs looked at one by one."""

from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np
import pytest

from experiments.othello.games import Games, Trace, random_games, replay
from experiments.othello.rules import Rules
from experiments.othello.twins import Pairs, apart, evenly, same, strangers
from interp.errors import ShapeError

BOARDS = (Rules(4), Rules(6), Rules(8))


def pool(rules: Rules, count: int = 120, seed: int = 0) -> tuple[Games, Trace]:
    games = random_games(rules, count, np.random.default_rng(seed))
    return games, replay(rules, games.moves)


def key(trace: Trace, game: int, length: int) -> tuple[int, int, int]:
    return tuple(int(part[game, length - 1]) for part in (trace.black, trace.white, trace.next_mover))  # type: ignore


def history(games: Games, game: int, length: int) -> tuple[int, ...]:
    return tuple(games.moves[game, :length].tolist())


def one_by_one(games: Games, trace: Trace, length: int) -> Iterator[tuple[int, int, int]]:
    """All pairs that are the same (-1) or one disc apart (its square)."""
    reached = np.flatnonzero(games.length >= length).tolist()
    positions = [(game, key(trace, game, length), history(games, game, length)) for game in reached]
    for (a, (black, white, turn), way), (b, (other, rest, other_turn), other_way) in combinations(positions, 2):
        if turn != other_turn or black | white != other | rest or way == other_way:
            continue
        if black == other:
            yield a, b, -1
        elif (black ^ other).bit_count() == 1:
            yield a, b, (black ^ other).bit_length() - 1


def rows(pairs: Pairs) -> Iterator[tuple[int, ...]]:
    columns = (pairs.first, pairs.second, pairs.length, pairs.square)
    return zip(*(column.tolist() for column in columns), strict=True)


def require_disjoint(pairs: Pairs) -> None:
    games = np.concatenate([pairs.first, pairs.second])
    assert len(set(games.tolist())) == len(games)


@pytest.mark.parametrize("rules", BOARDS, ids=str)
@pytest.mark.parametrize("find", [same, apart])
def test_every_pair_is_one_that_is_found_by_looking_at_all(
    rules: Rules, find: Callable[[Trace, range, np.random.Generator], Pairs]
) -> None:
    games, trace = pool(rules, 300)
    pairs = find(trace, range(3, 8), np.random.default_rng(1))
    assert len(pairs) > 2
    require_disjoint(pairs)
    known = {length: set(one_by_one(games, trace, length)) for length in range(3, 8)}
    for first, second, length, square in rows(pairs):
        assert (min(first, second), max(first, second), square) in known[length]


@pytest.mark.parametrize("rules", BOARDS, ids=str)
@pytest.mark.parametrize("length", [3, 5, 6, 7])
def test_of_every_board_as_many_histories_are_paired_as_can_be(rules: Rules, length: int) -> None:
    games, trace = pool(rules)
    histories: dict[tuple[int, int, int], set[tuple[int, ...]]] = {}
    for game in np.flatnonzero(games.length >= length).tolist():
        histories.setdefault(key(trace, game, length), set()).add(history(games, game, length))
    pairs = same(trace, range(length, length + 1), np.random.default_rng(0))
    taken = [key(trace, game, length) for game in pairs.first.tolist()]
    assert {board: taken.count(board) for board in histories} == {b: len(h) // 2 for b, h in histories.items()}
    ways = [history(games, game, length) for game in [*pairs.first.tolist(), *pairs.second.tolist()]]
    assert len(ways) == len(set(ways))


@pytest.mark.parametrize("rules", BOARDS, ids=str)
@pytest.mark.parametrize("length", [3, 5, 6, 7])
def test_no_two_boards_one_disc_apart_are_left_when_neither_is_in_a_pair(rules: Rules, length: int) -> None:
    games, trace = pool(rules)
    pairs = apart(trace, range(length, length + 1), np.random.default_rng(0))
    taken = {key(trace, game, length) for game in [*pairs.first.tolist(), *pairs.second.tolist()]}
    assert len(taken) == 2 * len(pairs)
    left = [
        (a, b)
        for a, b, square in one_by_one(games, trace, length)
        if square >= 0 and key(trace, a, length) not in taken and key(trace, b, length) not in taken
    ]
    assert not left


def test_both_orders_of_a_pair_occur() -> None:
    _, trace = pool(Rules(6), 2000)
    pairs = apart(trace, range(4, 8), np.random.default_rng(0))
    assert 0.3 < (pairs.first < pairs.second).mean() < 0.7


def test_strangers_have_different_boards_after_as_many_moves_as_were_asked_for() -> None:
    _, trace = pool(Rules(6))
    lengths = np.array([5, 5, 9, 30, 9, 5])
    pairs = strangers(trace, lengths, np.random.default_rng(0))
    require_disjoint(pairs)
    assert sorted(pairs.length.tolist()) == sorted(lengths.tolist())
    for first, second, length, square in rows(pairs):
        one, other = key(trace, first, length), key(trace, second, length)
        assert one[:2] != other[:2]
        assert (one[2], square) == (other[2], -1)


def test_too_few_strangers_are_an_error() -> None:
    _, trace = pool(Rules(6), 10)
    with pytest.raises(ShapeError, match=r"only [0-5] pairs have different boards after 8 moves, not 6"):
        strangers(trace, np.full(6, 8), np.random.default_rng(0))


def test_games_that_are_over_are_in_no_pair() -> None:
    games, trace = pool(Rules(4), 2000)
    last = int(games.length.max())
    for find in (same, apart):
        pairs = find(trace, range(8, last + 1), np.random.default_rng(0))
        assert len(pairs)
        assert (games.length[pairs.first] >= pairs.length).all()
        assert (games.length[pairs.second] >= pairs.length).all()


def test_the_same_games_and_stream_give_the_same_pairs() -> None:
    _, trace = pool(Rules(6))
    one, other = (same(trace, range(4, 8), np.random.default_rng(3)) for _ in range(2))
    assert list(rows(one)) == list(rows(other))


@pytest.mark.parametrize("lengths", [range(0, 3), range(5, 5), range(30, 34)])
def test_histories_that_no_game_has_are_an_error(lengths: range) -> None:
    _, trace = pool(Rules(6), 3)
    with pytest.raises(ShapeError, match="1 to 32 moves"):
        same(trace, lengths, np.random.default_rng(0))


def test_a_game_without_a_twin_is_in_no_pair() -> None:
    _, trace = pool(Rules(8), 1)
    assert not len(same(trace, range(1, 9), np.random.default_rng(0)))
    assert not len(apart(trace, range(1, 9), np.random.default_rng(0)))


def test_an_even_choice_takes_of_every_length_equally_many_as_far_as_they_last() -> None:
    lengths = np.repeat([5, 6, 7], [100, 3, 50])
    chosen = lengths[evenly(lengths, 24, np.random.default_rng(0))]
    assert (chosen == 6).sum() == 3
    assert abs((chosen == 5).sum() - (chosen == 7).sum()) <= 1
    assert len(chosen) == 24


def test_an_even_choice_of_more_than_there_is_takes_all() -> None:
    assert evenly(np.array([4, 9, 4]), 10, np.random.default_rng(0)).tolist() == [0, 1, 2]
    assert not len(evenly(np.array([], np.int64), 10, np.random.default_rng(0)))
