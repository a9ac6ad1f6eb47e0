"""Every site of every architecture against the same numbers recomputed from the weights."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

import interp
from interp import Model, Site
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
def test_an_edit_gives_the_logits_of_the_same_change_in_the_recomputation(model: Model, name: str) -> None:
    sites, plain = expected(name)
    for site in model.sites:
        heads = None if KINDS[site.kind].head_axis is None else 1 % model.kv_heads
        step = noise(indexed(sites[site], site, heads).shape)
        with interp.edited(model, interp.add(site, step, at=[1, 3], heads=heads)):
            logits = model(TOKENS)
        _, oracle = reference(model.hf, TOKENS, {site: adding(site, heads, step)})
        close(logits, oracle)
        assert (logits - plain).abs().max() > 1e-3, site


def indexed(tensor: Tensor, site: Site, head: int | None) -> Tensor:
    """Positions 1 and 3 of a site's tensor, of one head where it has heads: a view."""
    if site.kind in ("scores", "pattern"):
        return tensor[:, head, 1:4:2]
    return tensor[:, 1:4:2] if head is None else tensor[:, 1:4:2, head]


def adding(site: Site, head: int | None, step: Tensor) -> Callable[[Tensor], Tensor]:
    def change(tensor: Tensor) -> Tensor:
        tensor = tensor.clone()
        indexed(tensor, site, head).add_(step)
        return tensor

    return change


@torch.no_grad()
def test_an_edit_leaves_earlier_positions_alone_and_reaches_those_that_it_should(model: Model, name: str) -> None:
    plain = model(TOKENS)
    with interp.watch(model, interp.scores(0)):
        explicit = model(TOKENS)
    for site in model.sites:
        step = noise(expected(name)[0][site].select(KINDS[site.kind].position_axis, 3).shape)
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


def test_gradients_at_every_site_equal_those_of_the_recomputation(model: Model) -> None:
    weights = noise(torch.Size([*TOKENS.shape, model.vocabulary]))
    with interp.watch(model, model.sites) as acts:
        logits = model(TOKENS)
    ours = torch.autograd.grad((logits * weights).sum(), [acts[site] for site in model.sites])
    # A view of its own for each site: parallel blocks hand one tensor to attention and MLP.
    changes = dict.fromkeys(model.sites, lambda tensor: tensor.view_as(tensor))
    sites, oracle = reference(model.hf, TOKENS, changes | {interp.resid(0): lambda tensor: tensor.requires_grad_()})
    truths = torch.autograd.grad((oracle * weights).sum(), [sites[site] for site in model.sites])
    for site, our, truth in zip(model.sites, ours, truths, strict=True):
        scale = truth.abs().max()
        assert scale > 0, site
        torch.testing.assert_close(our.double() / scale, truth / scale, rtol=1e-4, atol=1e-4, msg=str(site))
