from collections.abc import Iterator

import pytest
import torch

from interp import Model, load
from interp.errors import ModelError, ShapeError, UnknownNameError
from interp.subnetworks.controls import Match, Within, controls, mean_magnitude, random_like, top_magnitude
from interp.subnetworks.magnitude import strata
from interp.subnetworks.mask import Mask
from interp.subnetworks.pieces import pieces
from tests.architectures import fresh, made
from tests.conftest import untouched
from tests.interp.subnetworks.some import generator, some_mask


@pytest.fixture(params=["gpt2", "neox", "llama"])
def few(request: pytest.FixtureRequest) -> Iterator[Model]:
    """Three ways to write matrices down; that pieces are right in all architectures is tested with the pieces."""
    yield from untouched(made(request.param))


def large_weights(model: Model) -> Mask:
    """Keeps mostly large weights, as searches do."""
    weights = dict(model.hf.named_parameters())
    full = Mask.full(model)
    draw = generator(9)
    kept = {n: weights[n].detach().abs() * torch.rand(one.shape, generator=draw) > 0.3 for n, one in full.kept.items()}
    return Mask(kept, full.model)


@pytest.mark.parametrize("match", ["count", "magnitude"])
def test_a_random_mask_keeps_as_many_of_every_matrix(few: Model, match: Match) -> None:
    mask = some_mask(few)
    drawn = random_like(few, mask, generator(), match)
    assert drawn != mask
    for piece in pieces(few, mask):
        old, new = (piece.of(one.kept[piece.parameter]) for one in (mask, drawn))
        assert int(new.sum()) == int(old.sum())


def test_matched_in_magnitude_it_keeps_as_many_of_every_tenth(few: Model) -> None:
    mask = large_weights(few)
    drawn = random_like(few, mask, generator(), "magnitude")
    weights = dict(few.hf.named_parameters())
    for piece in pieces(few, mask):
        old, new = (piece.of(one.kept[piece.parameter]) for one in (mask, drawn))
        part = strata(piece.of(weights[piece.parameter]))
        assert torch.equal(torch.bincount(part[new], minlength=10), torch.bincount(part[old], minlength=10))


def test_a_sparse_mask_of_large_weights_is_matched_closer_than_by_tenths() -> None:
    """A tenth of a matrix holds weights of very different size: its largest percent is not drawn from all of them."""
    model = load(fresh("gpt2", n_embd=64, n_layer=1))
    name = "transformer.h.0.mlp.c_fc.weight"
    weight = model.hf.get_parameter(name).detach().abs()
    kept = weight * torch.rand(weight.shape, generator=generator()) > 0.4
    assert 100 < kept.sum() < 0.02 * kept.numel()
    mask = Mask({name: kept}, Mask.empty(model).model)
    target = mean_magnitude(model, mask)
    drawn = [mean_magnitude(model, random_like(model, mask, generator(seed), "magnitude")) for seed in range(5)]
    assert drawn == pytest.approx([target] * 5, rel=0.03)
    tenth = weight[strata(weight) >= 9].mean()
    assert tenth < 0.93 * target


def test_only_matching_in_magnitude_keeps_weights_about_as_large(gpt2: Model) -> None:
    mask = large_weights(gpt2)
    target = mean_magnitude(gpt2, mask)
    assert mean_magnitude(gpt2, random_like(gpt2, mask, generator(), "magnitude")) == pytest.approx(target, rel=0.1)
    assert mean_magnitude(gpt2, random_like(gpt2, mask, generator(), "count")) < 0.6 * target


@pytest.mark.parametrize("match", ["count", "magnitude"])
def test_every_weight_is_drawn_as_often_as_any_other_of_its_kind(gpt2: Model, match: Match) -> None:
    name = "transformer.h.0.attn.c_proj.weight"
    kept = torch.zeros(32, 32, dtype=torch.bool)
    kept[:, :8] = True
    mask, draw = Mask({name: kept}, Mask.empty(gpt2).model), generator()
    times = torch.zeros(32, 32)
    for _ in range(200):
        times += random_like(gpt2, mask, draw, match).kept[name]
    assert times.sum() == 200 * 256
    # Binomial counts about 50 with deviation 6.1; by chance the mask keeps more of some tenths than of others.
    assert times.min() > 15
    assert times.max() < 110
    assert times[:, :8].mean() == pytest.approx(50, abs=4), "what the mask itself keeps is not preferred"


