"""The matrices of every architecture, against what its modules compute."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import interp
from interp import Model, ModelError, ShapeError
from interp.subnetworks import matrices
from interp.subnetworks.matrices import ATTENTION, MLP, Matrix
from tests.architectures import DEPTH, HEADS, WIDTH, fresh, made, some_tokens


def weight_of(model: Model, matrix: Matrix) -> Tensor:
    weight: Tensor = model.hf.get_parameter(matrix.parameter)
    return weight.detach()


def bias_of(model: Model, matrix: Matrix) -> Tensor | None:
    return None if matrix.bias is None else matrix.like(model.hf.get_parameter(matrix.bias).detach())


def passing(model: Model, path: str, layer: int) -> tuple[Tensor, Tensor]:
    """What a module of a block reads and what it gives while the model reads some tokens."""
    seen: list[tuple[Tensor, Tensor]] = []
    module: nn.Module = model.part(path, layer)
    handle = module.register_forward_hook(lambda _, given, made: seen.append((given[0], made)))
    with torch.no_grad():
        model(some_tokens())
    handle.remove()
    return seen[0]


def test_every_block_has_its_matrices_in_order(model: Model) -> None:
    found = matrices(model)
    gated = model.hf.config.model_type in ("llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3_text")
    kinds = [*ATTENTION, *(("mlp_in", "mlp_gate", "mlp_out") if gated else ("mlp_in", "mlp_out"))]
    assert [(one.block, one.kind) for one in found] == [(block, kind) for block in range(DEPTH) for kind in kinds]
    assert found[0].name == "0.q"


def test_together_they_are_all_matrices_of_the_blocks_each_weight_once(model: Model) -> None:
    counts = {n: torch.zeros_like(w) for n, w in model.hf.named_parameters() if w.ndim == 2}
    for one in matrices(model):
        one.of(counts[one.parameter]).add_(1)
    blocks = {id(weight) for weight in model.blocks.parameters()}
    for name, count in counts.items():
        assert (count == (id(model.hf.get_parameter(name)) in blocks)).all(), name


def test_writing_through_a_view_acts(model: Model) -> None:
    for one in matrices(model):
        whole = torch.zeros_like(weight_of(model, one))
        one.of(whole).fill_(1)
        assert whole.sum() == one.of(whole).numel()
        if one.kind in ATTENTION:
            one.by_head(whole).fill_(2)
            assert whole.sum() == 2 * one.of(whole).numel()


def test_of_gives_outputs_by_inputs_and_head_by_head_where_heads_are_fused(model: Model) -> None:
    by_kind = {"q": model.heads, "k": model.kv_heads, "v": model.kv_heads}
    for one in matrices(model):
        found = one.of(weight_of(model, one)).flatten(0, -2)
        if one.kind in by_kind:
            assert found.shape == (by_kind[one.kind] * model.d_head, WIDTH)
            assert one.by_head(weight_of(model, one)).flatten(0, 1).equal(found)
        elif one.kind == "o":
            assert found.shape == (WIDTH, HEADS * model.d_head)
        elif one.kind == "mlp_out":
            assert len(found) == WIDTH
        else:
            assert found.shape[1] == WIDTH
        assert one.of(weight_of(model, one)).ndim == (3 if "neox" in model.hf.config.model_type and one.sizes else 2)


@pytest.mark.parametrize("kind", ["q", "k", "v"])
def test_queries_keys_and_values_come_from_their_heads_rows(model: Model, kind: str) -> None:
    for one in [one for one in matrices(model) if one.kind == kind]:
        read, _ = passing(model, getattr(model.anatomy, kind), one.block)
        expected = torch.einsum("bpi,hdi->bphd", read, one.by_head(weight_of(model, one)))
        if (bias := bias_of(model, one)) is not None:
            expected = expected + one.by_head(bias)[..., 0]
        site = interp.Site(kind, one.block)
        torch.testing.assert_close(interp.capture(model, some_tokens(), site)[site], expected, rtol=1e-4, atol=1e-5)


def test_the_output_of_attention_is_the_sum_of_its_heads_columns(model: Model) -> None:
    for one in [one for one in matrices(model) if one.kind == "o"]:
        z = interp.capture(model, some_tokens(), interp.z(one.block))[interp.z(one.block)]
        expected = torch.einsum("bphd,hdo->bpo", z, one.by_head(weight_of(model, one)))
        if (bias := bias_of(model, one)) is not None:
            expected = expected + one.of(bias)[:, 0]
        torch.testing.assert_close(passing(model, model.anatomy.z, one.block)[1], expected, rtol=1e-4, atol=1e-5)


def test_the_gate_enters_the_nonlinearity_and_the_others_stand_beside_and_behind_it(model: Model) -> None:
    for block in range(DEPTH):
        of_block = {one.kind: one for one in matrices(model) if one.block == block and one.kind in MLP}
        pre, post = interp.mlp_pre(block), interp.mlp_post(block)
        seen = interp.capture(model, some_tokens(), [pre, post])
        read, _ = passing(model, model.anatomy.mlp_pre, block)
        _, written = passing(model, model.anatomy.mlp_post, block)

        def through(one: Matrix, read: Tensor) -> Tensor:
            bias = bias_of(model, one)
            made = read @ one.of(weight_of(model, one)).T
            return made if bias is None else made + one.of(bias)[:, 0]

        gate = of_block.get("mlp_gate")
        torch.testing.assert_close(through(gate or of_block["mlp_in"], read), seen[pre], rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(through(of_block["mlp_out"], seen[post]), written, rtol=1e-4, atol=1e-5)
        if gate:
            act = model.part(model.anatomy.mlp, block).act_fn
            both = act(seen[pre]) * through(of_block["mlp_in"], read)
            torch.testing.assert_close(both, seen[post], rtol=1e-4, atol=1e-5)


def test_a_matrix_of_the_mlp_has_no_heads() -> None:
    model = made("gpt2")
    one = next(one for one in matrices(model) if one.kind == "mlp_in")
    with pytest.raises(ShapeError, match=r"0\.mlp_in belongs to no head"):
        one.by_head(weight_of(model, one))


def test_a_projection_that_is_no_plain_matrix_is_refused() -> None:
    hf = fresh("llama")
    hf.model.layers[1].mlp.down_proj = nn.Embedding(48, WIDTH)
    with pytest.raises(ModelError, match=r"mlp_out of block 1 .* is a Embedding, not a plain matrix"):
        matrices(interp.load(hf))
    hf = fresh("llama")
    hf.model.layers[0].mlp.fourth = nn.Linear(WIDTH, 48)
    with pytest.raises(ModelError, match="has 4 matrices"):
        matrices(interp.load(hf))


@pytest.mark.parametrize("wrong", [{"layout": "head d_head"}, {"q": "attn.c_proj"}, {"z": "attn.c_attn"}])
def test_an_anatomy_that_does_not_fit_is_refused(wrong: dict[str, Any]) -> None:
    hf = fresh("gpt2")
    anatomy = replace(made("gpt2").anatomy, **wrong)
    with pytest.raises(ModelError, match="does not fit 4 heads of 8"):
        matrices(interp.load(hf, anatomy=anatomy))
