import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.othello.rules import Rules
from interp.errors import InterpError

from .oracle import BLACK, EMPTY, WHITE, Game

CELLS = [EMPTY, BLACK, WHITE]


def board(*squares: int) -> np.ndarray:
    """A batch of one bitboard."""
    return np.array([sum(1 << square for square in squares)], dtype=np.uint64)


def squares(bits: np.ndarray) -> list[int]:
    """The squares of a batch of one bitboard."""
    return [square for square in range(64) if int(bits[0]) >> square & 1]


def test_the_opening_is_the_standard_one() -> None:
    start = Rules().start()
    assert squares(start.mine) == [28, 35]  # black on e4, d5
    assert squares(start.theirs) == [27, 36]  # white on d4, e5


def test_black_opens_on_d3_c4_f5_or_e6() -> None:
    assert squares(Rules().legal(*Rules().start())) == [19, 26, 37, 44]


def test_f5_turns_e5() -> None:
    mine, theirs = Rules().start()
    assert squares(Rules().flips(mine, theirs, board(37))) == [36]


def test_a_move_that_is_none_turns_nothing() -> None:
    mine, theirs = Rules().start()
    assert squares(Rules().flips(mine, theirs, board())) == []


@pytest.mark.parametrize(("size", "centre", "plies"), [(4, (5, 6, 9, 10), 12), (6, (14, 15, 20, 21), 32)])
def test_small_boards_have_their_own_centre(size: int, centre: tuple[int, ...], plies: int) -> None:
    rules = Rules(size)
    assert rules.centre == centre
    assert rules.plies == len(rules.playable) == plies
    assert set(rules.playable.tolist()) == set(range(size * size)) - set(centre)
    assert list(rules.playable) == sorted(rules.playable)


@pytest.mark.parametrize("size", [0, 3, 5, 10, -8])
def test_other_sizes_are_refused(size: int) -> None:
    with pytest.raises(InterpError, match="Allowed: 4, 6, 8"):
        Rules(size)


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (6, 7),  # g1 h1 | a2: east
        (17, 16),  # b3 a3 | h2: west
        (14, 23),  # g2 h3 | a5: south-east
        (49, 40),  # b7 a6 | h4: north-west
        (22, 31),  # g3 h4 | a6
        (33, 24),  # b5 a4 | h2
        (54, 47),  # g7 h6 | a6, on the other diagonal
        (9, 16),  # b2 a3 | h3, on the other diagonal
    ],
)
def test_lines_do_not_wrap_around_the_edge(mine: int, theirs: int) -> None:
    assert squares(Rules().legal(board(mine), board(theirs))) == []


def test_a_full_line_of_six_turns() -> None:
    mine, theirs = board(0), board(1, 2, 3, 4, 5, 6)
    assert squares(Rules().legal(mine, theirs)) == [7]
    assert squares(Rules().flips(mine, theirs, board(7))) == [1, 2, 3, 4, 5, 6]


def openings(rules: Rules, depth: int) -> list[int]:
    """How many different sequences of 1, 2, ... `depth` moves a game can begin with."""
    mine, theirs = rules.start()
    counts = []
    for _ in range(depth):
        legal = rules.legal(mine, theirs)
        counts.append(int(np.bitwise_count(legal).sum()))
        game, place = np.nonzero(legal[:, None] >> np.arange(rules.squares, dtype=np.uint64) & np.uint64(1))
        move = np.uint64(1) << place.astype(np.uint64)
        turned = rules.flips(mine[game], theirs[game], move)
        mine, theirs = theirs[game] ^ turned, mine[game] | turned | move
    return counts


def test_the_number_of_openings_is_the_published_one() -> None:
    """The "perft" numbers that every 8x8 engine is checked against; nobody has to pass so early."""
    assert openings(Rules(), 7) == [4, 12, 56, 244, 1396, 8200, 55092]


@pytest.mark.parametrize(("size", "depth"), [(4, 3), (6, 4)])
def test_the_number_of_openings_is_the_slow_one_on_small_boards(size: int, depth: int) -> None:
    assert openings(Rules(size), depth) == slow_openings(size, depth)


def slow_openings(size: int, depth: int) -> list[int]:
    """The same numbers, from the slow engine."""
    lines: list[list[int]] = [[]]
    counts = []
    for _ in range(depth):
        longer = []
        for line in lines:
            game = Game(size)
            for square in line:
                game.play(square)
            longer += [[*line, square] for square in game.legal()]
        lines = longer
        counts.append(len(lines))
    return counts


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([16, 36, 64]).flatmap(lambda n: st.lists(st.sampled_from(CELLS), min_size=n, max_size=n)))
def test_any_board_has_the_moves_and_flips_of_the_slow_engine(cells: list[str]) -> None:
    size = int(len(cells) ** 0.5)
    slow = Game(size, [cells[row * size : (row + 1) * size] for row in range(size)])
    rules = Rules(size)
    mine = board(*(square for square, cell in enumerate(cells) if cell == BLACK))
    theirs = board(*(square for square, cell in enumerate(cells) if cell == WHITE))
    assert squares(rules.legal(mine, theirs)) == slow.moves(BLACK)
    assert squares(rules.legal(theirs, mine)) == slow.moves(WHITE)
    for square in slow.moves(BLACK):
        assert squares(rules.flips(mine, theirs, board(square))) == sorted(slow.turned(BLACK, square))


def test_no_games_have_no_moves() -> None:
    none = np.zeros(0, dtype=np.uint64)
    assert Rules().legal(none, none).shape == (0,)
    assert Rules().flips(none, none, none).shape == (0,)
