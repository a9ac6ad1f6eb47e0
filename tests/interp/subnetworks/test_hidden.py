import pytest
import torch

import interp
from interp import Model, ShapeError
from interp.models.unembedding import Unembedding
from interp.subnetworks.hidden import final_states
from tests.architectures import VOCABULARY, fresh, some_tokens

TOKENS = some_tokens()


def test_the_unembedding_makes_the_logits_of_them_and_gradients_are_the_same(name: str) -> None:
    model = interp.load(fresh(name).double())
    head, weight = Unembedding.of(model), next(model.blocks[0].parameters())
    ours = head.logits(final_states(model, TOKENS).flatten(0, 1)).view(*TOKENS.shape, -1)
    theirs = model(TOKENS)
    torch.testing.assert_close(ours, theirs)
    slope = torch.randn(theirs.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    found, expected = (torch.autograd.grad((logits * slope).sum(), weight)[0] for logits in (ours, theirs))
    torch.testing.assert_close(found, expected)


def test_no_logits_are_made(gpt2: Model) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the unembedding was called")

    handle = gpt2.hf.get_output_embeddings().register_forward_pre_hook(refuse)
    try:
        assert final_states(gpt2, TOKENS).shape == (*TOKENS.shape, gpt2.width)
    finally:
        handle.remove()


def test_they_are_in_the_graph_only_where_there_is_one(gpt2: Model) -> None:
    assert final_states(gpt2, TOKENS).requires_grad
    with torch.no_grad():
        assert not final_states(gpt2, TOKENS).requires_grad


@torch.no_grad()
def test_edits_act(model: Model) -> None:
    with interp.edited(model, interp.zero_ablate(interp.mlp_out(1)), interp.zero_ablate(interp.attn_out(0))):
        expected = interp.capture(model, TOKENS, interp.final_norm())[interp.final_norm()]
        assert torch.equal(final_states(model, TOKENS), expected)
    assert not torch.equal(final_states(model, TOKENS), expected)


def test_tokens_that_the_model_cannot_read_are_refused(gpt2: Model) -> None:
    with pytest.raises(ShapeError, match="vocabulary"):
        final_states(gpt2, torch.full((1, 2), VOCABULARY))
