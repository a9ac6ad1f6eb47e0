import numpy as np
import pytest
import torch

from experiments.bigrams.places import first_mlp, placed, runner_up, values_and_outputs
from experiments.bigrams.stacks import by_kind, stacked
from interp.models.model import Model
from interp.subnetworks.mask import Mask
from interp.subnetworks.matrices import matrices


def only(model: Model, **sizes: int) -> Mask:
    """So many weights of the matrices called like `k0` (the keys of block 0), and none of the others."""
    kept = {name: torch.zeros_like(one) for name, one in Mask.empty(model).kept.items()}
    for matrix in matrices(model):
        view = matrix.of(kept[matrix.parameter])
        count = sizes.get(f"{matrix.kind}{matrix.block}", 0)
        view.copy_((torch.arange(view.numel()) < count).view(view.shape))
    return Mask(kept, Mask.empty(model).model)


def test_shares_are_those_of_the_kept_weights(gpt2: Model) -> None:
    place = placed(gpt2, only(gpt2, mlp_in0=30, mlp_out0=20, q1=10, v0=25, o1=15))
    assert place["mlp"][0] == first_mlp(place) == pytest.approx(0.5)
    assert place["attention"][:2] == pytest.approx([0.25, 0.25])
    assert runner_up(place) == pytest.approx(0.25)
    assert values_and_outputs(place) == pytest.approx(0.8)
    assert place["kinds"]["mlp_in"] == pytest.approx(0.3)


def test_the_whole_model_lies_as_an_even_mask_does(model: Model) -> None:
    place = placed(model, Mask.full(model))
    assert place["mlp"] == pytest.approx(place["uniform"]["mlp"])
    assert place["kinds"] == pytest.approx(place["uniform"]["kinds"])
    assert sum(place["mlp"]) + sum(place["attention"]) == pytest.approx(1)
    assert all(np.allclose(heads, 1) for heads in place["heads"].values())


def test_without_attention_neither_side_is_preferred(gpt2: Model) -> None:
    assert values_and_outputs(placed(gpt2, only(gpt2, mlp_in0=3))) == 0.5


def test_bars_add_up_and_the_last_one_is_even(gpt2: Model) -> None:
    place = placed(gpt2, only(gpt2, mlp_in0=30, q1=10))
    (ax,) = stacked({"one": place, "two": place}).axes
    heights = np.zeros(3)
    for bars in ax.containers:
        heights += [bar.get_height() for bar in bars]
    assert heights == pytest.approx(1)
    assert ax.get_xticklabels()[-1].get_text() == "same part\nof each"


def test_kinds_are_drawn_against_their_even_part(gpt2: Model) -> None:
    place = placed(gpt2, Mask.full(gpt2))
    (ax,) = by_kind({"all": place}).axes
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["q", "k", "v", "o", "mlp in", "mlp out"]
    assert np.asarray(ax.lines[-1].get_ydata()) == pytest.approx(1)
