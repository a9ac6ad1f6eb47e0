from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.othello.games import NOBODY, Trace, random_games, replay, stream
from experiments.othello.labels import Colour, colours
from experiments.othello.rules import Rules
from experiments.othello.stability import DEFINITIONS, hindsight, published, strict

from .oracle import DIRECTIONS, EMPTY, Game

Board = list[list[str]]
AROUND = [(0, 1), (1, 0), (1, 1), (1, -1)]


def by_the_published_code(board: Board) -> set[tuple[int, int]]:
    """Corners, rows, columns and interior, in the order of the published code."""
    last = len(board) - 1
    stable = {(row, column) for row in (0, last) for column in (0, last) if board[row][column] != EMPTY}

    def taken(row: int, column: int) -> bool:
        return board[row][column] != EMPTY

    for row in (0, last):
        for column in range(1, last):
            if taken(row, column) and ((row, column - 1) in stable or (row, column + 1) in stable):
                stable.add((row, column))
    for column in (0, last):
        for row in range(1, last):
            if taken(row, column) and ((row - 1, column) in stable or (row + 1, column) in stable):
                stable.add((row, column))
    for row in range(1, last):
        for column in range(1, last):
            if taken(row, column) and all((row + down, column + right) in stable for down, right in DIRECTIONS):
                stable.add((row, column))
    return stable


def by_the_criterion(board: Board) -> set[tuple[int, int]]:
    """Every square again and again, until a whole round adds nothing."""
    size = len(board)
    stable: set[tuple[int, int]] = set()

    def inside(row: int, column: int) -> bool:
        return 0 <= row < size and 0 <= column < size

    def held(row: int, column: int, down: int, right: int) -> bool:
        for sign in (1, -1):
            place = row + sign * down, column + sign * right
            if not inside(*place) or (place in stable and board[place[0]][place[1]] == board[row][column]):
                return True
        line = [(row + step * down, column + step * right) for step in range(-size, size + 1)]
        return all(board[r][c] != EMPTY for r, c in line if inside(r, c))

    while True:
        found = {
            (row, column)
            for row in range(size)
            for column in range(size)
            if board[row][column] != EMPTY and all(held(row, column, down, right) for down, right in AROUND)
        }
        if found <= stable:
            return stable
        stable |= found


def boards(trace: Trace, game: int, ply: int) -> Board:
    names = {Colour.EMPTY: ".", Colour.BLACK: "B", Colour.WHITE: "W"}
    size = trace.rules.size
    cells = [names[Colour(cell)] for cell in colours(trace)[game, ply]]
    return [cells[row * size : (row + 1) * size] for row in range(size)]


def still(text: str) -> Trace:
    """A position by hand, as a trace of one ply: rows from row 1, columns from column a."""
    rows = text.split()
    cells = np.array(list("".join(rows)))
    black, white = (
        np.array([[sum(1 << int(square) for square in np.flatnonzero(cells == name))]], dtype=np.uint64)
        for name in ("B", "W")
    )
    nobody, nothing = np.full((1, 1), NOBODY, dtype=np.int8), np.zeros((1, 1), dtype=np.uint64)
    return Trace(Rules(len(rows)), black, white, nobody, nobody, nothing, nothing, np.ones((1, 1), dtype=bool))


def shown(label: Callable[[Trace], np.ndarray], text: str) -> str:
    """What is stable in a position by hand, x for each such square."""
    found = label(still(text))[0, 0]
    size = int(len(found) ** 0.5)
    return " ".join("".join("x" if one else "." for one in row) for row in found.reshape(size, size))


REST8 = " ........" * 7


