"""The proof that a board is unreachable, against all boards that can be reached and a search for the last move."""

from itertools import chain, combinations

import numpy as np
import pytest

from experiments.othello.edits.reachable import unreachable
from experiments.othello.games import BLACK as BLACK_MOVES
from experiments.othello.games import random_games, replay
from experiments.othello.rules import Rules
from tests.experiments.othello.oracle import BLACK, EMPTY, OTHER, WHITE, Game


def numbers(cells: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """One board from its squares, black to move next."""
    mine, theirs = (sum(1 << s for s, cell in enumerate(cells) if cell == colour) for colour in (BLACK, WHITE))
    return np.array([mine], np.uint64), np.array([theirs], np.uint64)


def proved(rows: str, size: int) -> bool:
    """A board drawn with x for the player to move next and o for the opponent."""
    cells = list(rows.replace(" ", "").replace("x", BLACK).replace("o", WHITE))
    return bool(unreachable(Rules(size), *numbers(cells))[0])


@pytest.mark.parametrize("size", [4, 6, 8])
def test_no_position_of_a_real_game_is_called_unreachable(size: int) -> None:
    rules = Rules(size)
    trace = replay(rules, random_games(rules, 300, np.random.default_rng(size)).moves)
    black_next = trace.next_mover == BLACK_MOVES
    mine, theirs = np.where(black_next, trace.black, trace.white), np.where(black_next, trace.white, trace.black)
    assert not unreachable(rules, mine[trace.played], theirs[trace.played]).any()


def test_no_position_that_can_be_reached_at_all_is_called_unreachable_on_the_smallest_board() -> None:
    rules = Rules(4)
    mine, theirs = rules.start()
    seen = 0
    while len(mine):
        assert not unreachable(rules, mine, theirs).any()
        seen += len(mine)
        options = rules.legal(mine, theirs)
        after = []
        for square in rules.playable:
            bit = np.uint64(1) << np.uint64(square)
            can = (options & bit) != 0
            turned = rules.flips(mine[can], theirs[can], np.full(int(can.sum()), bit))
            after.append(np.stack([theirs[can] ^ turned, mine[can] | bit | turned]))
        mine, theirs = np.unique(np.concatenate(after, axis=1), axis=1)
        stuck = (rules.legal(mine, theirs) == 0) & (rules.legal(theirs, mine) != 0)
        mine, theirs = np.where(stuck, theirs, mine), np.where(stuck, mine, theirs)
    assert seen > 10_000


def last_moves(cells: list[str], size: int) -> int:
    """In how many ways a board with black to move next can have come about, by trying all of them."""
    found = 0
    centre = {(size // 2 - 1 + down) * size + size // 2 - 1 + right for down in (0, 1) for right in (0, 1)}
    for square in set(range(size * size)) - centre:
        mover = cells[square]
        others = [s for s, cell in enumerate(cells) if cell == mover and s != square]
        if mover == EMPTY or not together({s for s, cell in enumerate(cells) if cell != EMPTY and s != square}, size):
            continue
        for turned in chain.from_iterable(combinations(others, count) for count in range(1, len(others))):
            before = [OTHER[mover] if s in turned else cell for s, cell in enumerate(cells)]
            before[square] = EMPTY
            game = Game(size, [before[row * size : (row + 1) * size] for row in range(size)], mover)
            if square in game.legal():
                game.play(square)
                found += game.cells() == cells and game.player == BLACK
    return found


def together(discs: set[int], size: int) -> bool:
    """Whether all discs hang together, from the first of the centre."""
    reached: set[int] = set()
    new = {(size // 2 - 1) * (size + 1)}
    while new := (new & discs) - reached:
        reached |= new
        new = {
            row * size + column
            for square in new
            for row in range(max(square // size - 1, 0), min(square // size + 2, size))
            for column in range(max(square % size - 1, 0), min(square % size + 2, size))
        }
    return reached == discs


def test_a_board_is_unreachable_exactly_when_no_last_move_is_found() -> None:
    rng, answers = np.random.default_rng(0), []
    centre = (5, 6, 9, 10)
    for _ in range(60):
        cells = [EMPTY] * 16
        for square in {*centre, *rng.choice(16, size=3).tolist()}:
            cells[square] = str(rng.choice([BLACK, WHITE]))
        game = Game(4, [cells[row * 4 : row * 4 + 4] for row in range(4)], BLACK)
        passing = not game.moves(BLACK) and bool(game.moves(WHITE))
        expected = passing or not last_moves(cells, 4)
        assert bool(unreachable(Rules(4), *numbers(cells))[0]) == expected
        answers.append(expected)
    assert 10 < sum(answers) < 50


def test_the_opening_is_reachable_for_black_only() -> None:
    assert not proved(".....ox..xo.....", 4)
    assert proved(".....xo..ox.....", 4)


def test_a_first_move_by_hand() -> None:
    # White's disc on b3 has just been turned: black put a disc on a3, and white (x, to move next) may answer.
    assert not proved(".....xo.ooo.....", 4)
    # No disc of the line is the opponent's any more: whoever put a3 turned nothing.
    assert proved(".....xo.oxo.....", 4)


@pytest.mark.parametrize(
    "board",
    [
        "...." ".xo." ".o.." "....",
        "...." ".xo." ".oo." "...x",
        "o..." "...." "...." "....",
        "...." "...." "...." "....",
    ],
    ids=["hole in the centre", "disc nobody can have put", "one disc", "no disc"],
)  # fmt: skip
def test_boards_that_cannot_be_one_are_unreachable(board: str) -> None:
    assert proved(board, 4)


def test_a_disc_apart_from_the_others_is_proof() -> None:
    touching = "..............xo...ooo.............."
    assert not proved(touching, 6)
    assert proved(touching[:-1] + "o", 6)


def test_two_discs_on_one_square_are_proof() -> None:
    mine, theirs = numbers(list("......WB...BW...".replace(".", EMPTY)))
    assert unreachable(Rules(4), mine | theirs, theirs).all()


def test_no_boards_have_no_answer() -> None:
    assert not len(unreachable(Rules(8), np.zeros(0, np.uint64), np.zeros(0, np.uint64)))
