from typing import Any

import pytest
import torch
from torch import Tensor

import interp
from interp import Model, ShapeError, UnknownNameError
from interp.models.attention import softmax
from tests.architectures import POSITIONS, some_tokens
from tests.reference import reference

TOKENS = some_tokens()


@torch.no_grad()
def test_removed_edges_are_zero_and_the_others_share_the_attention(model: Model) -> None:
    plain = interp.capture(model, TOKENS, interp.pattern(1))[interp.pattern(1)]
    with interp.edited(model, interp.knockout(1, queries=[4, 5], keys=[4, 6], heads=[1, 2])):
        pattern = interp.capture(model, TOKENS, interp.pattern(1))[interp.pattern(1)]
    truth = plain.clone()
    truth[:, 1:3, 4:6, 4] = 0
    truth /= truth.sum(-1, keepdim=True)
    torch.testing.assert_close(pattern, truth)
    torch.testing.assert_close(pattern.sum(-1), torch.ones(3, 4, POSITIONS))
    assert torch.equal(pattern[:, [0, 3]], plain[:, [0, 3]])


@torch.no_grad()
def test_logits_without_edges_are_those_of_the_recomputation_without_them(model: Model) -> None:
    def cut(scores: Tensor) -> Tensor:
        scores = scores.clone()
        scores[:, :, 5, :] = -torch.inf
        scores[:, 2, 6, 5:] = -torch.inf
        return scores

    with interp.edited(model, interp.knockout(0, queries=5), interp.knockout(0, queries=-1, keys=slice(5, 7), heads=2)):
        logits = model(TOKENS)
    _, oracle = reference(model.hf, TOKENS, {interp.scores(0): cut})
    torch.testing.assert_close(logits.double(), oracle, rtol=2e-5, atol=2e-5)
    assert (logits - model(TOKENS)).abs().max() > 1e-3


def test_a_query_without_edges_attends_to_nothing_and_stays_finite(model: Model) -> None:
    with interp.edited(model, interp.knockout(0)), interp.watch(model, model.sites) as acts:
        logits = model(TOKENS)
        gradients = torch.autograd.grad(logits.square().sum(), [acts[interp.resid(0)], acts[interp.q(0)]])
    assert acts[interp.pattern(0)].eq(0).all()
    assert acts[interp.z(0)].eq(0).all()
    assert logits.isfinite().all()
    assert all(gradient.isfinite().all() for gradient in gradients)
    assert gradients[1].eq(0).all()


def test_the_gradient_along_a_removed_edge_is_exactly_zero(model: Model) -> None:
    query, removed, kept = 5, 4, 3
    for what in [interp.v(1), interp.rot_k(1) if model.anatomy.rotary else interp.k(1)]:
        with interp.edited(model, interp.knockout(1, queries=query, keys=removed)):
            with interp.watch(model, [what, interp.z(1)]) as acts:
                logits = model(TOKENS)
            for outcome in (acts[interp.z(1)][:, query], logits[:, query]):
                weights = torch.arange(float(outcome.numel())).reshape(outcome.shape).cos()
                (gradient,) = torch.autograd.grad((outcome * weights).sum(), acts[what], retain_graph=True)
                assert gradient[:, removed].eq(0).all(), what
                assert gradient[:, kept].ne(0).any(), what
                assert gradient[:, query + 1 :].eq(0).all(), what
        # What is cut from one query is still there for another.
        (other,) = torch.autograd.grad(logits[:, query + 1].square().sum(), acts[what])
        assert other[:, removed].ne(0).any(), what


@torch.no_grad()
def test_only_the_queries_that_lost_an_edge_change(model: Model) -> None:
    with interp.watch(model, interp.scores(1)):
        plain = model(TOKENS)
    with interp.edited(model, interp.knockout(1, queries=[2, 5], keys=[1, 4])):
        moved = (model(TOKENS) != plain).any(-1).any(0)
    assert moved.tolist() == [False, False, True, False, False, True, False]


@torch.no_grad()
def test_a_mask_of_edges_says_the_same_as_queries_and_keys(gpt2: Model) -> None:
    edges = torch.zeros(POSITIONS, POSITIONS, dtype=torch.bool)
    edges[3:, 1] = True
    by_mask, by_place = (
        interp.knockout(0, edges=edges, heads=2),
        interp.knockout(0, queries=slice(3, None), keys=1, heads=2),
    )
    patterns = []
    for edit in (by_mask, by_place):
        with interp.edited(gpt2, edit):
            patterns.append(interp.capture(gpt2, TOKENS, interp.pattern(0))[interp.pattern(0)])
    assert torch.equal(patterns[0], patterns[1])
    assert patterns[0][:, 2, 3:, 1].eq(0).all()
    assert patterns[0][:, [0, 1, 3], 3:, 1].ne(0).all()


@torch.no_grad()
def test_knockouts_compose(gpt2: Model) -> None:
    with interp.edited(gpt2, interp.knockout(0, keys=0)), interp.edited(gpt2, interp.knockout(0, keys=1)):
        both = interp.capture(gpt2, TOKENS, interp.pattern(0))[interp.pattern(0)]
    with interp.edited(gpt2, interp.knockout(0, keys=[0, 1])):
        assert torch.equal(interp.capture(gpt2, TOKENS, interp.pattern(0))[interp.pattern(0)], both)
    assert both[:, :, :2].eq(0).all()


@torch.no_grad()
def test_nothing_listed_removes_nothing(gpt2: Model) -> None:
    with interp.watch(gpt2, interp.scores(0)):
        plain = gpt2(TOKENS)
    nothing = [interp.knockout(0, keys=[]), interp.knockout(0, queries=slice(0)), interp.knockout(0, heads=[])]
    for edit in nothing:
        with interp.edited(gpt2, edit):
            assert torch.equal(gpt2(TOKENS), plain)


def test_edges_that_are_not_there_are_errors(gpt2: Model, unchecked: None) -> None:
    mask: Any = torch.zeros(POSITIONS, POSITIONS)
    with pytest.raises(ShapeError, match="boolean"):
        interp.knockout(0, edges=mask)
    with pytest.raises(ShapeError, match="not both"):
        interp.knockout(0, keys=1, edges=mask.bool())
    wrong = [
        (interp.knockout(0, edges=mask[:5, :5].bool()), r"a mask \[5, 5\] does not fit \[7, 7\]"),
        (interp.knockout(0, keys=7), "key 7 is not at"),
        (interp.knockout(0, queries=-8), "query -8 is not at"),
        (interp.knockout(0, heads=4), "head 4 is not at"),
    ]
    for edit, complaint in wrong:
        with pytest.raises(ShapeError, match=complaint), interp.edited(gpt2, edit):
            gpt2(TOKENS)
    with pytest.raises(UnknownNameError, match="has 2 blocks"), interp.edited(gpt2, interp.knockout(2)):
        pytest.fail("the block must not be entered")


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16])
def test_softmax_is_the_usual_one_but_for_rows_without_edges(dtype: torch.dtype) -> None:
    scores = torch.tensor([[1.0, 2.0, -torch.inf], [-torch.inf] * 3, [0.0, 0.0, 0.0]], dtype=dtype).requires_grad_()
    pattern = softmax(scores)
    torch.testing.assert_close(pattern[[0, 2]], scores[[0, 2]].to(pattern.dtype).softmax(-1))
    assert pattern[1].eq(0).all()
    (gradient,) = torch.autograd.grad(pattern.square().sum(), scores)
    assert gradient.isfinite().all()
    assert gradient[1].eq(0).all()
