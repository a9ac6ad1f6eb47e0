"""Whatever happens inside a block, the model is as before after it, and other people's hooks are left alone.

The fixtures `model` and `gpt2` compare weights, hooks, training flags, attributes and the attention implementation.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import pytest
import torch
from torch import nn

import interp
from interp import Model, ModelError, ShapeError
from tests.architectures import fresh, made, some_tokens
from tests.conftest import require_same, trace

TOKENS = some_tokens()


class Broken(Exception):
    """Raised by the tests themselves."""


def everything(model: Model) -> list[AbstractContextManager[Any]]:
    """A block of every sort, at every site."""
    edits = [interp.add(site, torch.zeros(1)) for site in model.sites]
    return [
        interp.edited(model, *edits),
        interp.watch(model, model.sites),
        interp.edited(model, interp.knockout(1, keys=0)),
    ]


@contextmanager
def hooked(module: nn.Module, hook: Callable[..., Any]) -> Iterator[None]:
    handle = module.register_forward_hook(hook)
    try:
        yield
    finally:
        handle.remove()


def test_a_call_leaves_nothing_behind(model: Model) -> None:
    interp.capture(model, TOKENS, model.sites)
    before = trace(model.hf)
    with ExitStack() as stack:
        for block in everything(model):
            stack.enter_context(block)
        model(TOKENS).sum()
        interp.capture(model, TOKENS, interp.pattern(0))
        during = trace(model.hf)
        assert during["hooks"] != before["hooks"]
        assert during["taps"] == model.depth
    require_same(before, trace(model.hf))


def test_an_exception_in_the_block_leaves_nothing_behind(model: Model) -> None:
    def interrupted(kind: type[BaseException]) -> None:
        with ExitStack() as stack:
            for block in everything(model):
                stack.enter_context(block)
            model(TOKENS)
            raise kind

    for kind in (Broken, KeyboardInterrupt):
        with pytest.raises(kind):
            interrupted(kind)


def test_an_exception_in_somebody_s_hook_leaves_nothing_behind(model: Model) -> None:
    def fail(*_: Any) -> None:
        raise Broken

    for module in (model.blocks[1], model.part(model.anatomy.final_norm), model.part(model.anatomy.mlp, 0)):
        with hooked(module, fail):
            with pytest.raises(Broken):
                interp.capture(model, TOKENS, model.sites)
            with (
                pytest.raises(Broken),
                interp.edited(model, interp.zero_ablate(interp.mid(0)) if middle(model) else one()),
            ):
                model(TOKENS)


def middle(model: Model) -> bool:
    return interp.mid(0) in model.sites


def one() -> interp.Edit:
    return interp.zero_ablate(interp.scores(0))


def test_an_exception_in_an_edit_or_for_bad_tokens_leaves_nothing_behind(model: Model) -> None:
    def fail(_: torch.Tensor) -> torch.Tensor:
        raise Broken

    for site in model.sites:
        with pytest.raises(Broken), interp.edited(model, interp.Edit(site, fail)):
            model(TOKENS)
    with pytest.raises(ShapeError), interp.edited(model, one()):
        model(torch.full_like(TOKENS, 99))
    with pytest.raises(ShapeError), interp.watch(model, interp.pattern(0), at=99):
        model(TOKENS)
    assert torch.equal(model(TOKENS), model(TOKENS))


def test_a_tap_that_cannot_be_installed_takes_the_others_with_it(gpt2: Model) -> None:
    wrong = Model(gpt2.hf, gpt2.anatomy.__class__(**{**vars(gpt2.anatomy), "mlp_out": "nothing.here"}), "odd")
    for sites in ([interp.resid(0), interp.mlp_out(0)], [interp.scores(0), interp.mlp_out(1)]):
        with pytest.raises(ModelError, match=r"odd has no part 'nothing.here'"):
            interp.capture(wrong, TOKENS, sites)


def test_hooks_of_others_survive_and_fire(model: Model) -> None:
    fired: list[str] = []
    modules = {"block": model.blocks[0], "attention": model.part(model.anatomy.attention, 1)}
    with ExitStack() as stack:
        for name, module in modules.items():
            stack.enter_context(hooked(module, lambda *_, name=name: fired.append(name)))
        before = trace(model.hf)
        interp.capture(model, TOKENS, model.sites)
        with interp.edited(model, interp.knockout(0, keys=1)):
            model(TOKENS)
        assert fired == ["block", "attention"] * 2
        require_same(before, trace(model.hf))


def test_a_hook_removed_or_added_inside_the_block_stays_so(gpt2: Model) -> None:
    fired: list[int] = []
    old = gpt2.blocks[0].register_forward_hook(lambda *_: fired.append(0))
    with interp.edited(gpt2, interp.zero_ablate(interp.resid(1)), interp.knockout(0, keys=1)):
        old.remove()
        new = gpt2.blocks[0].register_forward_hook(lambda *_: fired.append(1))
        gpt2(TOKENS)
    gpt2(TOKENS)
    new.remove()
    assert fired == [1, 1]


def test_blocks_may_end_in_any_order(model: Model) -> None:
    plain = model(TOKENS)
    zero, cut = interp.zero_ablate(interp.resid(1), at=2), interp.knockout(0, keys=0, queries=[3])
    with interp.edited(model, zero), interp.edited(model, cut):
        both = model(TOKENS)
    with interp.edited(model, cut):
        only_cut = model(TOKENS)
    first, second = interp.edited(model, zero, cut), interp.edited(model, zero, cut)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert torch.equal(model(TOKENS), both)
    second.__exit__(None, None, None)
    assert torch.equal(model(TOKENS), plain)
    third, fourth = interp.edited(model, zero), interp.edited(model, cut)
    third.__enter__()
    fourth.__enter__()
    third.__exit__(None, None, None)
    assert torch.equal(model(TOKENS), only_cut)
    fourth.__exit__(None, None, None)
    assert torch.equal(model(TOKENS), plain)


def test_two_models_made_from_one_configuration_do_not_disturb_each_other() -> None:
    first = interp.load(fresh("llama"))
    second = interp.load(type(first.hf)(first.hf.config))
    plain, other = first(TOKENS), second(TOKENS)
    outer, inner = interp.edited(first, one()), interp.edited(second, one())
    outer.__enter__()
    inner.__enter__()
    outer.__exit__(None, None, None)
    assert not torch.allclose(second(TOKENS), other), "the edit of the second is still there"
    inner.__exit__(None, None, None)
    assert torch.equal(first(TOKENS), plain)
    assert torch.equal(second(TOKENS), other)
    assert first.hf.config._attn_implementation == "sdpa"


def test_edits_of_one_model_do_not_reach_another_of_the_same_architecture(name: str) -> None:
    one_model, other = made(name), interp.load(fresh(name))
    plain = other(TOKENS)
    with interp.edited(one_model, interp.zero_ablate(interp.resid(1)), interp.knockout(0)):
        assert torch.equal(other(TOKENS), plain)
        assert not torch.equal(one_model(TOKENS), plain)


def test_a_training_model_stays_one(gpt2: Model) -> None:
    hf = fresh("gpt2")
    model = interp.load(hf)
    hf.train()
    state = torch.random.get_rng_state()
    before = trace(hf)
    with interp.edited(model, interp.knockout(0, keys=0)):
        pass
    require_same(before, trace(hf))
    assert torch.equal(torch.random.get_rng_state(), state), "looking whether attention can be reached drew numbers"
    with interp.edited(model, interp.knockout(0, keys=0)):
        model(TOKENS).sum().backward()
    assert all(weight.grad is not None for weight in hf.parameters())
    require_same(before | {"gradients": []}, trace(hf) | {"gradients": []})
