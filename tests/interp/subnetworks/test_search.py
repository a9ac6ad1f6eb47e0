"""A search finds what its target needs, comes to the size it is told, and leaves the model as it was."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from interp import Model
from interp.errors import ShapeError
from interp.subnetworks.search import search
from interp.subnetworks.settings import Search
from interp.subnetworks.targets import Teacher
from tests.architectures import some_tokens


def batches(step: int) -> Tensor:
    return some_tokens(4, 8, seed=step)


def test_the_model_is_as_before_on_every_architecture(model: Model) -> None:
    found = search(model, batches, Teacher(), Search.short(4, lam=1.0, check_every=2), quiet=True)
    assert found.step == len(found.curve) <= 6
    assert found.curve.isfinite().all()
    assert found.mask.total == sum(kept.numel() for kept in found.mask.kept.values())


@pytest.mark.parametrize("size", [1, 100, 3_000])
def test_a_wanted_size_is_reached_exactly(gpt2: Model, size: int) -> None:
    found = search(gpt2, batches, Teacher(), Search.short(20, size=size, check_every=5), quiet=True)
    assert found.mask.size == size


def test_a_size_above_all_weights_is_refused(gpt2: Model) -> None:
    with pytest.raises(ShapeError, match="more than the 24,576"):
        search(gpt2, batches, Teacher(), Search.short(4, size=24_577), quiet=True)


def test_finished_it_returns_what_it_had_found(gpt2: Model, tmp_path: Path) -> None:
    plan = Search.short(6, lam=1.0, check_every=2)
    first, again = (search(gpt2, batches, Teacher(), plan, out=tmp_path, quiet=True) for _ in range(2))
    assert first.mask == again.mask
    assert torch.equal(first.curve, again.curve)
    assert first._replace(mask=again.mask, curve=again.curve) == again
