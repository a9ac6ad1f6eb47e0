from dataclasses import replace
from types import MethodType
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import interp
from interp import Anatomy, Model, ModelError
from interp.models import reach
from interp.models.anatomy import anatomy_of
from interp.models.attention import KINDS, Beside, attention, standing
from tests.architectures import DEPTH, HEADS, VOCABULARY, WIDTH, fresh, made, redraw, some_tokens
from tests.conftest import require_same, trace

TOKENS = some_tokens()


def bloom() -> Model:
    """An architecture with an attention of its own (ALiBi, no attention interface)."""
    from transformers import BloomConfig, BloomForCausalLM

    config = BloomConfig(vocab_size=VOCABULARY, hidden_size=WIDTH, n_layer=DEPTH, n_head=HEADS)
    with torch.random.fork_rng(devices=[]):
        hf = BloomForCausalLM(config)
    redraw(hf)
    anatomy = Anatomy(
        blocks="transformer.h",
        final_norm="transformer.ln_f",
        attention="self_attention",
        q="self_attention.query_key_value",
        k="self_attention.query_key_value",
        v="self_attention.query_key_value",
        z="self_attention.dense",
        attn_out="self_attention.dense",
        before_mlp="post_attention_layernorm",
        mlp="mlp",
        mlp_pre="mlp.dense_h_to_4h",
        mlp_post="mlp.dense_4h_to_h",
        mlp_out="mlp.dense_4h_to_h",
        layout="head 3 d_head",
        rotary=False,
    )
    return interp.load(hf, anatomy=anatomy)


@torch.no_grad()
def test_an_attention_that_cannot_be_reached_leaves_the_other_sites() -> None:
    model = bloom()
    before, plain = trace(model.hf), model(TOKENS)
    acts = interp.capture(model, TOKENS, [site for site in model.sites if site.kind not in KINDS])
    for layer in range(DEPTH):
        total = acts[interp.resid(layer)] + acts[interp.attn_out(layer)] + acts[interp.mlp_out(layer)]
        torch.testing.assert_close(total, acts[interp.resid(layer + 1)])
    torch.testing.assert_close(interp.logit_lens(model, TOKENS)[-1], plain)
    with interp.edited(model, interp.zero_ablate(interp.resid(1), at=3)):
        assert torch.equal(model(TOKENS)[:, :3], plain[:, :3])
    for site in (interp.scores(0), interp.pattern(1)):
        with pytest.raises(ModelError, match=r"attention of .*Bloom.* cannot be reached: blocks \[0, 1\]"):
            interp.capture(model, TOKENS, [interp.resid(0), site])
    with pytest.raises(ModelError, match="cannot be reached"), interp.edited(model, interp.knockout(0)):
        pytest.fail("the block must not be entered")
    require_same(before, trace(model.hf))
    assert torch.equal(model(TOKENS), plain)


