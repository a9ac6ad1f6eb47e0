from collections.abc import Callable

import pytest
import torch
from torch import Tensor

import interp
from interp import Model, UnknownNameError
from interp.models.circuits import output_weights, ov, value_weights
from tests.architectures import HEADS, WIDTH, made

D_HEAD = WIDTH // HEADS


def of_gpt2(layer: int, head: int) -> Tensor:
    """Queries, keys and values side by side, heads inside each; weights are [input, output]."""
    attention = made("gpt2").hf.transformer.h[layer].attn
    begin = head * D_HEAD
    values = attention.c_attn.weight[:, 2 * WIDTH + begin : 2 * WIDTH + begin + D_HEAD]
    circuit: Tensor = values @ attention.c_proj.weight[begin : begin + D_HEAD]
    return circuit


def of_llama(layer: int, head: int) -> Tensor:
    """Four query heads on two key-value heads: two neighbours share one; weights are [output, input]."""
    attention = made("llama").hf.model.layers[layer].self_attn
    begin, shared = head * D_HEAD, head // 2 * D_HEAD
    values = attention.v_proj.weight[shared : shared + D_HEAD]
    circuit: Tensor = values.T @ attention.o_proj.weight[:, begin : begin + D_HEAD].T
    return circuit


def of_neox(layer: int, head: int) -> Tensor:
    """Query, key and value of one head beside each other, then those of the next; weights are [output, input]."""
    attention = made("neox").hf.gpt_neox.layers[layer].attention
    begin = (3 * head + 2) * D_HEAD
    values = attention.query_key_value.weight[begin : begin + D_HEAD]
    circuit: Tensor = values.T @ attention.dense.weight[:, head * D_HEAD : (head + 1) * D_HEAD].T
    return circuit


@pytest.mark.parametrize(("name", "by_hand"), [("gpt2", of_gpt2), ("llama", of_llama), ("neox", of_neox)])
@torch.no_grad()
def test_the_circuit_is_that_of_the_weights_read_by_hand(name: str, by_hand: Callable[[int, int], Tensor]) -> None:
    for layer in range(2):
        expected = torch.stack([by_hand(layer, head) for head in range(HEADS)])
        torch.testing.assert_close(ov(made(name), layer), expected, rtol=1e-5, atol=1e-6)


@torch.no_grad()
def test_a_token_alone_is_written_through_the_circuits_of_all_heads(model: Model) -> None:
    """One position attends to itself alone, so between two tokens the output differs by what the circuits make."""
    tokens, layer = torch.tensor([[3], [5]]), 1
    read, written = [], []
    value = model.part(model.anatomy.v, layer)
    output = model.part(model.anatomy.z, layer)
    handles = [
        value.register_forward_pre_hook(lambda _, given: read.append(given[0][:, 0])),
        output.register_forward_hook(lambda _, __, made: written.append(made[:, 0])),
    ]
    model(tokens)
    for handle in handles:
        handle.remove()
    differ = written[0][0] - written[0][1]
    through = torch.einsum("w,hwo->o", read[0][0] - read[0][1], ov(model, layer))
    assert differ.norm() > 0.1
    torch.testing.assert_close(through, differ, rtol=1e-4, atol=1e-5)


def test_shapes_follow_the_heads_and_gradients_stay_out(model: Model) -> None:
    values, outputs = value_weights(model, 0), output_weights(model, 0)
    assert values.shape == (model.heads, model.width, model.d_head)
    assert outputs.shape == (model.heads, model.d_head, model.width)
    assert not values.requires_grad
    assert not outputs.requires_grad


def test_a_bias_takes_no_digits() -> None:
    model = interp.load(_with_large_bias())
    expected = model.hf.transformer.h[0].attn.c_attn.weight[:, 2 * WIDTH : 2 * WIDTH + D_HEAD]
    assert torch.equal(value_weights(model, 0)[0], expected)


def test_a_block_that_is_not_there_is_an_error(gpt2: Model) -> None:
    with pytest.raises(UnknownNameError, match="2 blocks"):
        ov(gpt2, 2)


def _with_large_bias() -> torch.nn.Module:
    from tests.architectures import fresh

    hf: torch.nn.Module = fresh("gpt2")
    with torch.no_grad():
        hf.get_parameter("transformer.h.0.attn.c_attn.bias").fill_(1e6)
    return hf
