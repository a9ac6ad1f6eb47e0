from typing import Any

import pytest
import torch

import interp
from interp import Model
from interp.errors import ModelError
from tests.architectures import some_tokens as tokens


def test_the_last_row_is_the_model_itself(model: Model) -> None:
    lens = interp.logit_lens(model, tokens())
    assert lens.shape == (model.depth + 1, *tokens().shape, model.vocabulary)
    torch.testing.assert_close(lens[-1], model(tokens()).detach(), rtol=1e-5, atol=1e-5)


def test_a_row_is_norm_and_unembedding_of_the_residual_stream(model: Model) -> None:
    acts = interp.capture(model, tokens(), interp.resid(1))
    expected = model.unembed(acts[interp.resid(1)]).detach()
    torch.testing.assert_close(interp.logit_lens(model, tokens(), depths=[1])[0], expected)


def test_depths_and_positions_are_rows_and_columns_of_the_whole(gpt2: Model) -> None:
    whole = interp.logit_lens(gpt2, tokens())
    torch.testing.assert_close(interp.logit_lens(gpt2, tokens(), depths=[2, 0]), whole[[2, 0]], rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(interp.logit_lens(gpt2, tokens(), at=-1), whole[:, :, -1], rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(interp.logit_lens(gpt2, tokens(), at=[1, 3]), whole[:, :, [1, 3]], rtol=1e-5, atol=1e-5)


def test_a_depth_that_is_not_there_is_an_error(gpt2: Model) -> None:
    with pytest.raises(interp.UnknownNameError, match="2 blocks"):
        interp.logit_lens(gpt2, tokens(), depths=[3])


def test_an_architecture_that_scales_its_logits_is_refused_instead_of_read_wrongly(
    gpt2: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward = gpt2.hf.forward

    def scaled(*words: Any, **named: Any) -> Any:
        out = forward(*words, **named)
        out.logits = 2 * out.logits
        return out

    monkeypatch.setattr(gpt2.hf, "forward", scaled)
    with pytest.raises(ModelError, match="misses the model's own logits"):
        interp.logit_lens(gpt2, tokens())
    monkeypatch.undo()


def test_the_lens_keeps_no_graph(gpt2: Model) -> None:
    assert not interp.logit_lens(gpt2, tokens()).requires_grad