@torch.no_grad()
def test_one_block_that_cannot_be_reached_is_enough_to_refuse() -> None:
    hf = fresh("llama")
    own = hf.model.layers[1].self_attn

    class Other(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.q_proj, self.k_proj, self.v_proj, self.o_proj = own.q_proj, own.k_proj, own.v_proj, own.o_proj

        def forward(self, hidden_states: Tensor, **_: Any) -> tuple[Tensor, None]:
            return hidden_states, None

    hf.model.layers[1].self_attn = Other()
    model = interp.load(hf)
    with pytest.raises(ModelError, match=r"blocks \[1\] keep their own code"):
        interp.capture(model, TOKENS, interp.pattern(0))


@torch.no_grad()
def test_an_attention_that_does_more_than_the_function_is_refused() -> None:
    """As in an architecture with attention sinks: the function would be called, and leave them out."""
    hf = fresh("llama")

    def with_sink(self: nn.Module, *args: Any, **kwargs: Any) -> Any:
        out, pattern = type(self).forward(self, *args, **kwargs)
        return (out * 0.5 if hf.config._attn_implementation != reach.IMPLEMENTATION else out), pattern

    hf.model.layers[0].self_attn.forward = MethodType(with_sink, hf.model.layers[0].self_attn)
    with pytest.raises(ModelError, match="does more than a softmax over scaled scores"):
        interp.capture(interp.load(hf), TOKENS, interp.pattern(0))


def test_looking_whether_attention_can_be_reached_disturbs_nobody(name: str) -> None:
    """The first look at an attention site happens inside edits and hooks that a second forward pass would upset."""
    model = interp.load(fresh(name))
    seen: list[tuple[int, ...]] = []
    handle = model.blocks[0].register_forward_pre_hook(lambda _, arguments: seen.append(tuple(arguments[0].shape)))
    value = interp.capture(made(name), TOKENS, interp.resid(1))[interp.resid(1)]
    with interp.watch(model, interp.resid(0)) as acts, interp.edited(model, interp.replace(interp.resid(1), value)):
        model(TOKENS)
        first = acts[interp.resid(0)]
        with interp.edited(model, interp.zero_ablate(interp.z(0), at=6)), interp.edited(model, interp.knockout(1)):
            assert acts[interp.resid(0)] is first
            assert len(seen) == 1
        interp.capture(model, TOKENS, interp.pattern(1))
    handle.remove()
    assert seen == [(3, 7, WIDTH)] * 2


@torch.no_grad()
def test_an_implementation_that_the_user_chose_comes_back() -> None:
    hf = fresh("llama", attn_implementation="eager")
    model = interp.load(hf)
    interp.capture(model, TOKENS, interp.pattern(0))
    assert hf.config._attn_implementation == "eager"
    with interp.edited(model, interp.knockout(0)):
        assert hf.config._attn_implementation == reach.IMPLEMENTATION
    assert hf.config._attn_implementation == "eager"


@torch.no_grad()
def test_a_method_that_somebody_put_on_an_instance_comes_back() -> None:
    hf = fresh("gptj")
    module, calls = hf.transformer.h[0].attn, []

    def own(*args: Any) -> Any:
        calls.append(1)
        return type(module)._attn(module, *args)

    module._attn = own
    model = interp.load(hf)
    truth = interp.capture(made("gptj"), TOKENS, interp.pattern(0))[interp.pattern(0)]
    assert torch.equal(interp.capture(model, TOKENS, interp.pattern(0))[interp.pattern(0)], truth)
    assert module._attn is own
    assert "_attn" not in vars(hf.transformer.h[1].attn)
    calls.clear()
    model(TOKENS)
    assert calls == [1]


def test_an_anatomy_whose_method_is_missing_leaves_nothing_switched() -> None:
    hf = fresh("gptj")
    model = interp.load(hf, anatomy=replace(anatomy_of(hf.config), attention="attn.nothing"))
    before = trace(hf)
    with pytest.raises(ModelError, match=r"attn.nothing"):
        interp.capture(model, TOKENS, interp.pattern(0))
    require_same(before, trace(hf))


def test_without_a_mask_attention_is_causal_and_masks_may_be_of_any_sort() -> None:
    generator = torch.Generator().manual_seed(0)
    query, key, value = (torch.randn(2, heads, 5, 4, generator=generator) for heads in (4, 2, 2))
    module = nn.Module().eval()
    causal = torch.ones(5, 5, dtype=torch.bool).tril()
    lowest = torch.finfo(torch.float32).min
    masks = [None, causal[None, None], torch.zeros(5, 5).masked_fill(~causal, lowest)[None, None]]
    masks += [torch.zeros(5, 5).masked_fill(~causal, -torch.inf)[None, None]]
    outs = [attention(module, query, key, value, mask, scaling=0.5) for mask in masks]
    for out, pattern in outs:
        assert torch.equal(out, outs[0][0])
        assert torch.equal(pattern, outs[0][1])
    truth = nn.functional.scaled_dot_product_attention(query, key, value, is_causal=True, scale=0.5, enable_gqa=True)
    torch.testing.assert_close(outs[0][0], truth.transpose(1, 2))
    bias = torch.randn(5, 5, generator=generator)
    out, _ = attention(module, query, key, value, bias[None, None], scaling=0.5)
    truth = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=bias, scale=0.5, enable_gqa=True)
    torch.testing.assert_close(out, truth.transpose(1, 2))
    # With keys kept from before, the last query sees them all.
    out, pattern = attention(module, query[:, :, -1:], key, value, None, scaling=0.5)
    torch.testing.assert_close(out, outs[0][0][:, -1:])


@pytest.mark.parametrize("softcap", [None, 1.5])
def test_tokens_that_stand_in_no_sequence_see_themselves_and_what_is_beside_them(softcap: float | None) -> None:
    """Against the same function on sequences in which the token is the last one, with the same edges masked."""
    generator = torch.Generator().manual_seed(0)
    query, key, value = (torch.randn(5, heads, 3, 4, generator=generator) for heads in (4, 2, 2))
    keep = torch.tensor([[True, False], [False, False], [True, True], [False, True]])
    mask = torch.cat([keep, torch.ones(4, 1, dtype=torch.bool)], dim=1)[None, :, None]
    module = nn.Module().eval()
    truth, pattern = attention(module, query[:, :, 2:], key, value, mask, scaling=0.5, softcap=softcap)
    q, k, v = (part[:, :, 2].transpose(0, 1)[None] for part in (query, key, value))
    beside = Beside(key[:, :, :2].transpose(1, 2), value[:, :, :2].transpose(1, 2), keep)
    with standing(module, beside):
        found, seen = attention(module, q, k, v, None, scaling=0.5, softcap=softcap)
    torch.testing.assert_close(found[0], truth[:, 0])
    torch.testing.assert_close(seen[0].transpose(0, 1), pattern[:, :, 0].roll(1, dims=-1))
    assert beside.own is not None
    assert torch.equal(beside.own[0], key[:, :, 2])
    assert torch.equal(beside.own[1], value[:, :, 2])
    # One set for all is as a set for each; afterwards the function is as before.
    same = Beside(beside.keys[:1].expand(5, -1, -1, -1), beside.values[:1].expand(5, -1, -1, -1))
    with standing(module, same):
        each = attention(module, q, k, v, None, scaling=0.5)[0]
    with standing(module, Beside(beside.keys[:1], beside.values[:1])):
        torch.testing.assert_close(attention(module, q, k, v, None, scaling=0.5)[0], each)
    assert torch.equal(attention(module, query[:, :, 2:], key, value, mask, 0.5, softcap=softcap)[0], truth)
