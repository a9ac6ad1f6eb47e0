"""Searches for several penalties, each for itself or each from the one before."""

from pathlib import Path

import pytest
import torch

from interp import Model
from interp.errors import ShapeError
from interp.subnetworks.path import path
from interp.subnetworks.search import search
from interp.subnetworks.settings import Search
from interp.subnetworks.targets import Teacher
from tests.interp.subnetworks.made import batches, same

PLAN = Search.short(8, lam=9.0, check_every=2)


def test_a_cold_path_is_a_search_for_each_penalty(gpt2: Model) -> None:
    found = path(gpt2, batches, Teacher(), [1.0, 5.0], PLAN, quiet=True)
    for lam, one in zip([1.0, 5.0], found, strict=True):
        assert same(one, search(gpt2, batches, Teacher(), PLAN.changed(lam=lam), quiet=True))


def test_a_warm_path_goes_on_in_half_of_the_steps(gpt2: Model, tmp_path: Path) -> None:
    found = path(gpt2, batches, Teacher(), [1.0, 5.0], PLAN, warm=True, out=tmp_path, quiet=True)
    cold = path(gpt2, batches, Teacher(), [1.0, 5.0], PLAN, quiet=True)
    assert same(found[0], cold[0])
    assert found[1].step <= PLAN.steps - 4
    # It begins with what the first came to, at gates of half the sharpness: its first loss is another one.
    assert not torch.equal(found[1].curve[:1], cold[1].curve[:1])
    again = path(gpt2, batches, Teacher(), [1.0, 5.0], PLAN, warm=True, out=tmp_path, quiet=True)
    assert all(same(one, other) for one, other in zip(found, again, strict=True))


def test_paths_that_cannot_be_are_refused(gpt2: Model) -> None:
    with pytest.raises(ShapeError, match="at least one penalty"):
        path(gpt2, batches, Teacher(), [], PLAN)
    with pytest.raises(ShapeError, match="ascending"):
        path(gpt2, batches, Teacher(), [5.0, 1.0], PLAN, warm=True)
