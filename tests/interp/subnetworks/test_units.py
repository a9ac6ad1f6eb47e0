"""Units of every grain, against tables that are written out weight by weight."""

from typing import Any

import pytest
import torch
from torch import Tensor

import interp
from interp import Model, ShapeError, UnknownNameError
from interp.subnetworks import matrices, parameters, units
from interp.subnetworks.units import Grain, Units
from tests.architectures import DEPTH, HEADS, fresh, made, some_tokens

GRAINS: list[Grain] = ["weight", "neuron", "head", "matrix"]


def table(found: Units) -> dict[str, Tensor]:
    """The unit of every weight, one unit at a time: the slow way."""
    whole = {name: torch.full(shape, -1) for name, shape in found.shapes.items()}
    for unit in range(found.count):
        one = torch.zeros(found.count, dtype=torch.bool)
        one[unit] = True
        for name, shape in found.shapes.items():
            inside = found.expand(name, one).expand(shape)
            assert (whole[name][inside] == -1).all(), "a weight lies in two units"
            whole[name][inside] = unit
    return whole


@pytest.mark.parametrize("grain", GRAINS[1:])
def test_every_weight_lies_in_one_unit_and_is_counted_there(model: Model, grain: Grain) -> None:
    found = units(model, grain)
    whole = table(found)
    assert all((tensor >= 0).all() for tensor in whole.values())
    counted = torch.stack([sum((tensor == unit).sum() for tensor in whole.values()) for unit in range(found.count)])  # type: ignore[misc]
    assert counted.equal(found.weights)
    assert len({found.names(unit) for unit in range(found.count)}) == found.count


