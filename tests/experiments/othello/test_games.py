from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.othello.games import BLACK, NOBODY, WHITE, Trace, random_games, replay, score, stream
from experiments.othello.rules import Rules
from experiments.othello.tokens import NO_MOVE, square
from interp.errors import InterpError, ShapeError

from . import oracle
from .oracle import Game

WTHOR = Path(__file__).parents[4] / "shared/data/othello/wthor_games.npz"

# Black wins on move 9, the quickest way there is: 13 black discs and no white one.
QUICKEST = "e6 f4 e3 f6 g5 d6 e7 f5 c5"

# 4x4, worked out by hand: after a1 the white discs stand on a1, a2, a3, which black can enclose from nowhere.
PASS = "a2 a3 c4 a1 d2"


def line(rules: Rules, text: str, padding: int = 0) -> np.ndarray:
    """One game from the names of its squares."""
    return np.array([[square(rules, each) for each in text.split()] + [NO_MOVE] * padding], dtype=np.uint8)


def bits(squares: list[int]) -> int:
    return sum(1 << each for each in squares)


def discs(game: Game, colour: str) -> int:
    return bits([place for place, cell in enumerate(game.cells()) if cell == colour])


def require_same_as_slow(trace: Trace, moves: np.ndarray, index: int) -> Game:
    """Play one game on the slow engine and compare every position with the trace."""
    slow = Game(trace.rules.size)
    colours = (oracle.BLACK, oracle.WHITE)
    for ply in range(int((moves[index] != NO_MOVE).sum())):
        at = index, ply
        assert colours[trace.mover[at]] == slow.player
        assert trace.flipped[at] == bits(slow.play(int(moves[at])))
        assert trace.black[at] == discs(slow, oracle.BLACK)
        assert trace.white[at] == discs(slow, oracle.WHITE)
        assert trace.legal[at] == bits(slow.legal())
        assert colours[trace.next_mover[at]] == slow.player
        assert trace.played[at]
    return slow


@settings(max_examples=25, deadline=None)
@given(st.sampled_from([4, 6, 8]), st.integers(0, 2**64 - 1))
def test_random_games_are_legal_to_the_slow_engine_at_every_ply(size: int, seed: int) -> None:
    rules = Rules(size)
    moves, length = random_games(rules, 3, np.random.default_rng(seed))
    trace = replay(rules, moves)
    for index in range(3):
        slow = require_same_as_slow(trace, moves, index)
        assert not slow.legal()
        assert slow.score() == score(trace)[index]
        assert length[index] == (moves[index] != NO_MOVE).sum()


def test_every_legal_move_is_equally_likely() -> None:
    rules = Rules(4)
    moves, _ = random_games(rules, 20_000, stream(0, "uniform", 0))
    trace = replay(rules, moves)
    before = trace.legal[:, :-1]
    options = np.bitwise_count(before)
    chosen = np.where(trace.played[:, 1:], moves[:, 1:], 0).astype(np.uint64)
    rank = np.bitwise_count(before & ((np.uint64(1) << chosen) - np.uint64(1)))
    for count in range(2, 7):
        here = rank[(options == count) & trace.played[:, 1:]]
        seen = np.bincount(here, minlength=count)
        assert len(seen) == count
        chi_square = ((seen - len(here) / count) ** 2).sum() / (len(here) / count)
        assert chi_square < count - 1 + 5 * np.sqrt(2 * (count - 1))
    first = np.bincount(moves[:, 0], minlength=16)
    assert set(np.flatnonzero(first)) == {1, 4, 11, 14}
    assert np.abs(first[first > 0] - 5000).max() < 5 * np.sqrt(5000)


