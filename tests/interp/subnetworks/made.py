"""A small search that dies where it is told, and all that a search leaves."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

import interp
from interp.subnetworks.search import Found, search
from interp.subnetworks.settings import Search
from interp.subnetworks.targets import Teacher
from tests.architectures import fresh, some_tokens

PLANS = {
    "lambda": Search.short(10, lam=1.0, check_every=2, checkpoint_every=4),
    "size": Search.short(10, size=500, check_every=2, checkpoint_every=4),
    "neurons": Search.short(10, size=500, grain="neuron", check_every=2, checkpoint_every=4),
    "hard concrete": Search.short(10, lam=1.0, method="hard concrete", check_every=2, checkpoint_every=4),
}
"""One of each kind of what can change during a search."""


def batches(step: int) -> Tensor:
    """Two sequences a step."""
    return some_tokens(2, 6, seed=step)


def run(folder: Path, plan: Search, watch: Callable[[int], None] | None = None) -> Found:
    """Search in a model of one block, made anew; `watch` is told each step when it asks for its tokens."""
    model = interp.load(fresh("gpt2", n_layer=1))

    def watched(step: int) -> Tensor:
        if watch is not None:
            watch(step)
        return batches(step)

    return search(model, watched, Teacher(), plan, seed=1, out=folder, quiet=True)


def same(one: Found, other: Found) -> bool:
    """Whether two searches came to the same, bit for bit."""
    curves = torch.equal(one.curve, other.curve)
    return curves and one.mask == other.mask and one[1:4] + one[5:] == other[1:4] + other[5:]


__all__ = ["PLANS", "batches", "run", "same"]
