import numpy as np
import pytest
import torch

from interp import Model
from interp.errors import UnknownNameError
from interp.subnetworks.location import located
from interp.subnetworks.mask import Mask
from interp.subnetworks.matrices import ATTENTION, MLP, matrices
from tests.architectures import DEPTH
from tests.interp.subnetworks.some import some_mask


def only(model: Model, block: int, kind: str, head: int | None = None) -> Mask:
    """A mask that keeps one matrix, or one head of it."""
    kept = {name: one.clone() for name, one in Mask.empty(model).kept.items()}
    matrix = next(one for one in matrices(model) if one.block == block and one.kind == kind)
    (matrix.of(kept[matrix.parameter]) if head is None else matrix.by_head(kept[matrix.parameter])[head])[:] = True
    return Mask(kept, Mask.empty(model).model)


def test_counts_are_those_of_a_loop_over_matrices_and_heads(model: Model) -> None:
    mask = some_mask(model)
    found = located(model, mask)
    for matrix in matrices(model):
        place = matrix.block, found.kinds.index(matrix.kind)
        kept = matrix.of(mask.kept[matrix.parameter])
        assert found.matrices.active[place] == kept.sum()
        assert found.matrices.total[place] == kept.numel()
        if matrix.kind in ATTENTION:
            for head, part in enumerate(matrix.by_head(mask.kept[matrix.parameter])):
                assert found.heads[matrix.kind].active[matrix.block, head] == part.sum()
                assert found.heads[matrix.kind].total[matrix.block, head] == part.numel()
    assert found.active == mask.size
    assert found.total == mask.total


def test_heads_add_up_to_their_matrix(model: Model) -> None:
    found = located(model, some_mask(model))
    for kind, heads in found.heads.items():
        column = found.kinds.index(kind)
        assert (heads.active.sum(1) == found.matrices.active[:, column]).all()
        assert (heads.total.sum(1) == found.matrices.total[:, column]).all()
        assert heads.active.shape == (DEPTH, model.kv_heads if kind in ("k", "v") else model.heads)


def test_one_head_is_found_where_it_lies(model: Model) -> None:
    for kind in ATTENTION:
        found = located(model, only(model, 1, kind, head=0))
        assert found.heads[kind].active[1, 0] == found.active
        assert found.heads[kind].density[1, 0] == 1
        assert found.share([1], [kind]) == 1


def test_the_first_mlp_alone_holds_everything_there_and_as_often_as_it_is_small(gpt2: Model) -> None:
    found = located(gpt2, only(gpt2, 0, "mlp_in") | only(gpt2, 0, "mlp_out"))
    assert found.share([0], MLP) == 1
    assert found.share(kinds=ATTENTION) == 0
    assert found.expected([0], MLP) == pytest.approx(8 / 24)
    place = found.kinds.index("mlp_in")
    assert found.against_uniform[0, place] == pytest.approx(0.5 / (4 / 24))
    assert found.against_uniform[1, place] == 0


def test_the_full_mask_is_uniform(model: Model) -> None:
    found = located(model, Mask.full(model))
    assert np.allclose(found.against_uniform, 1)
    assert found.share() == pytest.approx(1)
    assert np.array_equal(found.shares, found.uniform)
    assert (found.matrices.density == 1).all()


def test_an_empty_mask_has_no_shares(gpt2: Model) -> None:
    found = located(gpt2, Mask.empty(gpt2))
    assert found.active == 0
    assert np.isnan(found.shares).all()
    assert np.isnan(found.share([0]))
    assert np.isfinite(found.uniform).all()


def test_gated_mlps_have_a_third_kind_and_others_do_not(model: Model) -> None:
    gated = model.hf.config.model_type in {"llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3_text"}
    assert ("mlp_gate" in located(model, Mask.full(model)).kinds) == gated


def test_weights_outside_the_matrices_are_counted_elsewhere(gpt2: Model) -> None:
    mask = Mask.full(gpt2, ["transformer.h.0.mlp.c_fc.*", "transformer.wpe.weight"])
    found = located(gpt2, mask)
    assert found.elsewhere.total == 128 + 16 * 32
    assert found.matrices.total.sum() == 128 * 32
    assert found.share() == pytest.approx(4096 / (4096 + 640))
    assert np.isnan(found.matrices.density[1]).all(), "the mask does not reach the second block"
    assert np.isnan(found.against_uniform[1]).all()


def test_a_wrong_kind_or_block_is_refused(gpt2: Model) -> None:
    found = located(gpt2, Mask.full(gpt2))
    assert found.share(kinds=["mlp_gate"]) == 0
    with pytest.raises(UnknownNameError, match="mlp_in"):
        found.share(kinds=["mlp_inn"])
    with pytest.raises(UnknownNameError, match="block"):
        found.expected([2])
    with pytest.raises(UnknownNameError, match="block"):
        found.share([-1])


def test_a_fused_parameter_is_split_by_queries_keys_and_values() -> None:
    """The released code took thirds of GPT-NeoX's rows, which mixes them up."""
    from tests.architectures import made

    neox = made("neox")
    name = "gpt_neox.layers.0.attention.query_key_value.weight"
    kept = torch.zeros(96, 32, dtype=torch.bool)
    kept[:8] = True  # the queries of head 0, which come first of its 24 rows
    kept[40:48] = True  # the values of head 1
    found = located(neox, Mask({name: kept}, Mask.empty(neox).model))
    assert found.heads["q"].active[0].tolist() == [256, 0, 0, 0]
    assert found.heads["k"].active[0].tolist() == [0, 0, 0, 0]
    assert found.heads["v"].active[0].tolist() == [0, 256, 0, 0]
