"""A search finds what its target needs, comes to the size it is told, and leaves the model as it was."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from interp import Model, load
from interp.errors import InterpError, ShapeError
from interp.subnetworks.search import search
from interp.subnetworks.settings import Search
from interp.subnetworks.targets import Teacher
from tests.architectures import fresh, some_tokens


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


class Jumping:
    """A target whose loss jumps for good in the searches on the first batches."""

    identity = "jumping"

    def __init__(self, bad: int):
        self.bad, self.seen = bad, list[int]()

    def prepare(self, model: Model, off: Any = None) -> "Jumping":  # noqa: ARG002
        return self

    def loss(self, hidden: Tensor, tokens: Tensor) -> Tensor:
        step = int(tokens[0, 0])
        self.seen.append(step)
        jumps = step % 28 >= 15 and step < 28 * self.bad
        return hidden.pow(2).mean() * 1e-3 + (5.0 if jumps else 1.0)


def numbered(step: int) -> Tensor:
    """The number of the step, where a loss can see it."""
    return torch.tensor([[step, 3, 4]])


PLAN = Search.short(28, lam=1.0, method="hard concrete", check_every=2, attempts=2)
"""28 steps, none left out."""


def test_an_unstable_search_is_reported_and_made_again_on_other_batches() -> None:
    model, target = load(fresh("gpt2", vocab_size=60)), Jumping(bad=1)
    with pytest.warns(UserWarning, match=r"attempt 1 .* jumped in step 16 .*again on other batches"):
        found = search(model, numbered, target, PLAN, quiet=True)
    assert (found.attempts, found.stable) == (2, True)
    assert target.seen == list(range(56))


def test_after_the_last_attempt_it_says_that_it_is_unstable() -> None:
    model = load(fresh("gpt2", vocab_size=60))
    with pytest.warns(UserWarning, match="attempt 1"), pytest.warns(UserWarning, match="No attempt is left"):
        found = search(model, numbered, Jumping(bad=2), PLAN, quiet=True)
    assert (found.attempts, found.stable) == (2, False)


class Broken(Jumping):
    """Gives NaN."""

    def loss(self, hidden: Tensor, tokens: Tensor) -> Tensor:  # noqa: ARG002
        return hidden.mean() * math.nan


def test_a_loss_that_is_not_finite_is_an_error_and_leaves_the_model_as_it_was(gpt2: Model) -> None:
    with pytest.raises(InterpError, match="loss is nan in step 1"):
        search(gpt2, batches, Broken(0), PLAN, quiet=True)


def test_a_larger_penalty_keeps_less(gpt2: Model) -> None:
    sizes = [
        search(gpt2, batches, Teacher(), Search.short(20, lam=lam, check_every=5), quiet=True).mask.size
        for lam in (0.0, 3.0, 30.0)
    ]
    assert sizes[0] > sizes[1] > sizes[2]


def test_a_size_that_no_unit_fits_into_is_refused(gpt2: Model) -> None:
    with pytest.raises(ShapeError, match=r"less than the smallest head, which has 1,024"):
        search(gpt2, batches, Teacher(), Search.short(4, size=1000, grain="head"), quiet=True)


def test_what_is_found_is_what_the_target_needs() -> None:
    """A model whose second block writes nothing: a search towards the model itself drops that block and keeps more of
    the first."""
    hf = fresh("gpt2")
    with torch.no_grad():
        for part in (hf.transformer.h[1].attn.c_proj, hf.transformer.h[1].mlp.c_proj):
            part.weight.mul_(1e-3)
    found = search(load(hf), batches, Teacher(), Search.short(60, lam=0.3, check_every=10), quiet=True)
    kept = [sum(int(m.sum()) for n, m in found.mask.kept.items() if f"h.{block}." in n) for block in (0, 1)]
    assert kept[0] > 10 * kept[1]
