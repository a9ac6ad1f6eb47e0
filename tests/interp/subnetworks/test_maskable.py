"""Which parameters a mask may cover."""

import pytest
import torch

import interp
from interp import Model, ModelError, ShapeError, UnknownNameError
from interp.subnetworks import matrices, parameters
from tests.architectures import DEPTH, fresh, made, some_tokens


def test_by_default_all_matrices_of_the_blocks_and_nothing_else(model: Model) -> None:
    found = parameters(model)
    assert set(found) == {one.parameter for one in matrices(model)}
    assert [name for name, _ in model.hf.named_parameters() if name in found] == list(found)
    assert all(found[name] is model.hf.get_parameter(name) for name in found)
    assert {weight.ndim for weight in found.values()} == {2}


def test_the_default_set_has_twelve_widths_squared_a_block_in_gpt2() -> None:
    model = made("gpt2")
    assert sum(weight.numel() for weight in parameters(model).values()) == 12 * DEPTH * model.width**2


def test_names_and_patterns_are_joined_each_once_in_the_models_order() -> None:
    model = made("gpt2")
    found = parameters(model, ["transformer.h.1.mlp.*", "transformer.h.0.ln_1.bias", "transformer.h.1.mlp.c_fc.*"])
    assert list(found) == [
        "transformer.h.0.ln_1.bias",
        *(f"transformer.h.1.mlp.{name}" for name in ("c_fc.weight", "c_fc.bias", "c_proj.weight", "c_proj.bias")),
    ]
    assert list(parameters(model, "transformer.wte.weight")) == ["transformer.wte.weight"]
    assert list(parameters(model, {"lm_head.weight": None})) == ["lm_head.weight"]


def test_a_pattern_has_no_other_signs_than_the_star() -> None:
    with pytest.raises(UnknownNameError):
        parameters(made("gpt2"), "transformer.h.[01].mlp.c_fc.weigh?")


def test_everything_that_is_not_tied_can_be_masked_and_acts(name: str) -> None:
    """Every parameter by its name: the logits depend on it."""
    model = interp.load(fresh(name).double())
    tied = model.hf.get_output_embeddings().weight is model.hf.get_input_embeddings().weight
    embedding = next(n for n, w in model.hf.named_parameters() if w is model.hf.get_input_embeddings().weight)
    names = [n for n, _ in model.hf.named_parameters() if not (tied and n == embedding)]
    found = parameters(model, names)
    assert list(found) == names
    logits = model(some_tokens())
    mix = torch.randn(logits.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    gradients = torch.autograd.grad((logits * mix).sum(), list(found.values()))
    assert all(gradient.abs().max() > 1e-9 for gradient in gradients)


@pytest.mark.parametrize("names", ["transformer.wte.weight", "lm_head.weight", "*"])
def test_tied_embeddings_are_refused_under_both_names(names: str) -> None:
    with pytest.raises(ModelError, match=r"wte\.weight and lm_head\.weight of .* are one tensor"):
        parameters(made("gpt2-tied"), names)


def test_an_unknown_name_comes_with_the_nearest_and_no_names_are_refused() -> None:
    with pytest.raises(UnknownNameError, match=r"Did you mean 'transformer.h.0.mlp.c_fc.weight'"):
        parameters(made("gpt2"), ["transformer.h.0.mlp.c_fc.weights"])
    with pytest.raises(UnknownNameError, match="stands for anything"):
        parameters(made("gpt2"), "model.layers.*")
    with pytest.raises(ShapeError, match="no parameters were named"):
        parameters(made("gpt2"), [])
