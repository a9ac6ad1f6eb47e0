"""The masked model against one whose weights were multiplied by hand, gradients against autograd through that."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call

import interp
from interp import Model
from interp.errors import ModelError, ShapeError
from interp.subnetworks.gates import DECIDED
from interp.subnetworks.mask import Mask
from interp.subnetworks.masked import Masked
from interp.subnetworks.settings import Search
from tests.architectures import fresh, some_tokens

GRAINS = ["weight", "neuron", "head", "matrix"]


def shaken(model: Model, plan: Search, step: int = 1) -> Masked:
    """Variables from a normal of 1, where they are not decided."""
    masked = Masked(model, plan)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for variable in masked.variables:
            drawn = torch.randn(variable.shape, generator=generator, dtype=variable.dtype)
            variable.copy_(torch.where(variable.abs() < DECIDED, drawn, variable))
    masked.at(step)
    return masked


def gates(masked: Masked, variables: list[Tensor]) -> dict[str, Tensor]:
    """The gates of every weight, from the formula."""
    beta = masked.plan.growth
    if masked.plan.grain == "weight":
        return {n: torch.sigmoid(beta * v) for n, v in zip(masked.weights, variables, strict=True)}
    values = torch.sigmoid(beta * variables[0])
    return {
        name: torch.where(masked.keep[name], 1, masked.units.expand(name, values)) if masked.keep
        else masked.units.expand(name, values)
        for name in masked.weights
    }  # fmt: skip


def by_hand(masked: Masked, tokens: Tensor, variables: list[Tensor]) -> Tensor:
    model = masked.model
    weights: dict[str, Tensor] = {
        name: model.hf.get_parameter(name).detach() * gate for name, gate in gates(masked, variables).items()
    }
    logits: Tensor = functional_call(model.hf, weights, kwargs={"input_ids": tokens, "use_cache": False}).logits
    return logits


@pytest.mark.parametrize("grain", GRAINS)
def test_logits_and_gradients_are_those_of_weights_multiplied_by_hand(grain: Any, model: Model) -> None:
    masked = shaken(model, Search(lam=0.0, grain=grain))
    tokens = some_tokens()
    leaves = [variable.detach().clone().requires_grad_() for variable in masked.variables]
    expected = by_hand(masked, tokens, leaves)
    wanted = torch.autograd.grad(expected.pow(2).mean(), leaves)
    with masked.inside():
        logits = model(tokens)
        logits.pow(2).mean().backward()
    torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-5)
    for variable, gradient in zip(masked.variables, wanted, strict=True):
        torch.testing.assert_close(variable.grad, gradient, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("method", ["continuous", "hard concrete"])
@pytest.mark.parametrize("grain", GRAINS)
def test_the_penalty_adds_the_gradient_of_lambda_times_the_mean_gate(method: Any, grain: Any, gpt2: Model) -> None:
    tokens = some_tokens()
    found = {}
    for lam in (0.0, 7.0):
        masked = shaken(gpt2, Search(lam=lam, grain=grain, method=method))
        with masked.inside():
            gpt2(tokens).pow(2).mean().backward()
        found[lam] = [variable.grad for variable in masked.variables]
    leaves = [variable.detach().clone().requires_grad_() for variable in masked.variables]
    shift, beta = (0.0, 1.001) if method == "continuous" else (2 / 3 * math.log(0.1 / 1.1), 1.0)
    weights = masked.units.weights if grain != "weight" else 1
    size = sum(((beta * leaf - shift).sigmoid() * weights).sum() for leaf in leaves)
    wanted = torch.autograd.grad(7.0 * size / masked.total, leaves)
    for with_it, without, gradient in zip(found[7.0], found[0.0], wanted, strict=True):
        assert with_it is not None
        assert without is not None
        torch.testing.assert_close(with_it - without, gradient, rtol=1e-3, atol=1e-6)


def test_inside_the_weights_are_frozen_and_afterwards_all_is_as_before_even_after_an_error(gpt2: Model) -> None:
    masked, tokens = shaken(gpt2, Search(lam=1.0)), some_tokens()
    before = gpt2(tokens)
    for error in (None, ValueError("in the middle")):
        try:
            with masked.inside():
                gpt2(tokens).sum().backward()
                assert not any(weight.requires_grad for weight in gpt2.hf.parameters())
                if error:
                    raise error
        except ValueError:
            pass
        assert all(weight.requires_grad and weight.grad is None for weight in gpt2.hf.parameters())
        assert torch.equal(gpt2(tokens), before)


def test_off_runs_the_whole_model_inside(model: Model) -> None:
    masked, tokens = shaken(model, Search(lam=1.0)), some_tokens()
    with torch.no_grad():
        before = model(tokens)
        with masked.inside():
            first = model(tokens)
            with masked.off():
                assert torch.equal(model(tokens), before)
            assert torch.equal(model(tokens), first)
    assert not torch.equal(first, before)


def test_biases_norms_and_embeddings_can_be_masked_too(gpt2: Model) -> None:
    names = ("transformer.wte.weight", "*.ln_1.weight", "*.c_fc.bias", "*.c_fc.weight", "*.c_proj.bias")
    masked, tokens = shaken(gpt2, Search(lam=0.0, names=names)), some_tokens()
    assert "transformer.h.0.ln_1.weight" in masked.weights
    leaves = [variable.detach().clone().requires_grad_() for variable in masked.variables]
    expected = by_hand(masked, tokens, leaves)
    wanted = torch.autograd.grad(expected.pow(2).mean(), leaves)
    with masked.inside():
        logits = gpt2(tokens)
        logits.pow(2).mean().backward()
    torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-5)
    for variable, gradient in zip(masked.variables, wanted, strict=True):
        torch.testing.assert_close(variable.grad, gradient, rtol=1e-3, atol=1e-6)


def test_what_is_kept_is_always_on_learns_nothing_and_is_not_counted(gpt2: Model) -> None:
    core = Mask({n: torch.rand(k.shape) < 0.3 for n, k in Mask.full(gpt2).kept.items()}, Mask.full(gpt2).model)
    masked = shaken(gpt2, Search(lam=5.0, keep=core))
    with masked.inside():
        gpt2(some_tokens()).sum().backward()
    for variable, kept in zip(masked.variables, core.kept.values(), strict=True):
        assert variable.grad is not None
        assert not variable.grad[kept].any()
        assert variable.grad[~kept].all()
    census = masked.census(1)
    free = torch.cat([v.detach()[~k] for v, k in zip(masked.variables, core.kept.values(), strict=True)])
    soft = torch.sigmoid(1.001 * free.double())
    assert census.size == pytest.approx(float(soft.sum()), rel=1e-4)
    assert (census.open, census.undecided) == (int((soft > 0.9).sum()), int(((soft >= 0.1) & (soft <= 0.9)).sum()))


@pytest.mark.parametrize("grain", ["head", "neuron", "matrix"])
def test_kept_weights_are_on_inside_a_unit_that_is_off(grain: Any, gpt2: Model) -> None:
    names = tuple(Masked(gpt2, Search(lam=0.0, grain=grain)).weights)
    full = Mask.full(gpt2, names)
    generator = torch.Generator().manual_seed(0)
    core = Mask({n: torch.rand(k.shape, generator=generator) < 0.3 for n, k in full.kept.items()}, full.model)
    masked, tokens = shaken(gpt2, Search(lam=2.0, grain=grain, keep=core)), some_tokens()
    leaves = [variable.detach().clone().requires_grad_() for variable in masked.variables]
    expected = by_hand(masked, tokens, leaves)
    size = (torch.sigmoid(1.001 * leaves[0]) * masked.free).sum()
    wanted = torch.autograd.grad(expected.pow(2).mean() + 2.0 * size / masked.total, leaves)
    with masked.inside():
        logits = gpt2(tokens)
        logits.pow(2).mean().backward()
    torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(masked.variables[0].grad, wanted[0], rtol=1e-3, atol=1e-6)
    assert int(masked.free.sum()) == core.total - core.size
    assert masked.census(1).size == pytest.approx(float(size.detach()), rel=1e-4)


def test_weights_of_exactly_zero_begin_decided_off() -> None:
    hf = fresh("gpt2")
    with torch.no_grad():
        hf.transformer.h[0].mlp.c_fc.weight[3] = 0
    masked = Masked(interp.load(hf), Search(lam=0.0))
    variable = masked.variables[list(masked.weights).index("transformer.h.0.mlp.c_fc.weight")]
    assert (variable[3] == -DECIDED).all()
    assert (variable != 0).sum() == variable.shape[1]


def test_a_module_with_a_forward_of_its_own_keeps_it(gpt2: Model) -> None:
    module: nn.Module = gpt2.hf.transformer.h[0].mlp.c_fc
    plain = module.forward
    module.forward = lambda x: plain(x) + 1
    own = module.forward
    masked, tokens = shaken(gpt2, Search(lam=0.0)), some_tokens()
    expected = by_hand(masked, tokens, list(masked.variables))
    try:
        with masked.inside():
            torch.testing.assert_close(gpt2(tokens), expected, rtol=1e-4, atol=1e-5)
        assert module.forward is own
    finally:
        del module.forward


def test_dropout_is_off_inside_and_modes_are_put_back() -> None:
    model = interp.load(fresh("gpt2", resid_pdrop=0.5))
    model.hf.train()
    masked, tokens = shaken(model, Search(lam=0.0)), some_tokens()
    with masked.inside():
        assert torch.equal(model(tokens), model(tokens))
    assert all(part.training for part in model.hf.modules())


def test_the_unembedding_and_a_foreign_core_are_refused(gpt2: Model) -> None:
    with pytest.raises(ModelError, match="unembedding"):
        Masked(gpt2, Search(lam=0.0, names=("lm_head.weight",)))
    other = Mask.full(interp.load(fresh("gpt2", n_layer=1)))
    with pytest.raises(ModelError):
        Masked(gpt2, Search(lam=0.0, keep=other))
    with pytest.raises(ShapeError, match="not searched: transformer"):
        Masked(gpt2, Search(lam=0.0, keep=Mask.full(gpt2), grain="neuron"))