@settings(max_examples=4, deadline=None)
@given(st.sampled_from([4, 6, 8]), st.integers(0, 2**64 - 1))
def test_both_rules_mark_what_a_walk_over_each_board_marks(size: int, seed: int) -> None:
    rules = Rules(size)
    moves, length = random_games(rules, 2, np.random.default_rng(seed))
    trace = replay(rules, moves)
    fast = {name: DEFINITIONS[name](trace) for name in ("published", "strict")}
    for game in range(2):
        for ply in range(game, length[game], 5):
            board = boards(trace, game, ply)
            for name, slow in (("published", by_the_published_code), ("strict", by_the_criterion)):
                marked = {(int(s) // size, int(s) % size) for s in np.flatnonzero(fast[name][game, ply])}
                assert marked == slow(board), name


@settings(max_examples=10, deadline=None)
@given(st.lists(st.sampled_from([".", "B", "W"]), min_size=16, max_size=16))
def test_also_on_boards_that_no_game_reaches(cells: list[str]) -> None:
    board = [cells[row * 4 : row * 4 + 4] for row in range(4)]
    text = " ".join("".join(row) for row in board)
    for label, slow in ((published, by_the_published_code), (strict, by_the_criterion)):
        expected = slow(board)
        drawn = " ".join("".join("x" if (r, c) in expected else "." for c in range(4)) for r in range(4))
        assert shown(label, text) == drawn


@settings(max_examples=4, deadline=None)
@given(st.sampled_from([4, 6, 8]), st.integers(0, 2**64 - 1))
def test_hindsight_is_a_disc_that_keeps_its_colour_to_the_end(size: int, seed: int) -> None:
    rules = Rules(size)
    moves, length = random_games(rules, 2, np.random.default_rng(seed))
    found = hindsight(replay(rules, moves))
    for index in range(2):
        game, history = Game(size), []
        for move in moves[index, : length[index]]:
            game.play(int(move))
            history.append(game.cells())
        for ply, cells in enumerate(history[-15:], len(history[:-15])):
            kept = [
                cell != EMPTY and all(before[s] == after[s] for before, after in pairwise(history[ply:]))
                for s, cell in enumerate(cells)
            ]
            assert found[index, ply].tolist() == kept


def test_one_pass_goes_all_the_way_from_the_first_corner_and_one_square_from_the_others() -> None:
    assert shown(published, "BBBBBBB." + REST8) == "xxxxxxx." + REST8
    assert shown(published, ".BBBBBBB" + REST8) == "......xx" + REST8
    down = "........ B....... B....... B....... B....... B....... B....... B......."
    assert shown(published, down) == "........ " * 6 + "x....... x......."


def test_a_gap_in_an_edge_stops_the_published_rule() -> None:
    assert shown(published, "BB.BBBBB" + REST8) == "xx....xx" + REST8


def test_the_published_rule_does_not_look_at_colours_and_the_criterion_does() -> None:
    assert shown(published, "BW.. .... .... ....") == "xx.. .... .... ...."
    assert shown(strict, "BW.. .... .... ....") == "x... .... .... ...."
    assert shown(strict, "BB.. .... .... ....") == "xx.. .... .... ...."


def test_the_criterion_runs_along_an_edge_both_ways_and_fills_the_triangle_at_a_corner() -> None:
    assert shown(strict, ".BBBBBBB" + REST8) == ".xxxxxxx" + REST8
    assert shown(strict, "BBB. BB.. B... ....") == "xxx. xx.. x... ...."
    # b2 lies on a diagonal (a3 to c1) that neither a stable neighbour nor the border holds.
    assert shown(strict, "BB.. BB.. .... ....") == "xx.. x... .... ...."


def test_a_full_board_is_stable_everywhere_but_for_the_published_rule_in_the_interior() -> None:
    full = "BWBW WBWB BWBW WBWB"
    assert shown(strict, full) == "xxxx xxxx xxxx xxxx"
    assert shown(published, full) == "xxxx x..x x..x xxxx"


def test_a_full_edge_holds_both_colours_without_a_corner_of_their_own() -> None:
    assert shown(strict, "BWWB .... .... ....") == "xxxx .... .... ...."


def test_nothing_is_stable_at_the_opening_or_on_an_empty_edge() -> None:
    trace = replay(Rules(), random_games(Rules(), 20, stream(0, "opening", 0)).moves)
    assert not (published(trace) | strict(trace))[:, 0].any()
    assert not (published(trace) | strict(trace) | hindsight(trace))[colours(trace) == Colour.EMPTY].any()


def test_nothing_is_stable_after_the_end_of_a_game() -> None:
    rules = Rules(4)
    trace = replay(rules, random_games(rules, 200, stream(0, "short games", 0)).moves)
    assert not trace.played.all()
    for label in DEFINITIONS.values():
        found = label(trace)
        assert found.any()
        assert not found[~trace.played].any()


@pytest.mark.parametrize("size", [4, 6, 8])
def test_what_the_criterion_marks_never_flips(size: int) -> None:
    rules = Rules(size)
    trace = replay(rules, random_games(rules, 100, stream(0, "never flips", 0)).moves)
    assert not (strict(trace) & ~hindsight(trace)).any()
    # Once proved, always proved: a stable disc stays in the proof.
    found = strict(trace)
    assert not (found[:, :-1] & ~found[:, 1:] & trace.played[:, 1:, None]).any()


def test_the_published_rule_is_as_often_right_as_was_found_before() -> None:
    rules = Rules()
    trace = replay(rules, random_games(rules, 500, stream(0, "stability", 0)).moves)
    # The board before the moves of plies 4 to 55, as in the published code.
    read = trace.played[:, 3:55]
    flags = {name: label(trace)[:, 3:55][read] for name, label in DEFINITIONS.items()}
    tiles = {name: flag.sum() / read.sum() for name, flag in flags.items()}
    right = (flags["published"] & flags["strict"]).sum()
    # Measured on 2,000 games without passes: 3.2 or 3.3, 3.8 and 11.5 tiles; 0.77, 0.64 and 0.85.
    assert tiles == pytest.approx({"published": 3.25, "strict": 3.8, "hindsight": 11.5}, rel=0.08)
    assert right / flags["published"].sum() == pytest.approx(0.77, abs=0.03)
    assert right / flags["strict"].sum() == pytest.approx(0.64, abs=0.03)
    assert (flags["published"] & flags["hindsight"]).sum() / flags["published"].sum() == pytest.approx(0.85, abs=0.03)


def test_labels_of_nothing_are_empty() -> None:
    for label in DEFINITIONS.values():
        assert label(replay(Rules(6), np.zeros((0, 5), dtype=np.uint8))).shape == (0, 5, 36)
        assert label(replay(Rules(), np.zeros((2, 0), dtype=np.uint8))).shape == (2, 0, 64)
