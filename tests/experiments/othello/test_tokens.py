import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.othello.rules import Rules
from experiments.othello.tokens import NO_MOVE, PADDING, decode, encode, name, names, square, vocabulary
from interp.errors import ShapeError, UnknownNameError


def moves(*squares: int) -> np.ndarray:
    return np.array([squares], dtype=np.uint8)


@pytest.mark.parametrize(("size", "ids"), [(4, 13), (6, 33), (8, 61)])
def test_the_vocabulary_is_the_playable_squares_and_padding(size: int, ids: int) -> None:
    assert vocabulary(Rules(size)) == ids


def test_ids_follow_the_squares_and_skip_the_centre() -> None:
    # Counted by hand: 27 squares before d4, two of the centre before f4, four before f5.
    found = encode(Rules(), moves(0, 26, 29, 34, 37, 63, NO_MOVE))
    assert found.tolist() == [[1, 27, 28, 33, 34, 60, PADDING]]
    assert found.dtype == np.int64


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([4, 6, 8]), st.integers(0, 2**32 - 1))
def test_decoding_undoes_encoding(size: int, seed: int) -> None:
    rules = Rules(size)
    choices = np.append(rules.playable, np.uint8(NO_MOVE))
    squares = np.random.default_rng(seed).choice(choices, size=(3, 5))
    assert np.array_equal(decode(rules, encode(rules, squares)), squares)


@pytest.mark.parametrize("wrong", [27, 28, 35, 36, 64, 254])
def test_a_square_that_nobody_can_play_has_no_token(wrong: int) -> None:
    with pytest.raises(ShapeError, match=rf"game 0, ply 1: square {wrong} is not playable.*d4, e4, d5, e5"):
        encode(Rules(), moves(37, wrong))


@pytest.mark.parametrize("wrong", [-1, 33, 61])
def test_a_token_outside_the_vocabulary_is_refused(wrong: int) -> None:
    with pytest.raises(
        ShapeError, match=rf"game 1, ply 0: token id {wrong} is not in the vocabulary. Allowed: 1 to 32"
    ):
        decode(Rules(6), np.array([[1], [wrong]]))


def test_empty_batches_pass() -> None:
    assert encode(Rules(), np.zeros((0, 60), dtype=np.uint8)).shape == (0, 60)
    assert decode(Rules(), np.zeros((2, 0), dtype=np.int64)).shape == (2, 0)


def test_names_are_column_letter_and_row_number() -> None:
    assert [name(Rules(), place) for place in (0, 7, 37, 56, 63)] == ["a1", "h1", "f5", "a8", "h8"]
    assert name(Rules(6), 35) == "f6"
    assert square(Rules(), "f5") == 37
    assert [square(Rules(4), each) for each in names(Rules(4))] == list(range(16))


def test_an_unknown_name_shows_what_is_allowed() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown square 'g1'.*from a1 to f6"):
        square(Rules(6), "g1")


@pytest.mark.parametrize("wrong", [-1, 36])
def test_a_square_off_the_board_has_no_name(wrong: int) -> None:
    with pytest.raises(ShapeError, match="Allowed: 0 to 35"):
        name(Rules(6), wrong)
