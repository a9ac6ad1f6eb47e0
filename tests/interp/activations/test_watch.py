import pytest
import torch

import interp
from interp import Model, UnknownNameError
from interp.models.sites import KINDS
from tests.architectures import some_tokens

TOKENS = some_tokens()


@torch.no_grad()
def test_watching_reads_what_capture_reads_and_changes_no_logit(model: Model) -> None:
    for sites in ([interp.resid(1), interp.mlp_post(0), interp.final_norm()], model.sites):
        with interp.watch(model, sites) as acts:
            logits = model(TOKENS)
        captured = interp.capture(model, TOKENS, sites)
        assert set(acts) == set(sites)
        assert all(torch.equal(acts[site], captured[site]) for site in sites)
        torch.testing.assert_close(logits, model(TOKENS), rtol=1e-5, atol=1e-5)


def test_a_watched_part_has_its_share_of_the_gradient_of_the_whole(model: Model) -> None:
    with interp.watch(model, model.sites) as whole:
        full = torch.autograd.grad(model(TOKENS).square().sum(), [whole[site] for site in model.sites])
    headed = [site for site in model.sites if KINDS[site.kind].head_axis is not None]
    flat = [site for site in model.sites if site not in headed]
    for sites, head in ((headed, 0), (flat, None)):
        with interp.watch(model, sites, at=[1, 4], heads=head) as part:
            some = torch.autograd.grad(model(TOKENS).square().sum(), [part[site] for site in sites])
        for site, ours in zip(sites, some, strict=True):
            truth = full[model.sites.index(site)].index_select(KINDS[site.kind].position_axis, torch.tensor([1, 4]))
            truth = truth if head is None else truth.select(KINDS[site.kind].head_axis or 0, head)
            torch.testing.assert_close(ours, truth, rtol=1e-4, atol=1e-4, msg=str(site))


def test_the_last_pass_stays_readable(gpt2: Model) -> None:
    with interp.watch(gpt2, interp.resid(2)) as acts:
        with pytest.raises(UnknownNameError):
            acts[interp.resid(2)]
        gpt2(TOKENS)
        gpt2(TOKENS[:1])
        assert acts[interp.resid(2)].shape[0] == 1
    gpt2(TOKENS)
    assert acts["blocks.1.hook_resid_post"].shape[0] == 1


@torch.no_grad()
def test_a_watch_sees_edits_opened_before_it_and_not_those_after(gpt2: Model) -> None:
    zero = interp.zero_ablate(interp.resid(1))
    with interp.edited(gpt2, zero), interp.watch(gpt2, interp.resid(1)) as inner:
        gpt2(TOKENS)
    with interp.watch(gpt2, interp.resid(1)) as outer, interp.edited(gpt2, zero):
        gpt2(TOKENS)
    assert inner[interp.resid(1)].eq(0).all()
    assert outer[interp.resid(1)].ne(0).any()


@torch.no_grad()
def test_a_capture_inside_a_watch_leaves_it_what_it_read_on_the_way(gpt2: Model) -> None:
    with interp.watch(gpt2, [interp.resid(0), interp.resid(2)]) as acts:
        interp.capture(gpt2, TOKENS, interp.resid(1))
        assert list(acts) == [interp.resid(0)]
