from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor

import interp
from interp import Model, ModelError, UnknownNameError
from tests.architectures import fresh, some_tokens
from tests.reference import expected, reference

TOKENS = some_tokens()


@torch.no_grad()
def test_the_last_row_is_what_the_model_says_and_the_others_what_it_would_say_there(model: Model, name: str) -> None:
    rows = interp.logit_lens(model, TOKENS)
    assert rows.shape == (model.depth + 1, *TOKENS.shape, model.vocabulary)
    torch.testing.assert_close(rows[-1], model(TOKENS))
    sites, logits = expected(name)
    torch.testing.assert_close(rows[-1].double(), logits, rtol=2e-5, atol=2e-5)
    for depth in range(model.depth):
        # A model whose last residual stream is that of an earlier depth says what the lens says.
        early = sites[interp.resid(depth)]
        _, truth = reference(model.hf, TOKENS, {interp.resid(model.depth): partial(put, early)})
        torch.testing.assert_close(rows[depth].double(), truth, rtol=2e-5, atol=2e-5)


def put(new: Tensor, _: Tensor) -> Tensor:
    return new


@torch.no_grad()
def test_depths_and_positions_are_those_asked_for(gpt2: Model) -> None:
    rows = interp.logit_lens(gpt2, TOKENS)
    for depths in ([2, 0], [1], range(2), (depth for depth in (0, 0, 2))):
        wanted = list(depths)
        torch.testing.assert_close(interp.logit_lens(gpt2, TOKENS, depths=wanted), rows[wanted])
    torch.testing.assert_close(interp.logit_lens(gpt2, TOKENS, depths=iter([0, 1])), rows[:2])
    torch.testing.assert_close(interp.logit_lens(gpt2, TOKENS, at=-1), rows[:, :, -1])
    torch.testing.assert_close(interp.logit_lens(gpt2, TOKENS, at=[3, 0]), rows[:, :, [3, 0]])
    for wrong in ([3], [-1]):
        with pytest.raises(UnknownNameError):
            interp.logit_lens(gpt2, TOKENS, depths=wrong)


def test_it_keeps_no_graph(gpt2: Model) -> None:
    assert not interp.logit_lens(gpt2, TOKENS).requires_grad


@torch.no_grad()
def test_inside_edits_it_shows_the_edited_model(model: Model) -> None:
    edits = [
        interp.zero_ablate(interp.mlp_out(0), at=2),
        interp.add(interp.resid(model.depth), torch.ones(model.width), at=4),
    ]
    with interp.edited(model, *edits):
        rows = interp.logit_lens(model, TOKENS)
        torch.testing.assert_close(rows[-1], model(TOKENS))
        torch.testing.assert_close(interp.logit_lens(model, TOKENS, at=4), rows[:, :, 4])
    torch.testing.assert_close(rows[0], interp.logit_lens(model, TOKENS)[0])


def test_an_edit_after_the_last_block_is_an_error_rather_than_a_wrong_lens(gpt2: Model) -> None:
    with interp.edited(gpt2, interp.zero_ablate(interp.final_norm())), pytest.raises(ModelError, match="hook or edit"):
        interp.logit_lens(gpt2, TOKENS)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_an_architecture_that_does_more_before_its_logits_is_refused(dtype: torch.dtype) -> None:
    class Scaled(type(fresh("llama"))):  # type: ignore[misc]
        def forward(self, *args: Any, **kwargs: Any) -> Any:
            out = super().forward(*args, **kwargs)
            out.logits = out.logits / 4
            return out

    hf = fresh("llama").to(dtype)
    interp.logit_lens(interp.load(hf), TOKENS)
    hf.__class__ = Scaled
    model = interp.load(hf)
    with pytest.raises(ModelError, match="misses the model's own logits"):
        interp.logit_lens(model, TOKENS)
    with pytest.raises(ModelError, match="misses the model's own logits"):
        interp.logit_lens(model, TOKENS, at=-1)
    interp.logit_lens(model, TOKENS, depths=[0, 1])


@torch.no_grad()
def test_a_lens_that_is_no_number_is_no_equal_of_logits_that_are(gpt2: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Model, "unembed", lambda _, resid: resid.new_full((*resid.shape[:-1], 50), torch.nan))
    with pytest.raises(ModelError, match="misses the model's own logits"):
        interp.logit_lens(gpt2, TOKENS)


@torch.no_grad()
def test_logits_beyond_the_range_of_the_type_are_equal_to_themselves() -> None:
    hf = fresh("llama").half()
    hf.lm_head.weight[3].fill_(60000.0)
    rows = interp.logit_lens(interp.load(hf), TOKENS)
    assert rows[-1][..., 3].isinf().any()
    assert torch.equal(rows[-1].isfinite(), interp.load(hf)(TOKENS).isfinite())