def test_the_same_generator_gives_the_same_mask_and_goes_on(gpt2: Model) -> None:
    mask, draw = some_mask(gpt2), generator(3)
    first, second = random_like(gpt2, mask, draw), random_like(gpt2, mask, draw)
    assert first == random_like(gpt2, mask, generator(3))
    assert first != second


@pytest.mark.parametrize("match", ["count", "magnitude"])
def test_empty_and_full_masks_leave_no_choice(gpt2: Model, match: Match) -> None:
    for mask in (Mask.empty(gpt2), Mask.full(gpt2)):
        assert random_like(gpt2, mask, generator(), match) == mask


def test_biases_and_norms_keep_their_counts_too(gpt2: Model) -> None:
    mask = some_mask(gpt2, 0.5, names=["transformer.h.0.mlp.*", "transformer.ln_f.weight"])
    drawn = random_like(gpt2, mask, generator(), "magnitude")
    assert {n: int(k.sum()) for n, k in drawn.kept.items()} == {n: int(k.sum()) for n, k in mask.kept.items()}


def test_the_largest_of_each_matrix_are_larger_than_all_others_there(few: Model) -> None:
    mask = some_mask(few)
    top = top_magnitude(few, mask)
    weights = dict(few.hf.named_parameters())
    for piece in pieces(few, mask):
        kept, weight = piece.of(top.kept[piece.parameter]), piece.of(weights[piece.parameter].detach()).abs()
        assert int(kept.sum()) == int(piece.of(mask.kept[piece.parameter]).sum())
        assert weight[kept].min() >= weight[~kept].max()


def test_the_largest_of_the_model_compete_across_matrices(few: Model) -> None:
    mask = some_mask(few, 0.03)
    top = top_magnitude(few, mask, "model")
    assert top.size == mask.size
    weights = dict(few.hf.named_parameters())
    kept = torch.cat([weights[n].detach().abs()[k] for n, k in top.kept.items()])
    rest = torch.cat([weights[n].detach().abs()[~k] for n, k in top.kept.items()])
    assert kept.min() >= rest.max()
    assert mean_magnitude(few, top) >= mean_magnitude(few, top_magnitude(few, mask))


@pytest.mark.parametrize("within", ["matrix", "model"])
def test_the_largest_of_empty_and_full_masks_are_none_and_all(gpt2: Model, within: Within) -> None:
    for mask in (Mask.empty(gpt2), Mask.full(gpt2)):
        assert top_magnitude(gpt2, mask, within) == mask


def test_the_four_controls_have_the_size_of_the_mask(gpt2: Model) -> None:
    mask = large_weights(gpt2)
    found = controls(gpt2, mask, generator())
    assert len(found) == 4
    assert all(one.size == mask.size and one != mask for one in found.values())
    sizes = [mean_magnitude(gpt2, one) for one in found.values()]
    assert sizes == sorted(sizes), "from the count alone to the largest of all"


def test_a_mask_of_other_weights_is_refused(gpt2: Model) -> None:
    other = Mask(dict(some_mask(gpt2).kept), "another checkpoint")
    for attempt in (
        lambda: random_like(gpt2, other, generator()),
        lambda: top_magnitude(gpt2, other),
        lambda: top_magnitude(gpt2, Mask.full(made("llama")), "model"),
        lambda: mean_magnitude(gpt2, other),
    ):
        with pytest.raises(ModelError, match="mask is of the model"):
            attempt()


def test_a_wrong_match_an_odd_choice_and_an_empty_mean_are_refused(gpt2: Model, unchecked: None) -> None:
    mask = some_mask(gpt2)
    with pytest.raises(UnknownNameError, match="magnitude"):
        random_like(gpt2, mask, generator(), "magnitud")  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="matrix"):
        top_magnitude(gpt2, mask, "matrices")  # type: ignore[arg-type]
    with pytest.raises(ShapeError, match="empty mask"):
        mean_magnitude(gpt2, Mask.empty(gpt2))
