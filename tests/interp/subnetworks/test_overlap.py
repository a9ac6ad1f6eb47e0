from itertools import combinations, permutations
from math import isnan

import numpy as np
import pytest
import torch
from torch import Tensor

from interp import Model
from interp.errors import ShapeError
from interp.subnetworks.controls import random_like
from interp.subnetworks.magnitude import strata
from interp.subnetworks.mask import Mask
from interp.subnetworks.overlap import free_choice, overlap, permuted_rows
from interp.subnetworks.pieces import pieces
from tests.architectures import made
from tests.interp.subnetworks.some import generator, some_mask

DRAWS = 2000


def pair(rows: int, columns: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Two masks with favourite columns and rows in common."""
    draw = generator(seed)
    liked = torch.rand(rows, 1, generator=draw) * torch.rand(1, columns, generator=draw) * 1.6
    a, b = (torch.rand(rows, columns, generator=draw) < liked for _ in range(2))
    return a, b


def test_free_choice_agrees_with_every_possible_choice() -> None:
    a, b = torch.tensor([[1, 1, 0], [0, 1, 0]]).bool(), torch.tensor([[0, 1, 1], [0, 1, 1]]).bool()
    sizes = [sum(bool(b.flatten()[i]) for i in drawn) for drawn in combinations(range(6), 3)]
    found = free_choice(a, b)
    assert found.mean == pytest.approx(np.mean(sizes))
    assert found.variance == pytest.approx(np.var(sizes))


@pytest.mark.parametrize(("rows", "columns"), [(5, 3), (4, 4), (3, 6), (6, 1), (1, 5), (2, 2)])
def test_permuted_rows_agree_with_every_possible_permutation(rows: int, columns: int) -> None:
    a, b = pair(rows, columns)
    sizes = [int((a[list(order)] & b).sum()) for order in permutations(range(rows))]
    found = permuted_rows(a, b)
    assert found.mean == pytest.approx(np.mean(sizes))
    assert found.variance == pytest.approx(np.var(sizes))


def test_permuting_rows_has_the_published_expectation() -> None:
    a, b = pair(17, 9)
    assert permuted_rows(a, b).mean == pytest.approx(float((a.sum(0) * b.sum(0)).sum()) / 17)


@pytest.mark.parametrize(("name", "inside"), [("gpt2", "*h.0.attn.*.weight"), ("neox", "*layers.0.attention.*.weight")])
def test_all_nulls_agree_with_brute_force_shuffles(name: str, inside: str) -> None:
    """Both masks are drawn anew each time, as the published code does; the closed form moves one."""
    model = made(name)
    mask, other = liking(model, 0, inside), liking(model, 1, inside)
    found = overlap(mask, other, model)
    draw = generator(5)
    drawn: dict[str, list[int]] = {"free": [], "rows": [], "columns": [], "magnitude": []}
    weights = dict(model.hf.named_parameters())
    views = [
        (p.of(mask.kept[p.parameter]), p.of(other.kept[p.parameter]), strata(p.of(weights[p.parameter].detach())))
        for p in pieces(model, mask)
    ]
    for _ in range(150):
        for null, sizes in drawn.items():
            sizes.append(sum(int((shuffled(a, null, s, draw) & shuffled(b, null, s, draw)).sum()) for a, b, s in views))
    for null, sizes in drawn.items():
        expected, deviation = getattr(found, null).expected, getattr(found, null).deviation
        assert np.mean(sizes) == pytest.approx(expected, abs=4 * deviation / 150**0.5), null
        assert np.std(sizes) == pytest.approx(deviation, rel=0.25), null


def liking(model: Model, seed: int, inside: str | None = None) -> Mask:
    """A mask that prefers some rows, some columns and large weights, the same for every seed."""
    weights, full = dict(model.hf.named_parameters()), Mask.full(model, inside)
    liked = {}
    for name, one in full.kept.items():
        draw = generator(100)
        likes = torch.rand(one.shape[0], 1, generator=draw) * torch.rand(1, one.shape[1], generator=draw)
        chance = likes * weights[name].detach().abs() * 2
        liked[name] = torch.rand(one.shape, generator=generator(seed)) < chance
    return Mask(liked, full.model)


def shuffled(mask: Tensor, null: str, parts: Tensor, draw: torch.Generator) -> Tensor:
    rows, columns = mask.shape
    if null == "rows":
        return mask[torch.randperm(rows, generator=draw)]
    if null == "columns":
        return mask[:, torch.randperm(columns, generator=draw)]
    new = torch.zeros_like(mask)
    for part in range(int(parts.max()) + 1) if null == "magnitude" else [None]:
        inside = torch.ones_like(mask) if part is None else parts == part
        values = mask[inside]
        new[inside] = values[torch.randperm(len(values), generator=draw)]
    return new


def test_the_normal_p_agrees_with_the_share_of_shuffles_that_overlap_as_much(gpt2: Model) -> None:
    name, model = "transformer.h.0.attn.c_proj.weight", Mask.empty(gpt2).model
    a, b = pair(32, 32, seed=2)
    places = torch.rand(DRAWS, 1024, generator=generator(1)).argsort(1)
    drawn = a.flatten()[places]
    sizes = (drawn & b.flatten()).sum(1)
    unusual = int((sizes - sizes.double().quantile(0.97)).abs().argmin())
    found = overlap(Mask({name: drawn[unusual].view(32, 32)}, model), Mask({name: b}, model), gpt2)
    assert found.free.p == pytest.approx(float((sizes >= found.shared).double().mean()), abs=0.015)


def test_chance_gives_a_z_about_0_with_deviation_1(gpt2: Model) -> None:
    mask, draw = some_mask(gpt2, 0.1, names="transformer.h.0.attn.*.weight"), generator(4)
    z = [overlap(random_like(gpt2, mask, draw), mask, gpt2).free.z for _ in range(40)]
    assert abs(np.mean(z)) < 4 / 40**0.5
    assert 0.7 < np.std(z) < 1.35


def test_favourite_columns_count_as_chance_only_where_rows_are_permuted(gpt2: Model) -> None:
    name = "transformer.h.0.attn.c_proj.weight"  # written [input, output]: columns of the matrix are its rows
    draw = generator(6)
    a, b = torch.zeros(2, 32, 32, dtype=torch.bool)
    a[:4], b[:4] = torch.rand(2, 4, 32, generator=draw) < 0.5
    fingerprint = Mask.empty(gpt2).model
    found = overlap(Mask({name: a}, fingerprint), Mask({name: b}, fingerprint), gpt2)
    assert found.free.ratio > 5
    assert found.free.z > 10
    assert abs(found.rows.z) < 4
    assert found.rows.ratio == pytest.approx(1, abs=0.3)
    assert found.columns.ratio > 5


def test_masks_that_both_like_large_weights_overlap_only_by_that(gpt2: Model) -> None:
    mask, draw = liking(gpt2, 0), generator(7)
    other = random_like(gpt2, mask, draw, "magnitude")
    found = overlap(other, mask, gpt2)
    assert found.free.z > 5
    assert abs(found.magnitude.z) < 4


def test_a_hand_computed_case() -> None:
    model = made("gpt2")
    name = "transformer.ln_f.bias"
    a, b = torch.zeros(2, 32, dtype=torch.bool)
    a[:8], b[4:20] = True, True
    fingerprint = Mask.empty(model).model
    found = overlap(Mask({name: a}, fingerprint), Mask({name: b}, fingerprint), model)
    assert (found.shared, found.a, found.b, found.total) == (4, 8, 16, 32)
    assert found.contained == 0.5
    assert found.jaccard == 4 / 20
    assert found.free.expected == 4
    assert found.free.ratio == 1
    assert found.free.deviation**2 == pytest.approx(8 * 16 * 24 * 16 / (32**2 * 31))
    assert found.free.z == 0
    assert found.free.p == 0.5
    assert found.rows == found.free, "each entry of a vector is a row"
    assert isnan(found.columns.z), "and there is one column to permute"


def test_identical_masks_share_everything_and_the_ratio_has_a_ceiling(gpt2: Model) -> None:
    mask = random_like(gpt2, evenly(gpt2), generator())
    found = overlap(mask, mask, gpt2)
    assert found.shared == mask.size
    assert found.contained == found.jaccard == 1
    assert found.free.ratio == pytest.approx(1 / mask.share, rel=0.01)
    assert found.free.p == 0


def evenly(model: Model) -> Mask:
    """Every eighth weight of every matrix."""
    full = Mask.full(model)
    kept = {name: (torch.arange(one.numel()) % 8 == 0).view(one.shape) for name, one in full.kept.items()}
    return Mask(kept, full.model)


def test_complements_share_nothing(gpt2: Model) -> None:
    mask = some_mask(gpt2)
    found = overlap(mask, ~mask, gpt2)
    assert found.shared == found.contained == found.free.ratio == 0
    assert found.free.z < -10
    assert found.free.p == pytest.approx(1)


@pytest.mark.parametrize("null", ["free", "rows", "columns", "magnitude"])
def test_empty_and_full_masks_leave_nothing_to_chance(gpt2: Model, null: str) -> None:
    mask, empty, full = some_mask(gpt2), Mask.empty(gpt2), Mask.full(gpt2)
    none = overlap(empty, mask, gpt2)
    assert isnan(none.contained)
    assert getattr(none, null).expected == getattr(none, null).deviation == 0
    assert isnan(getattr(none, null).ratio)
    for all_of in (overlap(full, mask, gpt2), overlap(mask, full, gpt2)):
        chance = getattr(all_of, null)
        assert chance.ratio == 1
        assert chance.deviation == 0
        assert isnan(chance.z)
        assert isnan(chance.p)


def test_two_empty_masks_have_no_jaccard(gpt2: Model) -> None:
    assert isnan(overlap(Mask.empty(gpt2), Mask.empty(gpt2), gpt2).jaccard)


def test_masks_of_two_checkpoints_can_be_compared(gpt2: Model) -> None:
    mask = some_mask(gpt2)
    assert overlap(mask, Mask(dict(mask.kept), "another checkpoint"), gpt2).shared == mask.size


def test_masks_over_different_weights_are_refused(gpt2: Model) -> None:
    mask = some_mask(gpt2)
    with pytest.raises(ShapeError, match="different parameters"):
        overlap(mask, some_mask(gpt2, names="transformer.h.0.mlp.c_fc.weight"), gpt2)
    llama = made("llama")
    with pytest.raises(ShapeError, match="built otherwise"):
        overlap(some_mask(llama), some_mask(llama), gpt2)
    bent = Mask({name: kept.T for name, kept in mask.kept.items()}, mask.model)
    with pytest.raises(ShapeError, match="built otherwise"):
        overlap(mask, bent, gpt2)