def test_random_games_have_the_published_statistics() -> None:
    """Against the figures of research/othello.md, themselves from 2,000 games: four standard errors of both samples."""
    rules = Rules()
    moves, length = random_games(rules, 2000, stream(0, "statistics", 0))
    trace = replay(rules, moves)
    passes = (trace.next_mover == trace.mover) & trace.played
    options = np.bitwise_count(trace.legal[:, :-1])[trace.played[:, 1:]]
    with_start = np.append(options, np.full(2000, 4))
    assert passes.any(axis=1).mean() == pytest.approx(0.359, abs=0.06)
    assert (length == 60).mean() == pytest.approx(0.993, abs=0.012)
    assert with_start.mean() == pytest.approx(8.55, abs=0.08)
    assert np.log(options).mean() == pytest.approx(2.012, abs=0.01)
    assert np.bitwise_count(trace.flipped)[trace.played].mean() == pytest.approx(2.24, abs=0.02)


def test_the_same_generator_state_gives_the_same_games() -> None:
    first, second = (random_games(Rules(6), 5, stream(7, "train", 3)).moves for _ in range(2))
    assert np.array_equal(first, second)


@pytest.mark.parametrize("other", [(8, "train", 3), (7, "held out", 3), (7, "train", 4), (7, "train", 2**32 + 3)])
def test_another_seed_purpose_or_block_gives_other_games(other: tuple[int, str, int]) -> None:
    ours, theirs = (random_games(Rules(6), 5, stream(*key)).moves for key in ((7, "train", 3), other))
    assert not (ours == theirs).all(axis=1).any()


def test_streams_stay_what_they_are() -> None:
    """A training run is a function of its seed: were this to change, no published run could be made again."""
    moves = random_games(Rules(4), 1, stream(0, "train", 0)).moves
    assert moves.tolist() == [[14, 15, 1, 8, 13, 2, 3, 7, 11, 12, 4, 0]]


@pytest.mark.parametrize(("seed", "block"), [(-1, 0), (0, -1)])
def test_negative_seeds_are_refused(seed: int, block: int) -> None:
    with pytest.raises(InterpError, match="must be 0 or more"):
        stream(seed, "train", block)


def test_no_games_are_no_error() -> None:
    moves, length = random_games(Rules(), 0, stream(0, "none", 0))
    assert moves.shape == (0, 60)
    assert length.shape == (0,)
    assert replay(Rules(), moves).legal.shape == (0, 60)
    assert score(replay(Rules(), moves)).shape == (0,)


def test_a_negative_number_of_games_is_refused() -> None:
    with pytest.raises(InterpError, match="must be 0 or more"):
        random_games(Rules(), -1, stream(0, "none", 0))


def test_the_quickest_game_ends_without_a_white_disc() -> None:
    trace = replay(Rules(), line(Rules(), QUICKEST, padding=3))
    assert trace.legal[0, 8] == 0
    assert np.bitwise_count(trace.black[0, 8]) == 13
    assert trace.white[0, 8] == 0
    assert score(trace).tolist() == [64]


def test_rows_after_the_end_repeat_the_last_position() -> None:
    trace = replay(Rules(), line(Rules(), QUICKEST, padding=3))
    assert trace.played[0].tolist() == [True] * 9 + [False] * 3
    for field in (trace.black, trace.white, trace.legal, trace.next_mover):
        assert (field[0, 9:] == field[0, 8]).all()
    assert (trace.mover[0, 9:] == NOBODY).all()
    assert (trace.flipped[0, 9:] == 0).all()
    assert trace.next_mover[0, 8] == WHITE  # black moved last


def test_a_forced_pass_gives_the_move_back() -> None:
    rules = Rules(4)
    trace = replay(rules, line(rules, PASS))
    assert trace.mover[0].tolist() == [BLACK, WHITE, BLACK, WHITE, WHITE]
    assert trace.next_mover[0].tolist()[:4] == [WHITE, BLACK, WHITE, WHITE]
    assert int(trace.legal[0, 3]) >> square(rules, "d2") & 1


def test_a_game_cut_short_can_be_replayed() -> None:
    trace = replay(Rules(), line(Rules(), "f5", padding=2))
    assert trace.next_mover[0].tolist() == [WHITE] * 3
    assert np.bitwise_count(trace.legal[0]).tolist() == [3, 3, 3]
    assert score(trace).tolist() == [63]  # 4 to 1 and 59 empty squares, were it over


