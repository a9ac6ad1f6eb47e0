import numpy as np
import pytest
import torch

from experiments.othello.edits.controls import elsewhere, random_steps, resized
from experiments.othello.labels import Owner
from interp.errors import ShapeError
from tests.experiments.othello.edits.own_cases import RULES, WIDTH, some_cases


def test_random_steps_are_as_long_as_the_edit_and_point_one_way_at_all_depths() -> None:
    sizes = {0: torch.tensor([1.0, 2.0, 0.0]), 2: torch.tensor([3.0, 4.0, 5.0])}
    change = random_steps(sizes, WIDTH, np.random.default_rng(0))
    rows = torch.zeros(3, WIDTH)
    first, second = change(0, rows, slice(0, 3)), change(2, rows, slice(0, 3))
    torch.testing.assert_close(first.norm(dim=1), sizes[0])
    torch.testing.assert_close(second.norm(dim=1), sizes[2])
    torch.testing.assert_close(second[:2], first[:2] * torch.tensor([[3.0], [2.0]]))
    assert torch.equal(change(2, rows[1:], slice(1, 3)), second[1:])


def test_a_resized_change_keeps_its_direction() -> None:
    change = resized(lambda _depth, rows, _where: rows, {1: torch.tensor([2.0, 3.0])})
    rows = torch.tensor([[0.0, 4.0], [0.0, 0.0]])
    assert change(1, rows, slice(0, 2)).tolist() == [[0, 2], [0, 0]]


@pytest.mark.parametrize("erase", [False, True])
def test_elsewhere_is_another_disc_of_the_same_board(erase: bool) -> None:
    cases = some_cases(40, erase=erase)
    other = elsewhere(cases, np.random.default_rng(0))
    assert (other.square != cases.square).all()
    assert torch.equal(other.board, cases.board)
    assert (other.current != Owner.EMPTY).all()
    assert ((other.board != other.edited).sum(1) == 1).all()
    if erase:
        assert (other.target == Owner.EMPTY).all()
        assert not torch.isin(other.square, torch.tensor(RULES.centre)).any()
    else:
        assert (other.target + other.current == 3).all()


def test_every_other_disc_can_be_drawn() -> None:
    cases = some_cases(1).part(torch.zeros(400, dtype=torch.int64))
    drawn = set(elsewhere(cases, np.random.default_rng(0)).square.tolist())
    discs = set(cases.board[0].nonzero()[:, 0].tolist()) - {int(cases.square[0])}
    assert drawn == discs


def test_a_board_without_another_disc_to_erase_is_refused() -> None:
    with pytest.raises(ShapeError, match="no wrong square"):
        elsewhere(some_cases(1, erase=True, plies=(1, 1)), np.random.default_rng(0))
