import numpy as np
import pytest
import torch

from experiments.bigrams.core_plus_circuit.additions import largest_beside, random_beside
from interp import Model, ShapeError
from interp.subnetworks.mask import Mask
from interp.subnetworks.maskable import parameters
from interp.subnetworks.pieces import pieces


def drawn(model: Model, share: float, seed: int) -> Mask:
    """A mask of about this share of the weights."""
    generator, empty = torch.Generator().manual_seed(seed), Mask.empty(model)
    return Mask(
        {name: torch.rand(kept.shape, generator=generator) < share for name, kept in empty.kept.items()}, empty.model
    )


def counts(model: Model, mask: Mask) -> list[int]:
    return [int(piece.of(mask.kept[piece.parameter]).sum()) for piece in pieces(model, mask)]


def test_both_hold_as_many_weights_of_each_matrix_and_none_of_the_core(model: Model) -> None:
    core = drawn(model, 0.3, seed=0)
    circuit = drawn(model, 0.1, seed=1) - core
    for added in (random_beside(model, core, circuit, np.random.default_rng(0)), largest_beside(model, core, circuit)):
        assert counts(model, added) == counts(model, circuit)
        assert not (added & core).size
        assert (core | added).size == core.size + circuit.size


def test_the_largest_are_the_largest_that_are_left(gpt2: Model) -> None:
    core = drawn(gpt2, 0.3, seed=0)
    circuit = drawn(gpt2, 0.1, seed=1) - core
    added = largest_beside(gpt2, core, circuit)
    for piece in pieces(gpt2, circuit):
        weight = parameters(gpt2, [piece.parameter])[piece.parameter].detach()
        sizes, taken, got = (
            piece.of(one) for one in (weight.abs(), core.kept[piece.parameter], added.kept[piece.parameter])
        )
        assert sizes[got].min() >= sizes[~got & ~taken].max()


def test_random_ones_differ_by_their_generator_and_are_spread_evenly(gpt2: Model) -> None:
    core, circuit = Mask.empty(gpt2), drawn(gpt2, 0.1, seed=1)
    one, other = (random_beside(gpt2, core, circuit, np.random.default_rng(seed)) for seed in (0, 1))
    assert one == random_beside(gpt2, core, circuit, np.random.default_rng(0))
    assert one != other
    assert (one & other).size == pytest.approx(circuit.size * circuit.share, rel=0.2)


def test_a_matrix_can_be_filled_and_not_more_than_that(gpt2: Model) -> None:
    core = drawn(gpt2, 0.3, seed=0)
    for added in (random_beside(gpt2, core, ~core, np.random.default_rng(0)), largest_beside(gpt2, core, ~core)):
        assert added == ~core
    with pytest.raises(ShapeError, match="fewer than"):
        random_beside(gpt2, core, drawn(gpt2, 0.8, seed=1), np.random.default_rng(0))
    with pytest.raises(ShapeError, match="fewer than"):
        largest_beside(gpt2, core, drawn(gpt2, 0.8, seed=1))
