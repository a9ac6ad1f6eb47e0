import pytest
import torch
from torch import Tensor

from experiments.othello.edits.latent_edits import set_latents, spokesmen
from experiments.othello.edits.reference import Reference
from experiments.othello.labels import Owner
from experiments.othello.positions import Positions
from experiments.othello.sample import held_out
from interp.errors import ShapeError
from tests.experiments.othello.edits.own_cases import RULES, some_cases

POSITIONS = Positions.of(held_out(RULES, 40, 0, "edits reference"), slice(3, 14))
SQUARES = RULES.squares


class Owners:
    """A dictionary whose latents are the owners themselves: 3 * square + owner fires with 2 where it holds."""

    W_dec = 0.5 * torch.eye(3 * SQUARES)

    def encode(self, rows: Tensor) -> Tensor:
        return rows.clamp(min=0)


def _rows(owner: Tensor) -> Tensor:
    return 2.0 * torch.nn.functional.one_hot(owner.long(), 3).flatten(1).float()


REFERENCE = Reference(POSITIONS, [_rows(POSITIONS.owner)])


def test_the_latent_that_is_the_label_speaks_for_it() -> None:
    (found,) = spokesmen([Owners()], REFERENCE)
    known = found.area.isfinite()
    expected = torch.arange(3 * SQUARES).view(-1, 3)
    # A square that is never mine has only two owners, each the other's opposite: only the own latent has area 1.
    assert (found.area[known] == 1).all()
    assert torch.equal(found.latent[known], expected[known])
    assert (found.typical[known] == 2).all()
    assert not known[list(RULES.centre), Owner.EMPTY].any()


def test_an_edit_sets_the_target_and_takes_out_what_was_there() -> None:
    cases = some_cases(8)
    change = set_latents([Owners()], spokesmen([Owners()], REFERENCE), cases)
    rows = _rows(cases.board)
    moved = change(0, rows[2:5], slice(2, 5))
    expected = 0.5 * (_rows(cases.edited) - rows)[2:5]
    assert torch.equal(moved, expected)


def test_a_latent_that_speaks_for_both_is_set_only() -> None:
    cases = some_cases(3)
    (one,) = spokesmen([Owners()], REFERENCE)
    same = [one._replace(latent=torch.zeros_like(one.latent))]
    moved = set_latents([Owners()], same, cases)(0, torch.ones(3, 3 * SQUARES), slice(0, 3))
    assert moved[:, 0].tolist() == [0.5] * 3
    assert not moved[:, 1:].any()


def test_every_depth_needs_its_dictionary_and_every_target_an_example() -> None:
    with pytest.raises(ShapeError, match="give one for each"):
        spokesmen([], REFERENCE)
    few = Reference(POSITIONS.part(torch.arange(2)), [REFERENCE.rows[0][:2]])
    with pytest.raises(ShapeError, match="nothing is typical"):
        set_latents([Owners()], spokesmen([Owners()], few), some_cases(8))
