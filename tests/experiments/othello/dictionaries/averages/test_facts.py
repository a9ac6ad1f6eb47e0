"""Facts on boards of two squares whose shares are set by hand."""

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from experiments.othello.dictionaries.averages.facts import CLASSES, Facts, facts
from experiments.othello.dictionaries.averages.squares import LEGAL, MINE, MOVED, THEIRS, Squares, group_means
from experiments.othello.dictionaries.averages.strongest import Strongest

ROWS = 400
STRONG = 100


def latents_like(boards: Tensor, move: Tensor | None = None) -> tuple[Squares, Strongest]:
    """One latent that is strongest in the first `STRONG` of 400 rows of one ply."""
    ply = torch.zeros(ROWS, dtype=torch.int64)
    move = ply if move is None else move
    flat = boards.flatten(1)
    rows = torch.arange(STRONG)
    squares = Squares(flat, ply, move, group_means(flat, ply), group_means(flat, move))
    return squares, Strongest(1, torch.zeros_like(rows), rows)


def boards(board: int, strong: float, others: float = 0.5, square: int = 0) -> Tensor:
    """One square of one board set in these shares of the strong rows and of the others."""
    made = torch.zeros(ROWS, 4, 2)
    made[: round(strong * STRONG), board, square] = 1.0
    made[STRONG : STRONG + round(others * (ROWS - STRONG)), board, square] = 1.0
    return made


def judged(select: Tensor, report: Tensor | None = None, move: Tensor | None = None) -> Facts:
    """The facts of that latent, with the same rows on both halves unless others are given."""
    here, top = latents_like(select, move)
    there, again = latents_like(select if report is None else report, move)
    return facts(here, there, top, again)


def kind(found: Facts) -> str:
    return CLASSES[int(found.kinds[0])]


@pytest.mark.parametrize(
    ("strong", "again", "others", "expected"),
    [
        (0.99, 0.95, 0.5, True),
        (0.98, 1.0, 0.5, False),  # not found
        (1.0, 0.94, 0.5, False),  # not confirmed
        (1.0, 1.0, 0.72, True),  # 0.79 of all rows of the ply
        (1.0, 1.0, 0.76, False),  # 0.82 of them: the ply explains it
    ],
)
@pytest.mark.parametrize("owner", [MINE, THEIRS])
def test_a_square_is_found_and_confirmed_and_no_news_of_the_ply(
    strong: float, again: float, others: float, expected: bool, owner: int
) -> None:
    found = judged(boards(owner, strong, others), boards(owner, again, others))
    assert found.squares.nonzero().tolist() == ([[0, owner, 0]] if expected else [])
    assert kind(found) == ("single square" if expected else "none")


@pytest.mark.parametrize(("board", "strong", "expected"), [(MOVED, 0.9, 0), (MOVED, 0.89, -1), (LEGAL, 1.0, -1)])
def test_the_last_move_is_determined_from_nine_rows_in_ten_on(board: int, strong: float, expected: int) -> None:
    found = judged(boards(board, strong, others=0.1))
    assert found.moved.tolist() == [expected]
    assert kind(found) == ("none" if expected < 0 else "current move")


@pytest.mark.parametrize(("strong", "expected"), [(0.95, True), (0.94, False)])
def test_a_legal_move_is_determined_from_95_rows_in_a_hundred_on(strong: float, expected: bool) -> None:
    assert judged(boards(LEGAL, strong, others=0.1)).legal.tolist() == [[expected, False]]


def test_the_square_just_played_is_not_a_fact_of_its_own() -> None:
    move = torch.where(torch.arange(ROWS) < STRONG, 0, 1)
    found = judged(boards(MOVED, 1.0, others=0.0) + boards(THEIRS, 1.0, others=0.3), move=move)
    assert found.squares.any()
    assert not found.beyond.any()
    assert kind(found) == "current move"


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([(MINE, 0)], "single square"),
        ([(MINE, 0), (THEIRS, 1)], "conjunction"),
        ([(MOVED, 0)], "current move"),
        ([(MOVED, 0), (MINE, 1)], "conjunction"),
        ([(LEGAL, 0)], "none"),
    ],
)
def test_two_facts_make_a_conjunction(parts: Sequence[tuple[int, int]], expected: str) -> None:
    made = [boards(board, 1.0, 0.4, square) for board, square in parts]
    assert kind(judged(torch.stack(made).sum(0))) == expected


def test_a_latent_needs_20_rows_on_one_half_and_10_on_the_other() -> None:
    squares, _ = latents_like(boards(MINE, 1.0, 0.2))

    def rows(count: int) -> Strongest:
        return Strongest(1, torch.zeros(count, dtype=torch.int64), torch.arange(count))

    outcomes = [facts(squares, squares, rows(first), rows(second)) for first, second in ((20, 10), (19, 10), (20, 9))]
    assert [bool(one.judged) for one in outcomes] == [True, False, True]
    assert [bool(one.found.any()) for one in outcomes] == [True, False, True]
    assert [bool(one.squares.any()) for one in outcomes] == [True, False, False]
