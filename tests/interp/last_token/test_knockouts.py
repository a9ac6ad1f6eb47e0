from collections.abc import Callable, Collection

import pytest
import torch
from torch import Tensor

import interp
from interp import Model, ModelError, ShapeError, UnknownNameError
from interp.last_token.knockouts import cumulative, knockout_edits, one_head, one_layer
from tests.architectures import HEADS, POSITIONS, VOCABULARY, some_tokens
from tests.interp.models.test_reach import bloom
from tests.reference import reference

TOKENS = some_tokens(batch=5)


def by_hand(model: Model, layers: Collection[int], sink: bool = True, heads: Collection[int] = range(HEADS)) -> Tensor:
    """The last token's prediction, computed anew, without its edges to the tokens between the sink and itself."""

    def cut(scores: Tensor) -> Tensor:
        scores = scores.clone()
        for head in heads:
            for key in range(1 if sink else 0, POSITIONS - 1):
                scores[:, head, POSITIONS - 1, key] = -torch.inf
        return scores

    changes: dict[interp.Site, Callable[[Tensor], Tensor]] = {interp.scores(layer): cut for layer in layers}
    return reference(model.hf, TOKENS, changes)[1][:, -1].argmax(-1)


@torch.no_grad()
@pytest.mark.parametrize("sink", [True, False])
def test_each_block_in_turn_is_cut(model: Model, sink: bool) -> None:
    found = one_layer(model, TOKENS, sink=sink)
    assert found.shape == (model.depth, len(TOKENS))
    for layer in range(model.depth):
        assert torch.equal(found[layer], by_hand(model, [layer], sink)), layer


@torch.no_grad()
def test_blocks_are_cut_one_after_the_other_in_the_order_given(model: Model) -> None:
    for order in ([0, 1], [1, 0], [1]):
        found = cumulative(model, TOKENS, order)
        assert found.shape == (len(order), len(TOKENS))
        for step in range(len(order)):
            assert torch.equal(found[step], by_hand(model, order[: step + 1])), (order, step)


@torch.no_grad()
def test_each_head_of_a_block_in_turn_is_cut(model: Model) -> None:
    found = one_head(model, TOKENS, [1, 0])
    assert found.shape == (2, HEADS, len(TOKENS))
    for row, layer in enumerate([1, 0]):
        for head in range(HEADS):
            assert torch.equal(found[row, head], by_hand(model, [layer], heads=[head])), (layer, head)


@torch.no_grad()
def test_only_the_last_token_loses_edges_and_only_to_the_others(model: Model) -> None:
    site = interp.pattern(1)
    plain = interp.capture(model, TOKENS, site)[site]
    for sink in (True, False):
        with interp.edited(model, *knockout_edits([1], POSITIONS, sink, heads=[0, 2])):
            pattern = interp.capture(model, TOKENS, site)[site]
        assert pattern[:, [0, 2], -1, int(sink) : -1].eq(0).all()
        assert pattern[:, [0, 2], -1, -1].gt(0).all()
        torch.testing.assert_close(pattern.sum(-1), torch.ones(pattern.shape[:-1]))
        assert torch.equal(pattern[:, :, :-1], plain[:, :, :-1])
        assert torch.equal(pattern[:, [1, 3]], plain[:, [1, 3]])


@torch.no_grad()
def test_with_every_block_cut_the_other_tokens_have_no_influence(model: Model) -> None:
    others = TOKENS.clone()
    others[:, 1:-1] = (others[:, 1:-1] + 1) % VOCABULARY
    every = knockout_edits(range(model.depth), POSITIONS)
    with interp.edited(model, *every):
        torch.testing.assert_close(model(others)[:, -1], model(TOKENS)[:, -1], rtol=2e-5, atol=2e-5)
    assert torch.equal(cumulative(model, others, [0, 1])[-1], cumulative(model, TOKENS, [0, 1])[-1])


@torch.no_grad()
def test_batch_size_does_not_matter(gpt2: Model) -> None:
    for batch in (1, 2, 100):
        assert torch.equal(one_layer(gpt2, TOKENS, batch=batch), one_layer(gpt2, TOKENS))
        assert torch.equal(cumulative(gpt2, TOKENS, [1, 0], batch=batch), cumulative(gpt2, TOKENS, [1, 0]))
        assert torch.equal(one_head(gpt2, TOKENS, [1], batch=batch), one_head(gpt2, TOKENS, [1]))


@torch.no_grad()
@pytest.mark.parametrize("positions", [1, 2])
def test_short_prompts_have_nothing_to_lose_beside_the_sink(gpt2: Model, positions: int) -> None:
    tokens = TOKENS[:, :positions]
    plain = gpt2(tokens)[:, -1].argmax(-1)
    assert torch.equal(one_layer(gpt2, tokens), plain.expand(2, -1))
    if positions == 1:
        assert torch.equal(one_layer(gpt2, tokens, sink=False), plain.expand(2, -1))


def test_blocks_that_are_not_there_or_listed_twice_are_errors(gpt2: Model) -> None:
    for order in ([], [0, 0]):
        with pytest.raises(ShapeError, match="at least one block, and none twice"):
            cumulative(gpt2, TOKENS, order)
        with pytest.raises(ShapeError, match="at least one block, and none twice"):
            one_head(gpt2, TOKENS, order)
    for layer in (2, -1):
        with pytest.raises(UnknownNameError):
            cumulative(gpt2, TOKENS, [layer])
        with pytest.raises(UnknownNameError):
            one_head(gpt2, TOKENS, [layer])
    with pytest.raises(ShapeError, match="at least one position"):
        knockout_edits([0], 0)


def test_other_wrong_settings_are_errors(gpt2: Model) -> None:
    with pytest.raises(ShapeError, match="batch must be 1 or more"):
        one_layer(gpt2, TOKENS, batch=0)
    with pytest.raises(ShapeError, match="not in the vocabulary"):
        one_layer(gpt2, TOKENS + VOCABULARY)
    with pytest.raises(ModelError, match="cannot be reached"):
        one_layer(bloom(), TOKENS)
