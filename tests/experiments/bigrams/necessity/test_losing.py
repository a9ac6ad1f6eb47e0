import pytest
import torch

from experiments.bigrams.necessity.losing import losses
from interp import Model
from interp.subnetworks.controls import random_like
from interp.subnetworks.losses import sequence_losses
from interp.subnetworks.mask import Mask
from interp.subnetworks.pruned import ablated, pruned

TOKENS = torch.randint(50, (4, 9), generator=torch.Generator().manual_seed(0))


def some(model: Model, seed: int) -> Mask:
    """A quarter of the weights of every matrix, or so."""
    generator = torch.Generator().manual_seed(seed)
    full = Mask.full(model)
    kept = {name: torch.rand(one.shape, generator=generator) < 0.25 for name, one in full.kept.items()}
    return Mask(kept, full.model)


def test_losses_by_kind_and_mask_are_those_of_the_pruned_model(gpt2: Model) -> None:
    one, two = some(gpt2, 0), some(gpt2, 1)
    masks = {"bigram": [one, two], "count": [random_like(gpt2, one, torch.Generator().manual_seed(0))]}
    found = losses(gpt2, TOKENS, masks, 0)
    with ablated(gpt2, two):
        without = sequence_losses(gpt2, TOKENS).mean()
    with pruned(gpt2, two):
        alone = sequence_losses(gpt2, TOKENS).mean()
    assert found["kinds"]["bigram"]["ablated"]["zero"][1].value == pytest.approx(without)
    assert found["kinds"]["bigram"]["alone"]["zero"][1].value == pytest.approx(alone)
    assert [len(found["kinds"][kind]["alone"]["mean"]) for kind in masks] == [2, 1]
    assert found["full"].value == pytest.approx(sequence_losses(gpt2, TOKENS).mean())
    with pruned(gpt2, Mask.empty(gpt2)):
        assert found["empty"]["zero"].value == pytest.approx(sequence_losses(gpt2, TOKENS).mean())
