from types import MethodType

import pytest
import torch

import interp
from interp import Model, ModelError
from interp.models.anatomy import anatomy_of
from interp.models.attention import Beside
from interp.models.reach import narrowed, reached
from interp.models.suffix import Suffix
from tests.architectures import POSITIONS, fresh, some_tokens
from tests.conftest import require_same, trace

TOKENS = some_tokens(positions=3)


def nobody(model: Model) -> Beside:
    """Tokens that see themselves alone."""
    nothing = torch.zeros(1, 0, model.kv_heads, model.d_head)
    return Beside(nothing, nothing)


@torch.no_grad()
def test_a_first_token_alone_is_what_it_is_in_the_model(model: Model) -> None:
    sites = [interp.resid(depth) for depth in range(model.depth + 1)]
    acts = interp.capture(model, TOKENS, sites, at=0)
    with reached(model):
        suffix = Suffix(model, torch.zeros(1, dtype=torch.long))
        for layer in range(model.depth):
            new = suffix.block(layer, acts[sites[layer]], nobody(model))
            torch.testing.assert_close(new, acts[sites[layer + 1]], rtol=0, atol=1e-5)


@torch.no_grad()
def test_a_token_beside_those_before_it_is_what_it_is_in_the_model(model: Model) -> None:
    """Keys and values of two tokens stand beside the third; positions are told, not counted."""
    sites = [interp.resid(depth) for depth in range(model.depth + 1)]
    acts = interp.capture(model, TOKENS, sites)
    batch = len(TOKENS)
    with reached(model):
        before = Suffix(model, torch.tensor([0, 1]).repeat(batch))
        last = Suffix(model, torch.full((batch,), 2))
        for layer in range(model.depth):
            noted = nobody(model)
            before.block(layer, acts[sites[layer]][:, :2].flatten(0, 1), noted)
            assert noted.own is not None
            keys, values = (part.unflatten(0, (batch, 2)) for part in noted.own)
            new = last.block(layer, acts[sites[layer]][:, 2], Beside(keys, values))
            torch.testing.assert_close(new, acts[sites[layer + 1]][:, 2], rtol=0, atol=1e-5)


@torch.no_grad()
def test_one_position_serves_any_number_of_tokens_that_stand_there(model: Model) -> None:
    states = torch.randn(6, model.width, generator=torch.Generator().manual_seed(0))
    with reached(model):
        one, six = (Suffix(model, torch.full((count,), 4)).block(1, states, nobody(model)) for count in (1, 6))
    torch.testing.assert_close(one, six)


@torch.no_grad()
def test_writing_down_what_blocks_are_called_with_calls_nobodys_hooks(gpt2: Model) -> None:
    called: list[int] = []
    handles = [part.register_forward_hook(lambda *_: called.append(1)) for part in (gpt2.hf, gpt2.blocks[0])]
    before = trace(gpt2.hf)
    suffix = Suffix(gpt2, torch.arange(4))
    require_same(before, trace(gpt2.hf))
    assert not called
    with reached(gpt2):
        suffix.block(0, torch.zeros(4, gpt2.width), nobody(gpt2))
    assert called == [1]
    for handle in handles:
        handle.remove()


def test_a_model_with_a_forward_of_its_own_is_refused() -> None:
    hf = fresh("llama")
    hf.forward = MethodType(lambda *_, **__: None, hf)
    with pytest.raises(ModelError, match="did not call its blocks"):
        Suffix(Model(hf, anatomy_of(hf.config), "patched"), torch.arange(2))


def test_blocks_that_do_not_show_all_earlier_tokens_are_named(name: str, model: Model) -> None:
    windows = {"mistral": [0, 1], "gemma2": [0], "gemma3": [0]}
    assert narrowed(model, POSITIONS) == windows.get(name, [])
    assert narrowed(model, 3) == []