def test_an_illegal_move_is_named_with_the_legal_ones() -> None:
    rules = Rules()
    moves = np.concatenate([line(rules, "f5 d6"), line(rules, "f5 a1")])
    message = r"game 1, ply 1: a1 \(square 0\) is not a legal move for white. Legal: f4 \(29\), d6 \(43\), f6 \(45\)."
    with pytest.raises(ShapeError, match=message):
        replay(rules, moves)


@pytest.mark.parametrize(("size", "wrong"), [(8, 64), (8, 64 + 37), (8, 254), (6, 36), (6, 63), (4, 100), (8, 27)])
def test_a_square_off_the_board_or_occupied_is_illegal(size: int, wrong: int) -> None:
    with pytest.raises(ShapeError, match=rf"square {wrong}\)? is not a legal move for black"):
        replay(Rules(size), np.array([[wrong]], dtype=np.uint8))


def test_a_move_after_the_end_is_illegal() -> None:
    with pytest.raises(ShapeError, match=r"ply 9: a1 .* The game is over\."):
        replay(Rules(), line(Rules(), QUICKEST + " a1"))


def test_a_pass_that_is_written_down_is_refused() -> None:
    rules = Rules(4)
    moves = np.insert(line(rules, PASS), 4, NO_MOVE, axis=1)
    with pytest.raises(ShapeError, match=r"game 0, ply 5: a move follows padding.*pass is not written"):
        replay(rules, moves)


def test_more_plies_than_the_board_has_are_refused() -> None:
    with pytest.raises(ShapeError, match="61 plies"):
        replay(Rules(), np.full((1, 61), NO_MOVE, dtype=np.uint8))


def test_games_of_no_ply_have_positions_but_no_score() -> None:
    trace = replay(Rules(), np.zeros((2, 0), dtype=np.uint8))
    assert trace.black.shape == (2, 0)
    with pytest.raises(ShapeError, match="at least one ply"):
        score(trace)


@pytest.mark.parametrize(("black", "white", "expected"), [(3, 1, 15), (1, 3, 1), (2, 2, 8), (16, 0, 16)])
def test_empty_squares_count_for_the_winner(black: int, white: int, expected: int) -> None:
    rules = Rules(4)
    trace = replay(rules, np.full((1, 1), NO_MOVE, dtype=np.uint8))
    boards = [np.array([[(1 << count) - 1]], dtype=np.uint64) for count in (black, white)]
    assert score(trace._replace(black=boards[0], white=boards[1])).tolist() == [expected]


@pytest.fixture(scope="module")
def wthor() -> dict[str, np.ndarray]:
    if not WTHOR.exists():
        pytest.skip("the games of human experts are not on this machine")
    with np.load(WTHOR) as data:
        return {key: data[key] for key in ("moves", "black_score")}


@pytest.mark.shared
def test_every_game_of_human_experts_is_legal_and_ends_with_its_score(wthor: dict[str, np.ndarray]) -> None:
    moves, expected = wthor["moves"], wthor["black_score"]
    assert len(moves) == 127_437
    assert (moves[:, 0] == 37).all()
    finished = 0
    for begin in range(0, len(moves), 8192):
        trace = replay(Rules(), moves[begin : begin + 8192])
        # Unfinished games (resigned, out of time) carry a score that the referee gave.
        over = trace.legal[:, -1] == 0
        assert np.array_equal(score(trace)[over], expected[begin : begin + 8192][over])
        finished += int(over.sum())
    assert finished == 127_024


@pytest.mark.shared
def test_the_slow_engine_agrees_on_games_of_human_experts(wthor: dict[str, np.ndarray]) -> None:
    picked = np.random.default_rng(0).choice(len(wthor["moves"]), size=300, replace=False)
    moves, expected = wthor["moves"][picked], wthor["black_score"][picked]
    trace = replay(Rules(), moves)
    for index in range(len(moves)):
        slow = require_same_as_slow(trace, moves, index)
        if not slow.legal():
            assert slow.score() == expected[index]
