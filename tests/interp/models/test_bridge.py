"""TransformerLens as oracle: its bridge agrees wherever both name a site, and can be loaded."""

from typing import Any

import pytest
import torch

import interp
from interp import ModelError
from tests.architectures import ARCHITECTURES, fresh, made, some_tokens
from tests.conftest import require_same, trace

TOKENS = some_tokens()
ABSENT = {"gptj": ("rot_q", "rot_k"), "neox": ("rot_q", "rot_k"), "neox-sequential": ("rot_q", "rot_k")}
"""Kinds that the bridge of an architecture does not have."""


def bridged(name: str) -> tuple[Any, Any]:
    """A bridge, and the Hugging Face module that it wraps in place."""
    from transformer_lens.model_bridge.sources import build_bridge_from_module

    hf = fresh(name)
    return build_bridge_from_module(hf, ARCHITECTURES[name].model, hf_config=hf.config, tokenizer=None), hf


@torch.no_grad()
def test_every_shared_name_holds_the_same_tensor(name: str) -> None:
    bridge, _ = bridged(name)
    logits, cache = bridge.run_with_cache(TOKENS)
    model = made(name)
    torch.testing.assert_close(model(TOKENS), logits, rtol=1e-5, atol=1e-5)
    acts = interp.capture(model, TOKENS, model.sites)
    missing = {site.kind for site in model.sites if site.name not in cache}
    assert missing == set(ABSENT.get(name, ()))
    for site in model.sites:
        # TransformerLens hands out GPT-J's pattern under the name of its scores.
        if site.kind in missing or (name, site.kind) == ("gptj", "scores"):
            continue
        ours, theirs = acts[site], cache[site.name]
        # Masked scores are -inf here and the most negative number there.
        allowed = ours > -torch.inf
        assert ours.shape == theirs.shape, site
        torch.testing.assert_close(ours[allowed], theirs[allowed], rtol=1e-4, atol=1e-5, msg=str(site))
        assert theirs[~allowed].numel() == 0 or theirs[~allowed].max() < -1e4


@torch.no_grad()
def test_a_loaded_bridge_shares_its_weights_and_stays_as_it_is(name: str) -> None:
    bridge, hf = bridged(name)
    plain, before, state = bridge(TOKENS), trace(hf), torch.random.get_rng_state()
    model = interp.load(bridge)
    assert torch.equal(torch.random.get_rng_state(), state)
    torch.testing.assert_close(model(TOKENS), plain, rtol=1e-5, atol=1e-5)
    acts = interp.capture(model, TOKENS, model.sites)
    for site, tensor in interp.capture(made(name), TOKENS, model.sites).items():
        torch.testing.assert_close(acts[site], tensor, rtol=1e-5, atol=1e-5)
    with interp.edited(model, interp.knockout(0), interp.zero_ablate(interp.resid(1))):
        torch.testing.assert_close(bridge(TOKENS), plain, rtol=0, atol=0)
    require_same(before, trace(hf))
    assert {weight.data_ptr() for weight in model.hf.parameters()} <= {
        weight.data_ptr() for weight in bridge.parameters()
    }
    for weight in bridge.parameters():
        weight.mul_(0.5)
    torch.testing.assert_close(model(TOKENS), bridge(TOKENS), rtol=1e-5, atol=1e-5)
    assert not torch.allclose(model(TOKENS), plain)


def test_a_loaded_bridge_keeps_its_dtype_and_its_tokenizer() -> None:
    bridge, hf = bridged("llama")
    hf.to(torch.bfloat16)
    bridge.tokenizer = "some tokenizer"
    model = interp.load(bridge)
    assert model.tokenizer == "some tokenizer"
    assert {weight.dtype for weight in model.hf.parameters()} == {torch.bfloat16}
    assert model(TOKENS).isfinite().all()


def test_a_bridge_with_processed_weights_is_refused() -> None:
    bridge, _ = bridged("gpt2")
    bridge.enable_compatibility_mode(disable_warnings=True)
    with pytest.raises(ModelError, match="processed weights"):
        interp.load(bridge)


def test_a_module_inside_a_bridge_is_refused_for_the_bridge() -> None:
    _, hf = bridged("gpt2")
    with pytest.raises(ModelError, match="hand the bridge to load"):
        interp.load(hf)


def test_a_model_wrapped_after_it_was_loaded_is_refused() -> None:
    from transformer_lens.model_bridge.sources import build_bridge_from_module

    for name in ("gpt2", "llama"):
        hf = fresh(name)
        model = interp.load(hf)
        interp.capture(model, TOKENS, interp.pattern(0))
        build_bridge_from_module(hf, ARCHITECTURES[name].model, hf_config=hf.config, tokenizer=None)
        with pytest.raises(ModelError, match="replaced since it was loaded"):
            interp.capture(model, TOKENS, interp.resid(1))
        with pytest.raises(ModelError, match="replaced since it was loaded"), interp.edited(model, interp.knockout(0)):
            pytest.fail("the block must not be entered")


def test_what_is_no_bridge_inside_is_an_error() -> None:
    class TransformerBridge:
        original_model = torch.nn.Linear(2, 2)

    with pytest.raises(ModelError, match="cannot find the Hugging Face weights"):
        interp.load(TransformerBridge())
