"""Every site of every architecture against the same numbers recomputed from the weights."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

import interp
from interp import Model, Site
from interp.activations.selection import Selection
from interp.models.attention import KINDS as IN_ATTENTION
from interp.models.sites import KINDS
from tests.architectures import some_tokens
from tests.reference import expected, reference

TOKENS = some_tokens()


def close(ours: Tensor, oracle: Tensor) -> None:
    torch.testing.assert_close(ours.double(), oracle, rtol=2e-5, atol=2e-5)


def noise(shape: torch.Size, seed: int = 1) -> Tensor:
    return 0.5 * torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def test_captured_tensors_equal_those_recomputed_from_the_weights(model: Model, name: str) -> None:
    sites, _ = expected(name)
    acts = interp.capture(model, TOKENS, model.sites)
    assert set(acts) == set(sites)
    for site, tensor in acts.items():
        assert len(KINDS[site.kind].axes.split()) == tensor.ndim
        close(tensor, sites[site])


@torch.no_grad()
def test_logits_are_those_of_the_hugging_face_module_and_of_the_weights(model: Model, name: str) -> None:
    logits = model(TOKENS)
    assert torch.equal(logits, model.hf(input_ids=TOKENS).logits)
    close(logits, expected(name)[1])
    with interp.watch(model, interp.scores(0)):
        torch.testing.assert_close(model(TOKENS), logits, rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_residual_plus_attention_plus_mlp_is_the_next_residual(model: Model) -> None:
    acts = interp.capture(model, TOKENS, model.sites)
    for layer in range(model.depth):
        middle = acts[interp.resid(layer)] + acts[interp.attn_out(layer)]
        torch.testing.assert_close(middle + acts[interp.mlp_out(layer)], acts[interp.resid(layer + 1)])
        if interp.mid(layer) in model.sites:
            torch.testing.assert_close(middle, acts[interp.mid(layer)])


def test_the_middle_is_missing_just_where_blocks_are_parallel(model: Model, name: str) -> None:
    if name in ("gptj", "neox"):
        with pytest.raises(interp.UnknownNameError, match=r"hook_resid_mid.*in parallel"):
            interp.capture(model, TOKENS, "blocks.1.hook_resid_mid")
    else:
        assert interp.mid(1) in model.sites


@torch.no_grad()
def test_putting_back_what_was_there_changes_no_bit_of_the_logits(model: Model) -> None:
    plain = model(TOKENS)
    with interp.watch(model, interp.scores(0)):
        explicit = model(TOKENS)
    for site in model.sites:
        value = interp.capture(model, TOKENS, site)[site]
        with interp.edited(model, interp.replace(site, value)):
            logits = model(TOKENS)
        assert torch.equal(logits, explicit if site.kind in IN_ATTENTION else plain), site


@torch.no_grad()
def test_an_edit_gives_the_logits_of_the_same_change_in_the_recomputation(model: Model) -> None:
    for site in model.sites:
        heads = None if KINDS[site.kind].head_axis is None else 0
        part = interp.capture(model, TOKENS, site, at=[1, 3], heads=heads)[site]
        step = noise(part.shape)
        with interp.edited(model, interp.add(site, step, at=[1, 3], heads=heads)):
            logits = model(TOKENS)
        _, oracle = reference(model.hf, TOKENS, {site: adding(Selection(site, [1, 3], heads), step)})
        close(logits, oracle)
        assert (logits - expected_logits(model)).abs().max() > 1e-3, site


def adding(selection: Selection, step: Tensor) -> Callable[[Tensor], Tensor]:
    return lambda tensor: selection.put(tensor, selection.take(tensor) + step)


def expected_logits(model: Model) -> Tensor:
    return model(TOKENS)


@torch.no_grad()
def test_an_edit_leaves_earlier_positions_alone_and_reaches_those_that_it_should(model: Model) -> None:
    plain = model(TOKENS)
    with interp.watch(model, interp.scores(0)):
        explicit = model(TOKENS)
    for site in model.sites:
        step = noise(interp.capture(model, TOKENS, site, at=3)[site].shape)
        with interp.edited(model, interp.add(site, step, at=3)):
            moved = model(TOKENS) != (explicit if site.kind in IN_ATTENTION else plain)
        assert not moved[:, :3].any(), site
        assert moved[:, 3].any(), site
        assert moved[:, 4:].any() == reaches_later_positions(site, model), site


def reaches_later_positions(site: Site, model: Model) -> bool:
    """Whether an attention still follows in which later queries read this position."""
    if site.kind in ("resid", "final_norm"):
        return site.kind == "resid" and site.layer < model.depth
    return site.layer < model.depth - 1 or site.kind in ("k", "v", "rot_k")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_gradients_at_a_site_equal_those_of_the_recomputation(model: Model, kind: str) -> None:
    sites = [site for site in model.sites if site.kind == kind]
    weights = noise(torch.Size([*TOKENS.shape, model.vocabulary]))
    with interp.watch(model, sites or interp.resid(0)) as acts:
        logits = model(TOKENS)
    for site in sites:
        (ours,) = torch.autograd.grad((logits * weights).sum(), acts[site], retain_graph=True)
        leaves: list[Tensor] = []

        def leaf(tensor: Tensor, leaves: list[Tensor] = leaves) -> Tensor:
            leaves.append(tensor.detach().requires_grad_())
            return leaves[0]

        _, oracle = reference(model.hf, TOKENS, {site: leaf})
        (truth,) = torch.autograd.grad((oracle * weights).sum(), leaves)
        scale = truth.abs().max()
        assert scale > 0
        torch.testing.assert_close(ours.double() / scale, truth / scale, rtol=1e-4, atol=1e-4)
