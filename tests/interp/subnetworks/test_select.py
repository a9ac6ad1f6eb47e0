"""The mask of a place, against the units that lie there."""

import pytest
import torch

from interp import Model, ShapeError, UnknownNameError
from interp.subnetworks import Mask, matrices, select, units
from interp.subnetworks.matrices import Kind
from tests.architectures import made


def of_labels(model: Model, grain: str, wanted: set[str]) -> Mask:
    """The units of these names, over the weights of all matrices."""
    found = units(model, grain)  # type: ignore[arg-type]
    names = [found.names(unit) for unit in range(found.count)]
    assert wanted <= set(names)
    part = Mask.of_units(found, torch.tensor([name in wanted for name in names]))
    return Mask({n: part.kept.get(n, none) for n, none in Mask.empty(model).kept.items()}, part.model)


def test_nothing_said_is_everything(model: Model) -> None:
    assert select(model) == Mask.full(model)


def test_a_block_and_a_kind_are_matrices(model: Model) -> None:
    kinds = {one.kind for one in matrices(model)}
    assert select(model, block=1) == of_labels(model, "matrix", {f"block 1 {kind}" for kind in kinds})
    assert select(model, kind=["k", "mlp_out"]) == of_labels(
        model, "matrix", {f"block {block} {kind}" for block in (0, 1) for kind in ("k", "mlp_out")}
    )
    assert select(model, block=0, kind="v") == of_labels(model, "matrix", {"block 0 v"})
    assert select(model, block=[0, 1]) == Mask.full(model)


def test_heads_are_the_units_of_that_name(model: Model) -> None:
    assert select(model, block=1, head=2) == of_labels(model, "head", {"block 1 head 2"})
    both = {f"block {block} head {head}" for block in (0, 1) for head in (0, 3)}
    assert select(model, head=(head for head in (0, 3))) == of_labels(model, "head", both)


def test_shared_keys_and_values_are_asked_for_by_their_own_heads(model: Model) -> None:
    last = model.kv_heads - 1
    if model.kv_heads < model.heads:
        assert select(model, block=0, kv_head=last) == of_labels(model, "head", {f"block 0 kv head {last}"})
        with pytest.raises(ShapeError, match="ask for kv_head"):
            select(model, kind="k", head=0)
    else:
        own = select(model, block=0, head=last, kind=["k", "v"])
        assert select(model, block=0, kv_head=last) == own
        assert own.size == 2 * model.d_head * model.width


def test_neurons_are_the_units_of_that_name(model: Model) -> None:
    wanted = {"block 1 neuron 0", "block 1 neuron 7"}
    assert select(model, block=1, neurons=[0, 7]) == of_labels(model, "neuron", wanted)
    assert select(model, block=1, neurons=7, kind="mlp_out").size == model.width
    assert select(model, neurons=range(7, 8)) == select(model, neurons=7)


def test_pieces_are_taken_out_and_put_in() -> None:
    model = made("gpt2")
    head = select(model, block=1, head=3)
    without = Mask.full(model) - head
    assert without.size == without.total - 4 * model.width * model.d_head
    assert (without | head) == Mask.full(model)


def test_biases_go_with_their_matrix_and_other_parameters_with_their_block() -> None:
    model = made("gpt2")
    every = [n for n, _ in model.hf.named_parameters()]
    head = select(model, block=0, head=1, names=every)
    bias = head.kept["transformer.h.0.attn.c_attn.bias"]
    assert bias.view(3, 4, 8)[:, 1].all()
    assert int(bias.sum()) == 3 * 8
    assert not head.kept["transformer.h.0.attn.c_proj.bias"].any()
    neuron = select(model, block=0, neurons=5, names=every)
    assert neuron.kept["transformer.h.0.mlp.c_fc.bias"].nonzero().tolist() == [[5]]
    assert neuron.size == 2 * model.width + 1
    out = select(model, block=0, kind="o", names=every)
    assert out.kept["transformer.h.0.attn.c_proj.bias"].all()
    assert not out.kept["transformer.h.0.ln_1.weight"].any()
    block = select(model, block=0, names=every)
    assert {n for n, kept in block.kept.items() if kept.any()} == {n for n in every if ".h.0." in n}
    assert all(kept.all() for kept in select(model, names=every).kept.values())


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"block": 2}, "no block 2: they are numbered 0 to 1"),
        ({"block": -1}, "no block -1"),
        ({"head": 4}, "no head 4"),
        ({"kv_head": [0, 4]}, "no key-value head 4"),
        ({"neurons": 128}, "no neuron 128"),
    ],
)
def test_numbers_that_the_model_does_not_have_are_refused(asked: dict[str, int], says: str) -> None:
    with pytest.raises(UnknownNameError, match=says):
        select(made("gpt2"), **asked)  # type: ignore[arg-type]


@pytest.mark.usefixtures("unchecked")
def test_an_unknown_kind_comes_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'mlp_in'"):
        select(made("gpt2"), kind="mlpin")  # type: ignore[arg-type]


@pytest.mark.parametrize(("kind", "more"), [("mlp_gate", {}), ("mlp_in", {"head": 0}), ("q", {"neurons": 0})])
def test_a_place_without_weights_is_refused(kind: Kind, more: dict[str, int]) -> None:
    with pytest.raises(ShapeError, match="nothing is selected"):
        select(made("gpt2"), kind=kind, **more)  # type: ignore[arg-type]


def test_heads_and_neurons_are_asked_for_one_at_a_time() -> None:
    with pytest.raises(ShapeError, match="join masks"):
        select(made("gpt2"), head=0, neurons=0)
