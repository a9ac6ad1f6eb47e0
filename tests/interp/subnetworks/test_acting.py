"""Units that are removed act, and act alone."""

import pytest
import torch
from torch import Tensor

import interp
from interp import Model
from interp.subnetworks import Mask, ablated, matrices, units
from interp.subnetworks.units import Grain, Units
from tests.architectures import DEPTH, HEADS, fresh, some_tokens


def one(found: Units, unit: int) -> Mask:
    kept = torch.zeros(found.count, dtype=torch.bool)
    kept[unit] = True
    return Mask.of_units(found, kept)


def number(found: Units, label: str) -> int:
    return next(unit for unit in range(found.count) if found.names(unit) == label)


@torch.no_grad()
def z_of(model: Model, layer: int) -> Tensor:
    return interp.capture(model, some_tokens(), interp.z(layer))[interp.z(layer)]


@torch.no_grad()
def written(model: Model, layer: int) -> Tensor:
    """What the output projection of attention gives."""
    seen: list[Tensor] = []
    handle = model.part(model.anatomy.z, layer).register_forward_hook(lambda _, __, made: seen.append(made))
    model(some_tokens())
    handle.remove()
    return seen[0]


@pytest.mark.parametrize("grain", ["weight", "neuron", "head", "matrix"])
@torch.no_grad()
def test_removing_a_unit_changes_the_logits_and_only_for_that_long(model: Model, grain: Grain) -> None:
    found = units(model, grain)
    drawn = torch.randperm(found.count, generator=torch.Generator().manual_seed(0))[:12].tolist()
    before = model(some_tokens())
    for unit in range(found.count) if found.count <= 14 else drawn:
        with ablated(model, one(found, unit)):
            assert not model(some_tokens()).equal(before), found.names(unit)
        assert model(some_tokens()).equal(before)


@torch.no_grad()
def test_removing_a_head_changes_that_head_alone(model: Model) -> None:
    found = units(model, "head")
    for layer in range(DEPTH):
        before, output = z_of(model, layer), written(model, layer)
        projection = next(m for m in matrices(model) if m.kind == "o" and m.block == layer)
        columns = projection.by_head(model.hf.get_parameter(projection.parameter))
        for head in range(HEADS):
            with ablated(model, one(found, number(found, f"block {layer} head {head}"))):
                after, less = z_of(model, layer), written(model, layer)
            others = [other for other in range(HEADS) if other != head]
            torch.testing.assert_close(after[:, :, others], before[:, :, others], rtol=1e-6, atol=1e-6)
            assert (after[:, :, head] - before[:, :, head]).abs().max() > 1e-3
            expected = output - before[:, :, head] @ columns[head]
            torch.testing.assert_close(less, expected, rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_removing_a_shared_key_value_head_changes_the_heads_that_read_it(model: Model) -> None:
    found = units(model, "head")
    group = HEADS // model.kv_heads
    if group == 1:
        assert not any("kv" in found.names(unit) for unit in range(found.count))
        return
    for layer in range(DEPTH):
        before = z_of(model, layer)
        for shared in range(model.kv_heads):
            with ablated(model, one(found, number(found, f"block {layer} kv head {shared}"))):
                after = z_of(model, layer)
            changed = (after - before).abs().amax((0, 1, 3)) > 1e-3
            assert changed.tolist() == [head // group == shared for head in range(HEADS)]


@pytest.mark.parametrize("name", ["gpt2", "neox", "qwen2"])
@torch.no_grad()
def test_a_head_removed_with_its_biases_has_no_values_left(name: str) -> None:
    model = interp.load(fresh(name))
    layers, anatomy = model.anatomy.blocks, model.anatomy
    found = units(model, "head", [f"{layers}.*.{path}.*" for path in {anatomy.q, anatomy.k, anatomy.v}])
    shared = model.kv_heads < model.heads
    with ablated(model, one(found, number(found, f"block 1 {'kv head' if shared else 'head'} 1"))):
        after = z_of(model, 1)
    silent = after.abs().amax((0, 1, 3)) == 0
    assert silent.tolist() == [head // (HEADS // model.kv_heads) == 1 for head in range(HEADS)]


@torch.no_grad()
def test_removing_a_neuron_changes_that_neuron_alone(model: Model) -> None:
    found = units(model, "neuron")
    for layer in range(DEPTH):
        site = interp.mlp_post(layer)
        before = interp.capture(model, some_tokens(), site)[site]
        with ablated(model, one(found, number(found, f"block {layer} neuron 7"))):
            after = interp.capture(model, some_tokens(), site)[site]
        changed = (after - before).abs().amax((0, 1)) > 1e-6
        assert changed.nonzero().flatten().tolist() == [7]
