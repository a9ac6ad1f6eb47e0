import pytest
import torch
from torch import Tensor

from experiments.othello.edits.reading import Reader
from interp.activations.edits import Edit, edited
from interp.errors import ShapeError
from interp.models.sites import resid
from tests.experiments.othello.edits.own_cases import WIDTH, some_cases, some_model

MODEL, CASES = some_model(), some_cases(9)
STEPS = torch.randn(3, 9, WIDTH, generator=torch.Generator().manual_seed(1))


def _change(depth: int, rows: Tensor, where: slice) -> Tensor:
    """Depends on what is there, as latent edits do."""
    return STEPS[depth][where] + 0.5 * rows.flip(1)


@torch.no_grad()
def _slow(depths: range, scale: float) -> Tensor:
    """The whole history is read with an edit of one position in it."""
    last = torch.arange(len(CASES)), CASES.length - 1

    def at(depth: int) -> Edit:
        def moved(tensor: Tensor) -> Tensor:
            tensor[last] += scale * _change(depth, tensor[last], slice(None))
            return tensor

        return Edit(resid(depth), moved)

    with edited(MODEL, *[at(depth) for depth in depths]):
        return MODEL(CASES.tokens)[last]


@pytest.mark.parametrize("batch", [4, 100])
@pytest.mark.parametrize("depths", [range(1, 2), range(0, 3), range(2, 3)])
def test_an_edit_on_what_was_read_equals_reading_it_all_again(batch: int, depths: range) -> None:
    found = Reader(MODEL, CASES.tokens, CASES.length, batch).answer(_change, depths, 2.0)
    torch.testing.assert_close(found.logits, _slow(depths, 2.0), atol=1e-4, rtol=1e-4)
    assert set(found.sizes) == set(depths)
    assert all(sizes.shape == (9,) for sizes in found.sizes.values())


@torch.no_grad()
def test_without_an_edit_the_answer_is_the_model_s_own_and_edits_leave_nothing_behind() -> None:
    reader = Reader(MODEL, CASES.tokens, CASES.length, 5)
    own = MODEL(CASES.tokens)[torch.arange(9), CASES.length - 1]
    before = reader.answer().logits
    reader.answer(_change, range(3), 3.0)
    torch.testing.assert_close(before, own, atol=1e-4, rtol=1e-4)
    assert torch.equal(before, reader.answer().logits)


def test_sizes_are_the_lengths_of_what_was_added() -> None:
    reader = Reader(MODEL, CASES.tokens, CASES.length, 4)
    found = reader.answer(lambda depth, _, where: STEPS[depth][where], [1], 3.0)
    torch.testing.assert_close(found.sizes[1], 3 * STEPS[1].norm(dim=1))


@torch.no_grad()
def test_a_history_of_one_move_can_be_edited() -> None:
    found = Reader(MODEL, CASES.tokens[:, :1], torch.ones(9, dtype=torch.int64), 100).answer()
    torch.testing.assert_close(found.logits, MODEL(CASES.tokens[:, :1])[:, 0], atol=1e-4, rtol=1e-4)


def test_histories_without_a_move_are_refused() -> None:
    for length, batch in ((0, 4), (99, 4), (3, 0)):
        with pytest.raises(ShapeError):
            Reader(MODEL, CASES.tokens, torch.full((9,), length), batch)
