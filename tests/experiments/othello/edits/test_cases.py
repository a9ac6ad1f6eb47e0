import pytest
import torch

from experiments.othello.edits.cases import Cases, bits, legal, move_tokens
from experiments.othello.labels import Owner
from experiments.othello.rules import Rules
from experiments.othello.sample import held_out
from experiments.othello.tokens import square
from interp.errors import ShapeError
from tests.experiments.othello.oracle import BLACK, EMPTY, WHITE, Game

RULES = Rules(6)
SAMPLE = held_out(RULES, 12, 0, "cases")


def _cases(length: int = 6) -> Cases:
    """The square of the last move is given to the player to move."""
    moved = torch.from_numpy(RULES.playable.astype("int64"))[SAMPLE.tokens[:, length - 1] - 1]
    lengths, target = torch.full((12,), length), torch.full((12,), Owner.MINE, dtype=torch.int8)
    return Cases.of(RULES, SAMPLE.tokens, lengths, moved, target)


def test_one_square_changes_and_nothing_else() -> None:
    cases = _cases()
    changed = cases.board != cases.edited
    assert (changed.sum(1) == 1).all()
    assert changed[torch.arange(12), cases.square].all()
    assert (cases.current == Owner.THEIRS).all()
    assert (cases.tokens[:, 6:] == 0).all()


def test_legal_moves_of_the_unedited_board_are_those_of_the_game() -> None:
    cases = _cases()
    squares = torch.arange(RULES.squares)
    told = torch.from_numpy(SAMPLE.trace.legal[:, 5].astype("int64"))[:, None] >> squares & 1
    assert torch.equal(cases.legal, told.bool())


def test_legal_moves_of_edited_boards_are_those_of_the_slow_engine() -> None:
    cases = _cases()
    for board, found in zip(cases.edited.tolist(), cases.legal_edited.tolist(), strict=True):
        discs = [(EMPTY, BLACK, WHITE)[owner] for owner in board]
        slow = Game(RULES.size, [discs[row : row + 6] for row in range(0, 36, 6)])
        assert [place for place, yes in enumerate(found) if yes] == slow.moves(BLACK)


def test_a_board_without_moves_has_none() -> None:
    assert not legal(RULES, torch.ones(1, RULES.squares, dtype=torch.int8)).any()


def test_bitboards_and_tokens_of_squares() -> None:
    mask = torch.zeros(1, RULES.squares, dtype=torch.bool)
    mask[0, [0, 3, square(RULES, "f6")]] = True
    assert bits(mask).tolist() == [1 + 8 + 2**35]
    tokens = move_tokens(RULES, mask)
    assert tokens[0].nonzero()[:, 0].tolist() == [1, 4, 32]
    assert not move_tokens(RULES, ~mask)[0, 0]


def test_a_part_keeps_rows_together() -> None:
    cases = _cases()
    some = cases.part(torch.tensor([3, 1]))
    assert torch.equal(some.edited, cases.edited[[3, 1]])
    assert some.witness is None
    assert len(some) == 2


@pytest.mark.parametrize(("length", "target"), [(0, 1), (33, 1), (6, 2)])
def test_cases_that_are_none_are_refused(length: int, target: int) -> None:
    moved = torch.from_numpy(RULES.playable.astype("int64"))[SAMPLE.tokens[:, 5] - 1]
    with pytest.raises(ShapeError):
        Cases.of(
            RULES, SAMPLE.tokens[:, :20], torch.full((12,), length), moved, torch.full((12,), target, dtype=torch.int8)
        )
