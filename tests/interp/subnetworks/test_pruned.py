"""Models without some of their weights, against copies whose weights are changed one by one."""

from copy import deepcopy

import pytest
import torch
from torch import Generator, Tensor

import interp
from interp import Model, ModelError, ShapeError, UnknownNameError
from interp.subnetworks import Mask, ablated, matrices, parameters, pruned, select
from interp.subnetworks.pruned import Fill
from tests.architectures import fresh, made, some_tokens
from tests.interp.subnetworks.test_mask import NAMES, drawn


def now(model: Model, names: list[str] | None = None) -> dict[str, Tensor]:
    return {name: weight.detach().clone() for name, weight in parameters(model, names).items()}


@pytest.mark.parametrize("fill", ["zero", "mean"])
@torch.no_grad()
def test_the_model_computes_what_a_copy_with_changed_weights_does(model: Model, fill: Fill) -> None:
    mask = drawn(model, 0)
    copy = Model(deepcopy(model.hf), model.anatomy, "copy")
    before = now(model)
    for one in matrices(copy):
        weight = one.of(copy.hf.get_parameter(one.parameter).data)
        stand_in = one.of(before[one.parameter]).mean() if fill == "mean" else 0
        weight[~one.of(mask.kept[one.parameter])] = stand_in
    with pruned(model, mask, fill):
        torch.testing.assert_close(model(some_tokens()), copy(some_tokens()), rtol=1e-5, atol=1e-5)
        for name, weight in now(model).items():
            torch.testing.assert_close(weight, copy.hf.get_parameter(name), rtol=1e-6, atol=1e-7)
            assert weight[mask.kept[name]].equal(before[name][mask.kept[name]])


def test_a_resampled_weight_is_another_one_of_its_matrix(model: Model) -> None:
    """All weights differ, so that each one says where it came from."""
    mask, before = drawn(model, 0), now(model)
    with pruned(model, mask, "resample", Generator().manual_seed(3)):
        after = now(model)
    for one in matrices(model):
        old, new = (one.of(whole[one.parameter]).flatten() for whole in (before, after))
        kept = one.of(mask.kept[one.parameter]).flatten()
        assert len(old.unique()) == len(old)
        assert torch.isin(new, old).all()
        assert (new == old).equal(kept)


def test_resampling_draws_evenly_and_again_the_same_from_the_same_seed(gpt2: Model) -> None:
    name = "transformer.h.0.ln_1.bias"
    mask, before = Mask.empty(gpt2, name), now(gpt2, [name])[name]
    counts, generator = torch.zeros(32, 32), Generator().manual_seed(0)
    for _ in range(600):
        with pruned(gpt2, mask, "resample", generator):
            counts += gpt2.hf.get_parameter(name).detach()[:, None] == before
    assert counts.diagonal().eq(0).all()
    expected = 600 / 31
    off = counts[~torch.eye(32, dtype=torch.bool)]
    assert ((off - expected) ** 2 / expected).mean() == pytest.approx(1, abs=0.2)
    seen = []
    for seed in (5, 5, 6):
        with pruned(gpt2, mask, "resample", Generator().manual_seed(seed)):
            seen.append(now(gpt2, [name])[name])
    assert seen[0].equal(seen[1])
    assert not seen[0].equal(seen[2])


def test_parameters_that_are_no_matrices_are_filled_from_themselves(gpt2: Model) -> None:
    names = ["transformer.ln_f.weight", "transformer.h.0.attn.c_attn.bias"]
    before = now(gpt2, names)
    with pruned(gpt2, Mask.empty(gpt2, names), "mean"):
        norm, bias = (gpt2.hf.get_parameter(name).detach() for name in names)
        torch.testing.assert_close(norm, before[names[0]].mean().expand(32))
        thirds = before[names[1]].view(3, 32).mean(1).repeat_interleave(32)
        torch.testing.assert_close(bias, thirds)


