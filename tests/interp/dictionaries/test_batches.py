"""Batches from memory: a pure function of step and seed."""

import pytest
import torch

from interp.dictionaries.batches import KEY, Batches
from interp.errors import ShapeError

ROWS = torch.arange(22.0).view(11, 2)


def flat(rows: list[list[float]]) -> list[float]:
    return [one for row in rows for one in row]


def taken(batches: Batches, steps: range) -> list[list[float]]:
    return [batches(step)[KEY][:, 0].tolist() for step in steps]


def test_an_epoch_shows_every_row_once_but_those_that_fill_no_batch() -> None:
    batches = Batches(ROWS, 4, seed=0)
    assert batches.steps_per_epoch == 2
    for epoch in range(3):
        seen = flat(taken(batches, range(2 * epoch, 2 * epoch + 2)))
        assert len(set(seen)) == 8
        assert set(seen) <= set(ROWS[:, 0].tolist())
    assert torch.equal(batches(0)[KEY].diff(dim=1), torch.ones(4, 1))


def test_every_epoch_is_another_order_and_other_rows_are_left_out() -> None:
    epochs = [tuple(flat(taken(Batches(ROWS, 4, 0), range(2 * epoch, 2 * epoch + 2)))) for epoch in range(30)]
    assert len(set(epochs)) == 30
    assert set().union(*epochs) == set(ROWS[:, 0].tolist())


def test_a_jump_to_any_step_gives_the_same_rows() -> None:
    straight = taken(Batches(ROWS, 4, 0), range(12))
    batches = Batches(ROWS, 4, 0)
    for step in (7, 0, 11, 3, 2, 7):
        assert batches(step)[KEY][:, 0].tolist() == straight[step]


def test_the_seed_decides() -> None:
    assert taken(Batches(ROWS, 4, 1), range(6)) == taken(Batches(ROWS, 4, 1), range(6))
    assert taken(Batches(ROWS, 4, 1), range(6)) != taken(Batches(ROWS, 4, 2), range(6))


def test_batches_are_single_precision_and_no_views() -> None:
    rows = ROWS.half()
    batch = Batches(rows, 11, 0)(0)[KEY]
    assert batch.dtype == torch.float32
    batch.zero_()
    assert rows.sum() > 0


def test_global_generators_are_not_touched() -> None:
    before = torch.get_rng_state()
    Batches(ROWS, 4, 0)(5)
    assert torch.equal(torch.get_rng_state(), before)


def test_fewer_rows_than_a_batch_are_refused() -> None:
    with pytest.raises(ShapeError, match="11 rows of activations are fewer than a batch of 12"):
        Batches(ROWS, 12, 0)
    with pytest.raises(ShapeError, match="0 rows"):
        Batches(ROWS[:0], 1, 0)
    assert Batches(ROWS, 11, 0).steps_per_epoch == 1


def test_activations_by_sequence_are_refused_with_their_shape(unchecked: None) -> None:
    with pytest.raises(ShapeError, match=r"need activations \[row, width\], not \[2, 5, 3\]"):
        Batches(torch.zeros(2, 5, 3), 2, 0)


def test_the_identity_knows_rows_type_batch_and_seed() -> None:
    other = ROWS.clone()
    other[3, 1] += 1e-5
    made = [
        Batches(ROWS, 4, 0),
        Batches(other, 4, 0),
        Batches(ROWS.double(), 4, 0),
        Batches(ROWS.bfloat16(), 4, 0),
        Batches(ROWS.view(22, 1), 4, 0),
        Batches(ROWS, 5, 0),
        Batches(ROWS, 4, 1),
    ]
    assert len({one.identity for one in made}) == len(made)
    assert Batches(ROWS.t().contiguous().t(), 4, 0).identity == made[0].identity
