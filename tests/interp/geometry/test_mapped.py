import pytest
import torch

import interp
from interp import Model
from interp.geometry.mapped import mapped
from interp.geometry.moments import moments
from interp.geometry.ridge import ridge_map
from tests.architectures import some_tokens

TOKENS = some_tokens(batch=8)


@torch.no_grad()
def test_the_logits_are_those_of_the_mapped_embeddings(model: Model) -> None:
    ridge = ridge_map(moments(model, TOKENS), 0, "output")
    own, entered = model(TOKENS), interp.capture(model, TOKENS, interp.resid(0))[interp.resid(0)]
    with mapped(model, ridge):
        found = model(TOKENS)
        assert torch.equal(found, model(TOKENS))
    torch.testing.assert_close(found, model.unembed(ridge.states(entered)))
    assert torch.equal(model(TOKENS), own)
    assert not torch.allclose(found, own)


@torch.no_grad()
def test_what_the_blocks_do_does_not_matter(gpt2: Model) -> None:
    ridge = ridge_map(moments(gpt2, TOKENS), 0, "output")
    with mapped(gpt2, ridge):
        truth = gpt2(TOKENS)
        with interp.edited(gpt2, interp.zero_ablate(interp.mlp_out(1))):
            assert torch.equal(gpt2(TOKENS), truth)


def test_the_model_is_as_before_after_an_exception(gpt2: Model) -> None:
    ridge, own = ridge_map(moments(gpt2, TOKENS), 0, "output"), gpt2(TOKENS).detach()
    with pytest.raises(ZeroDivisionError), mapped(gpt2, ridge):
        raise ZeroDivisionError
    assert torch.equal(gpt2(TOKENS), own)
