"""The whole path on a pretrained model that nobody here made, with a loss that somebody else measured."""

import json
from pathlib import Path

import pytest
import torch
from torch import Tensor

import interp
from interp import Model

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
BOS = 1

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not (SHARED / "stories260k").exists(), reason="the real data is not beside the project"),
]


@pytest.fixture(scope="module")
def model() -> Model:
    return interp.load(SHARED / "stories260k")


@pytest.fixture(scope="module")
def stories(model: Model) -> list[Tensor]:
    """The first 150 stories, cut at the context."""
    texts = json.loads((SHARED / "tinystories" / "tinystories_1000.json").read_text(encoding="utf8"))[:150]
    encoded = [model.tokenizer.encode(text, add_special_tokens=False, verbose=False) for text in texts]
    return [torch.tensor([BOS, *ids][: model.context]) for ids in encoded]


@torch.no_grad()
def test_the_loss_is_the_published_one(model: Model, stories: list[Tensor]) -> None:
    total, count = 0.0, 0
    for story in stories:
        predicted = model(story[None])[0, :-1].log_softmax(-1)
        total -= float(predicted.gather(1, story[1:, None]).sum())
        count += len(predicted)
    assert count == 59_693
    assert total / count == pytest.approx(1.741, abs=0.005)


@torch.no_grad()
def test_the_lens_gets_better_with_depth_and_ends_at_the_model(model: Model, stories: list[Tensor]) -> None:
    tokens = torch.stack([story[:100] for story in stories[:8]])
    rows = interp.logit_lens(model, tokens)
    predicted = rows[:, :, :-1].log_softmax(-1)
    losses = -predicted.gather(3, tokens[:, 1:, None].expand(len(rows), -1, -1, 1)).mean((1, 2, 3))
    assert losses[-1] < 2
    assert losses[0] > losses[2] > losses[-1]


@torch.no_grad()
def test_stories_of_any_length_are_captured_in_order(model: Model, stories: list[Tensor]) -> None:
    sites = [interp.resid(3), interp.attn_out(3), interp.mlp_out(3), interp.resid(4)]
    acts = interp.capture(model, stories[:12], sites, batch=4)
    for place, story in enumerate(stories[:12]):
        before, attention, mlp, after = (acts[site][place] for site in sites)
        assert after.shape == (len(story), model.width)
        torch.testing.assert_close(before + attention + mlp, after)


def test_the_gradient_along_a_removed_edge_is_exactly_zero(model: Model, stories: list[Tensor]) -> None:
    tokens = stories[0][None, :40]
    with interp.edited(model, *(interp.knockout(layer, queries=39, keys=7) for layer in range(model.depth))):
        with interp.watch(model, [interp.v(4), interp.v(3)]) as acts:
            logits = model(tokens)
        last, earlier = torch.autograd.grad(logits[0, 39].square().sum(), [acts[interp.v(4)], acts[interp.v(3)]])
    assert last[0, 7].eq(0).all()
    assert last[0, 8].ne(0).any()
    assert earlier[0, 7].ne(0).any(), "what later positions read there still arrives"
