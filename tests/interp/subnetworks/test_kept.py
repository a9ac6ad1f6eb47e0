"""Which weights are kept: by sign, by rank, by whole units."""

from typing import Any

import pytest
import torch

from interp import Model
from interp.subnetworks.kept import kept
from interp.subnetworks.mask import Mask
from interp.subnetworks.masked import Masked
from interp.subnetworks.settings import Search
from tests.interp.subnetworks.test_masked import shaken


def test_under_a_penalty_what_is_positive(gpt2: Model) -> None:
    masked = shaken(gpt2, Search(lam=1.0))
    for variable, mask in zip(masked.variables, kept(masked).kept.values(), strict=True):
        assert torch.equal(mask, variable > 0)


@pytest.mark.parametrize("size", [1, 7, 10_000, 24_575, 24_576])
def test_a_size_keeps_the_largest(gpt2: Model, size: int) -> None:
    masked = shaken(gpt2, Search(size=size))
    mask = kept(masked)
    together = torch.cat([variable.detach().flatten() for variable in masked.variables])
    inside = torch.cat([part.flatten() for part in mask.kept.values()])
    assert mask.size == size
    assert size == len(together) or together[inside].min() > together[~inside].max()


def test_of_equal_variables_the_first_are_kept(gpt2: Model) -> None:
    masked = Masked(gpt2, Search(size=10))  # nothing has moved yet
    first = next(iter(kept(masked).kept.values())).flatten()
    assert first[:10].all()
    assert kept(masked).size == 10


def test_a_size_comes_on_top_of_what_is_always_kept(gpt2: Model) -> None:
    full = Mask.full(gpt2)
    core = Mask({n: torch.rand(k.shape) < 0.1 for n, k in full.kept.items()}, full.model)
    mask = kept(shaken(gpt2, Search(size=500, keep=core)))
    assert mask.size == core.size + 500
    assert core - mask == Mask.empty(gpt2)


@pytest.mark.parametrize("grain", ["neuron", "head", "matrix"])
def test_whole_units_are_kept_as_they_fit(grain: Any, gpt2: Model) -> None:
    masked = shaken(gpt2, Search(size=3_100, grain=grain))
    mask = kept(masked)
    weights, order = masked.units.weights, masked.variables[0].argsort(descending=True)
    left, chosen = 3_100, torch.zeros(masked.units.count, dtype=torch.bool)
    for unit in order:
        if weights[unit] <= left:
            chosen[unit], left = True, left - int(weights[unit])
    assert mask == Mask.of_units(masked.units, chosen)
    assert 3_100 - int(weights.min()) < mask.size <= 3_100


def test_whole_units_come_on_top_of_what_is_always_kept(gpt2: Model) -> None:
    names = tuple(Masked(gpt2, Search(lam=0.0, grain="head")).weights)
    full = Mask.full(gpt2, names)
    core = Mask({n: torch.rand(k.shape) < 0.1 for n, k in full.kept.items()}, full.model)
    mask = kept(shaken(gpt2, Search(size=2_000, grain="head", keep=core)))
    assert 0 < mask.size - core.size <= 2_000
    assert (core - mask).size == 0
