import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.othello.games import Trace, random_games, replay, stream
from experiments.othello.labels import Colour, Owner, colours, flipped, legal, relative
from experiments.othello.rules import Rules
from experiments.othello.tokens import square

from .oracle import BLACK, EMPTY, WHITE, Game

COLOUR = {EMPTY: Colour.EMPTY, BLACK: Colour.BLACK, WHITE: Colour.WHITE}


def owners(game: Game) -> list[int]:
    """The labels of a position of the slow engine, for the player to move."""
    meaning = {EMPTY: Owner.EMPTY, game.player: Owner.MINE}
    return [meaning.get(cell, Owner.THEIRS) for cell in game.cells()]


def line(rules: Rules, text: str) -> Trace:
    return replay(rules, np.array([[square(rules, each) for each in text.split()]], dtype=np.uint8))


@settings(max_examples=15, deadline=None)
@given(st.sampled_from([4, 6, 8]), st.integers(0, 2**64 - 1))
def test_labels_are_those_of_the_slow_engine_before_and_after_each_move(size: int, seed: int) -> None:
    rules = Rules(size)
    moves, length = random_games(rules, 2, np.random.default_rng(seed))
    trace = replay(rules, moves)
    after, earlier = colours(trace), colours(trace, before=True)
    own, own_earlier = relative(trace), relative(trace, before=True)
    turned, options = flipped(trace), legal(trace)
    for index in range(2):
        game = Game(size)
        for ply in range(length[index]):
            at = index, ply
            assert earlier[at].tolist() == [COLOUR[cell] for cell in game.cells()]
            assert own_earlier[at].tolist() == owners(game)
            assert np.flatnonzero(turned[at]).tolist() == sorted(game.play(int(moves[at])))
            assert after[at].tolist() == [COLOUR[cell] for cell in game.cells()]
            assert own[at].tolist() == owners(game)
            assert np.flatnonzero(options[at]).tolist() == game.legal()


def test_the_first_move_is_labelled_for_white() -> None:
    rules = Rules()
    trace = line(rules, "f5")
    owned = relative(trace)[0, 0]
    assert {place: int(owned[place]) for place in np.flatnonzero(owned)} == {
        square(rules, "d4"): Owner.MINE,
        square(rules, "e4"): Owner.THEIRS,
        square(rules, "d5"): Owner.THEIRS,
        square(rules, "e5"): Owner.THEIRS,
        square(rules, "f5"): Owner.THEIRS,
    }
    assert colours(trace)[0, 0, square(rules, "f5")] == Colour.BLACK


def test_mine_is_the_player_to_move_next_also_after_a_pass() -> None:
    # After a1 black cannot move (see test_games.py), so white, who has just moved, is "mine".
    rules = Rules(4)
    trace = line(rules, "a2 a3 c4 a1 d2")
    after = relative(trace)[0, 3]
    white = [square(rules, each) for each in ("a1", "a2", "a3")]
    black = [square(rules, each) for each in ("b2", "c2", "b3", "c3", "c4")]
    assert (after[white] == Owner.MINE).all()
    assert (after[black] == Owner.THEIRS).all()
    # Before the next move, which is white's as well, the board reads the same.
    assert (relative(trace, before=True)[0, 4] == after).all()


def test_parity_mislabels_what_follows_a_pass() -> None:
    trace = replay(Rules(), random_games(Rules(), 2000, stream(0, "parity", 0)).moves)
    parity = np.arange(1, 60) % 2
    wrong = (trace.next_mover[:, :-1] != parity) & trace.played[:, :-1]
    assert 0.008 < wrong.sum() / trace.played[:, :-1].sum() < 0.016  # 1.2 % in research/othello.md
    passed = ((trace.next_mover == trace.mover) & trace.played).any(axis=1)
    assert not wrong[~passed].any()


def test_before_and_after_a_move_the_board_agrees_on_95_percent_of_the_squares() -> None:
    trace = replay(Rules(), random_games(Rules(), 500, stream(0, "overlap", 0)).moves)
    agree = (colours(trace) == colours(trace, before=True))[:, 4:56]
    assert abs(agree.mean() - 0.950) < 0.001


def test_before_the_first_move_stands_the_opening() -> None:
    rules = Rules()
    trace = line(rules, "f5 d6")
    start = colours(trace, before=True)[0, 0]
    assert np.flatnonzero(start == Colour.BLACK).tolist() == [28, 35]
    assert np.flatnonzero(start == Colour.WHITE).tolist() == [27, 36]
    assert (relative(trace, before=True)[0, 0] == start).all()  # black is to move: mine is black


def test_the_last_board_is_mine_for_the_opponent_of_the_last_mover() -> None:
    trace = line(Rules(), "e6 f4 e3 f6 g5 d6 e7 f5 c5")  # black wins everything on move 9
    assert (relative(trace)[0, 8] == Owner.THEIRS).sum() == 13
    assert not (relative(trace)[0, 8] == Owner.MINE).any()
    assert not legal(trace)[0, 8].any()


def test_labels_of_nothing_are_empty() -> None:
    none = replay(Rules(6), np.zeros((0, 5), dtype=np.uint8))
    for label in (colours(none), relative(none, before=True), flipped(none), legal(none)):
        assert label.shape == (0, 5, 36)
    no_plies = replay(Rules(), np.zeros((2, 0), dtype=np.uint8))
    assert colours(no_plies, before=True).shape == (2, 0, 64)
    assert relative(no_plies).shape == (2, 0, 64)


def test_labels_are_small_integers_and_truth_values() -> None:
    trace = line(Rules(4), "a2")
    assert colours(trace).dtype == relative(trace).dtype == np.int8
    assert flipped(trace).dtype == legal(trace).dtype == np.bool_