@pytest.mark.parametrize("grain", GRAINS)
def test_gathering_is_expanding_backwards(model: Model, grain: Grain) -> None:
    found = units(model, grain)
    generator = torch.Generator().manual_seed(0)
    for name, weight in parameters(model, found.parameters).items():
        gradient = torch.randn(weight.shape, generator=generator, dtype=torch.float64)
        values = torch.ones(found.count, dtype=torch.float64, requires_grad=True)
        (expected,) = torch.autograd.grad((found.expand(name, values) * gradient).sum(), values)
        total = torch.zeros_like(expected)
        total[found.place(name)] += found.gather(name, gradient)
        torch.testing.assert_close(total, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("grain", GRAINS[1:])
def test_a_parameters_units_are_those_of_its_weights_ascending(model: Model, grain: Grain) -> None:
    found = units(model, grain)
    for name, tensor in table(found).items():
        place = found.place(name)
        assert isinstance(place, Tensor)
        assert place.equal(tensor.unique())


def test_the_units_of_weights_are_the_weights_one_after_the_other() -> None:
    model = made("gpt2")
    found = units(model)
    assert found.count == sum(weight.numel() for weight in parameters(model).values())
    assert found.weights.eq(1).all()
    assert len(found.weights) == found.count
    values = torch.arange(found.count)
    joined = torch.cat([found.expand(name, values).flatten() for name in found.parameters])
    assert joined.equal(values)
    name = found.parameters[1]
    begin = found.place(name).start  # type: ignore[union-attr]
    assert found.names(0) == f"{found.parameters[0]}[0, 0]"
    assert found.names(begin - 1) == f"{found.parameters[0]}[31, 95]"
    assert found.names(begin + 35) == f"{name}[1, 3]"


def test_a_neuron_is_a_row_in_and_a_column_out(model: Model) -> None:
    found = units(model, "neuron")
    whole = table(found)
    of_mlp = [one for one in matrices(model) if one.kind.startswith("mlp")]
    assert set(found.parameters) == {one.parameter for one in of_mlp}
    for one in of_mlp:
        view = one.of(whole[one.parameter])
        hidden = view.T if one.kind == "mlp_out" else view
        for neuron in (0, 5, len(hidden) - 1):
            (unit,) = hidden[neuron].unique().tolist()
            assert found.names(unit) == f"block {one.block} neuron {neuron}"


def test_a_head_is_its_rows_and_columns_and_shared_keys_and_values_are_units_of_their_own(model: Model) -> None:
    found = units(model, "head")
    whole = table(found)
    shared = model.kv_heads < model.heads
    assert found.count == DEPTH * (HEADS + (model.kv_heads if shared else 0))
    for one in [one for one in matrices(model) if one.kind in "qkvo"]:
        for head, view in enumerate(one.by_head(whole[one.parameter])):
            (unit,) = view.unique().tolist()
            noun = "kv head" if shared and one.kind in "kv" else "head"
            assert found.names(unit) == f"block {one.block} {noun} {head}"


def test_a_matrix_is_one_of_matrices_and_any_other_parameter_one_unit() -> None:
    model = made("neox")
    found = units(model, "matrix", ["gpt_neox.layers.0.attention.*", "gpt_neox.final_layer_norm.*"])
    assert [found.names(unit) for unit in range(found.count)] == [
        *(f"block 0 {kind}" for kind in "qkvo"),
        "gpt_neox.final_layer_norm.weight",
        "gpt_neox.final_layer_norm.bias",
    ]
    width = model.width
    assert found.weights.tolist() == [width * width + width] * 4 + [width, width]


@pytest.mark.parametrize(("name", "attention"), [("gpt2", "attn.c_attn"), ("neox", "attention.query_key_value")])
def test_a_named_bias_goes_with_its_heads(name: str, attention: str) -> None:
    model = made(name)
    root = model.anatomy.blocks
    out = f"{root}.0.{model.anatomy.z}.weight"
    found = units(model, "head", [f"{root}.0.{attention}.*", out])
    assert found.weights.tolist() == [4 * model.width * model.d_head + 3 * model.d_head] * HEADS
    bias = found.expand(f"{root}.0.{attention}.bias", torch.arange(HEADS))
    expected = torch.arange(HEADS).repeat_interleave(model.d_head)
    for one in [one for one in matrices(model) if one.block == 0 and one.kind in "qkv"]:
        assert one.by_head(one.like(bias)).flatten().equal(expected)


def test_a_named_bias_goes_with_its_neurons() -> None:
    model = made("gpt2")
    found = units(model, "neuron", "transformer.h.1.mlp.c_fc.*")
    assert found.weights.tolist() == [model.width + 1] * (4 * model.width)
    assert found.expand("transformer.h.1.mlp.c_fc.bias", torch.arange(found.count)).tolist() == list(range(found.count))


@pytest.mark.parametrize(
    ("grain", "names"),
    [
        ("neuron", None),
        ("neuron", "transformer.h.0.mlp.c_proj.bias"),
        ("neuron", "transformer.h.0.attn.c_attn.weight"),
        ("head", "transformer.h.0.mlp.c_fc.weight"),
        ("head", "transformer.h.0.attn.c_proj.bias"),
        ("head", "transformer.h.0.ln_1.weight"),
    ],
)
def test_a_parameter_that_belongs_to_no_unit_is_refused(grain: Grain, names: str | None) -> None:
    model = made("gpt2")
    if names is None:
        assert units(model, grain).count
        return
    with pytest.raises(ShapeError, match=f"{names} belongs to no {grain}"):
        units(model, grain, names)


@pytest.mark.usefixtures("unchecked")
def test_an_unknown_grain_comes_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'neuron'"):
        units(made("gpt2"), "neurons")  # type: ignore[arg-type]


def test_wrong_names_shapes_and_numbers_are_refused() -> None:
    model = made("gpt2")
    for grain in GRAINS:
        found = units(model, grain)
        with pytest.raises(UnknownNameError, match=r"lm_head\.weight"):
            found.expand("lm_head.weight", torch.ones(found.count))
        with pytest.raises(UnknownNameError):
            found.place("lm_head.weight")
        with pytest.raises(ShapeError, match=r"is \[\d+, \d+\], the tensor \[2, 3\]"):
            found.gather(found.parameters[0], torch.ones(2, 3))
        for unit in (-1, found.count):
            with pytest.raises(UnknownNameError, match="numbered 0 to"):
                found.names(unit)


def test_every_weight_acts(name: str) -> None:
    """In float64 the logits depend on each single weight, and on each unit scaled as a whole."""
    model = interp.load(fresh(name).double())
    chosen = parameters(model)
    logits = model(some_tokens())
    mix = torch.randn(logits.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    gradients: dict[str, Any] = dict(
        zip(chosen, torch.autograd.grad((logits * mix).sum(), list(chosen.values())), strict=True)
    )
    assert all((gradient.abs() > 1e-12).all() for gradient in gradients.values())
    for grain in GRAINS[1:]:
        found = units(model, grain)
        slopes = torch.zeros(found.count, dtype=torch.float64)
        for one in found.parameters:
            slopes[found.place(one)] += found.gather(one, gradients[one] * chosen[one].detach())
        assert (slopes.abs() > 1e-9).all()
