"""Fixtures: a tiny model of each architecture that every test must leave as it was, and calls without shape checks."""

from collections.abc import Iterator
from typing import Any

import jaxtyping
import pytest
import torch

from interp import Model
from tests.architectures import ARCHITECTURES, made

_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest test first: as the last one it would keep one process busy while the others have nothing left."""
    items.sort(key=lambda item: item.path.name != "test_readme.py")


@pytest.fixture(params=ARCHITECTURES)
def name(request: pytest.FixtureRequest) -> str:
    """The name of each architecture in turn."""
    found: str = request.param
    return found


@pytest.fixture
def model(name: str) -> Iterator[Model]:
    """The model of each architecture in turn; fails the test when something of it has changed."""
    yield from untouched(made(name))


@pytest.fixture
def gpt2() -> Iterator[Model]:
    """A tiny GPT-2, for what does not depend on the architecture."""
    yield from untouched(made("gpt2"))


@pytest.fixture
def unchecked() -> Iterator[None]:
    """The library without shape checks at its calls, as users have it."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


def untouched(model: Model) -> Iterator[Model]:
    """Hand the model out, and look afterwards whether it is as before."""
    before, named = trace(model.hf), dict(vars(model))
    yield model
    require_same(before, trace(model.hf))
    changed = [name for name, value in vars(model).items() if name in named and value is not named[name]]
    assert changed in ([], ["_tokenizer"]), f"the test changed {changed} of the model"


def trace(hf: Any) -> dict[str, Any]:
    """Everything of a model that a call could leave behind."""
    from interp.models import attention, reach

    return {
        "weights": {name: weight.clone() for name, weight in hf.state_dict().items()},
        "gradients": [name for name, weight in hf.named_parameters() if weight.grad is not None],
        "implementation": hf.config._attn_implementation,
        "hooks": {(name, kind): list(getattr(part, kind)) for name, part in hf.named_modules() for kind in _HOOKS},
        "training": {name: part.training for name, part in hf.named_modules()},
        "attributes": {name: sorted(vars(part)) for name, part in hf.named_modules()},
        "taps": len(attention._taps),
        "switched": len(reach._switched),
    }


def require_same(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Fail unless two traces are the same, the weights bit by bit."""
    old, new = before["weights"], after["weights"]
    assert old.keys() == new.keys()
    assert all(torch.equal(old[name], new[name]) for name in old)
    for what in before.keys() - {"weights"}:
        assert before[what] == after[what], what
