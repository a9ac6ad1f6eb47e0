from typing import Any

import pytest
import torch

import interp
from interp import Model, ModelError, ShapeError
from interp.models.unembedding import TOGETHER, Unembedding
from tests.architectures import VOCABULARY, fresh, some_tokens

TOKENS = some_tokens()


@torch.no_grad()
def test_its_logits_are_the_models_in_every_architecture(model: Model) -> None:
    head, states = Unembedding.of(model), interp.capture(model, TOKENS, interp.final_norm())[interp.final_norm()]
    assert head.vocabulary == model.vocabulary == VOCABULARY
    torch.testing.assert_close(head.logits(states.flatten(0, 1)), model(TOKENS).flatten(0, 1))
    assert head.weight.data_ptr() == model.hf.get_output_embeddings().weight.data_ptr()
    assert not head.weight.requires_grad


def test_half_precision_is_widened(gpt2: Model) -> None:
    head = Unembedding.of(interp.load(fresh("gptj").bfloat16()))
    assert head.weight.dtype == torch.bfloat16
    assert head.logits(torch.zeros(2, 32, dtype=torch.bfloat16)).dtype == torch.float32
    assert Unembedding.of(interp.load(fresh("gptj").double())).logits(torch.zeros(2, 32).double()).dtype == torch.double


@pytest.mark.parametrize("cap", [None, 3.0])
def test_logits_can_be_differentiated(cap: float | None) -> None:
    states = torch.ones(2, 3, requires_grad=True)
    Unembedding(torch.ones(4, 3), None, cap).logits(states).sum().backward()
    assert states.grad is not None
    assert bool((states.grad > 0).all())


def test_an_architecture_that_does_more_before_its_logits_is_refused() -> None:
    class Scaled(type(fresh("llama"))):  # type: ignore[misc]
        def forward(self, *args: Any, **kwargs: Any) -> Any:
            out = super().forward(*args, **kwargs)
            out.logits = out.logits / 4
            return out

    hf = fresh("llama")
    hf.__class__ = Scaled
    with pytest.raises(ModelError, match="not its unembedding alone"):
        Unembedding.of(interp.load(hf))


def test_an_edit_that_differs_from_pass_to_pass_is_no_reason_to_refuse(gpt2: Model) -> None:
    reference = interp.capture(gpt2, some_tokens(positions=1), interp.resid(1))[interp.resid(1)]
    draw = torch.Generator().manual_seed(0)
    with interp.edited(gpt2, interp.resample_ablate(interp.resid(1), reference, draw)):
        Unembedding.of(gpt2)


def test_as_many_rows_come_at_a_time_as_fit_but_at_least_one() -> None:
    assert Unembedding(torch.zeros(4096, 2)).chunk() == TOGETHER["cpu"] // 4096 == 1024
    assert Unembedding(torch.zeros(4096, 2)).chunk(7) == 7
    assert Unembedding(torch.zeros(4096, 2, device="meta")).chunk() == TOGETHER["other"] // 4096
    assert Unembedding(torch.zeros(2 * TOGETHER["cpu"], 0)).chunk() == 1
    for wrong in (0, -3):
        with pytest.raises(ShapeError, match="1 row or more"):
            Unembedding(torch.zeros(3, 2)).chunk(wrong)
