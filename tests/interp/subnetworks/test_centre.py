"""After centring, what is over 0 is what a sort would take."""

from typing import Any

import pytest
import torch

from interp import Model
from interp.subnetworks.centre import centre
from interp.subnetworks.gates import DECIDED
from interp.subnetworks.kept import kept
from interp.subnetworks.mask import Mask
from interp.subnetworks.settings import Search
from tests.interp.subnetworks.test_masked import shaken


@pytest.mark.parametrize("size", [1, 300, 20_000, 24_576])
def test_what_is_over_zero_are_the_largest_variables(gpt2: Model, size: int) -> None:
    masked = shaken(gpt2, Search(size=size))
    wanted, before = kept(masked), [variable.detach().clone() for variable in masked.variables]
    centre(masked, size)
    over = Mask({n: v > 0 for n, v in zip(masked.weights, masked.variables, strict=True)}, wanted.model)
    assert abs(over.size - size) <= 1  # two variables in single precision may be equal
    assert (over - wanted).size <= 1
    shifts = torch.cat([(a - b).flatten() for a, b in zip(masked.variables, before, strict=True)])
    torch.testing.assert_close(shifts, shifts[:1].expand_as(shifts), rtol=0, atol=1e-6)


def test_what_is_decided_stays_and_what_is_always_kept_does_not_count(gpt2: Model) -> None:
    full = Mask.full(gpt2)
    core = Mask({n: torch.rand(k.shape) < 0.2 for n, k in full.kept.items()}, full.model)
    masked = shaken(gpt2, Search(size=500, keep=core))
    with torch.no_grad():
        masked.variables[0][0] = -DECIDED
    centre(masked, 500)
    over = sum(int((variable > 0).sum()) for variable in masked.variables)
    inside = int(core.kept[next(iter(core.kept))][0].sum())  # of the core, but switched off above
    assert abs(over - (500 + core.size)) <= 1
    assert (masked.variables[0][0] == -DECIDED).all()
    decided = sum(int((variable == DECIDED).sum()) for variable in masked.variables)
    assert decided == core.size - inside


@pytest.mark.parametrize("grain", ["neuron", "head", "matrix"])
def test_whole_units_over_zero_hold_no_more_than_the_size(grain: Any, gpt2: Model) -> None:
    masked = shaken(gpt2, Search(size=5_000, grain=grain))
    centre(masked, 5_000)
    (variable,) = masked.variables
    weights = masked.units.weights
    held = int(weights[variable > 0].sum())
    following = int(weights[variable <= 0][variable[variable <= 0].argmax()])
    assert held <= 5_000 < held + following