@pytest.mark.parametrize("fill", ["zero", "mean", "resample"])
def test_afterwards_the_model_is_as_before_even_after_an_exception(model: Model, fill: Fill) -> None:
    """The fixture compares every bit when the test is over."""
    storages = {name: weight.data_ptr() for name, weight in parameters(model).items()}

    @torch.no_grad()
    def write_and_fail() -> None:
        with pruned(model, drawn(model, 0), fill, Generator()):
            for weight in parameters(model).values():
                weight.add_(1)  # what is written inside goes as well
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_and_fail()
    assert {name: weight.data_ptr() for name, weight in parameters(model).items()} == storages


def test_gradients_that_were_there_stay() -> None:
    model = interp.load(fresh("gpt2"))
    model(some_tokens()).sum().backward()
    weight = parameters(model)[NAMES[0]]
    assert weight.grad is not None
    before, mask = weight.grad.clone(), drawn(model, 0)
    with pruned(model, mask):
        model(some_tokens()).sum().backward()
        assert not weight.grad.equal(before)
    assert weight.requires_grad
    assert not parameters(model)[NAMES[0]].detach().equal(torch.where(mask.kept[NAMES[0]], weight.detach(), 0))


@torch.no_grad()
def test_the_full_mask_changes_nothing_and_ablating_is_pruning_to_the_rest(gpt2: Model) -> None:
    before, mask = gpt2(some_tokens()), drawn(gpt2, 0)
    with pruned(gpt2, Mask.full(gpt2)):
        assert gpt2(some_tokens()).equal(before)
    with pruned(gpt2, ~mask):
        rest = gpt2(some_tokens())
    with ablated(gpt2, mask):
        assert gpt2(some_tokens()).equal(rest)
    with pruned(gpt2, Mask.empty(gpt2)):
        assert all((weight == 0).all() for weight in parameters(gpt2).values())


@torch.no_grad()
def test_without_any_weight_of_the_blocks_a_token_says_what_its_embedding_says() -> None:
    model = interp.load(fresh("llama"))
    tokens = some_tokens()
    with pruned(model, Mask.empty(model)):
        torch.testing.assert_close(model(tokens), model.unembed(model.hf.model.embed_tokens(tokens)))


def test_pruning_twice_is_refused_and_leaves_the_outer_block_alone(gpt2: Model) -> None:
    a, b = drawn(gpt2, 0), drawn(gpt2, 1)
    with pruned(gpt2, a):
        inside = now(gpt2)
        with pytest.raises(ModelError, match="that a mask has already changed"), pruned(gpt2, b):
            pass
        assert all(weight.equal(inside[name]) for name, weight in now(gpt2).items())


def test_a_mask_of_another_model_is_refused(gpt2: Model) -> None:
    for mask in (Mask.full(made("neox")), Mask(drawn(gpt2, 0).kept, "0" * 64)):
        with pytest.raises(ModelError, match="the mask is of the model"), pruned(gpt2, mask):
            pass


def test_drawing_without_a_generator_is_refused(gpt2: Model) -> None:
    with pytest.raises(ShapeError, match="hand in a generator"), pruned(gpt2, drawn(gpt2, 0), "resample"):
        pass


@pytest.mark.usefixtures("unchecked")
def test_an_unknown_fill_comes_with_those_there_are(gpt2: Model) -> None:
    with (
        pytest.raises(UnknownNameError, match="Allowed: mean, resample, zero"),
        pruned(gpt2, drawn(gpt2, 0), "median"),  # type: ignore[arg-type]
    ):
        pass


@torch.no_grad()
def test_half_precision_keeps_its_type_and_a_mean_that_is_not_rounded_on_the_way() -> None:
    model = interp.load(fresh("gpt2").bfloat16())
    mask = Mask.full(model) - select(model, block=0, kind="k")
    one = next(one for one in matrices(model) if one.kind == "k")
    exact = one.of(model.hf.get_parameter(one.parameter)).double().mean().bfloat16()
    with pruned(model, mask, "mean"):
        weight = model.hf.get_parameter(one.parameter)
        assert weight.dtype == torch.bfloat16
        assert one.of(weight).eq(exact).all()
        assert model(some_tokens()).dtype == torch.bfloat16
