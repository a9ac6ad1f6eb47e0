from typing import Any, Literal

import numpy as np
import pytest
import torch
from torch import Tensor

from interp.errors import ShapeError, UnknownNameError
from interp.matching import Halves, MatchWarning, auroc, best_f1, halves, match
from interp.matching.matches import best_latents, detectors_alone
from tests.interp.matching.made import labels, latents

BY: tuple[Literal["f1", "auroc"], ...] = ("f1", "auroc")


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def world(rows: int = 600, seed: int = 0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Activations of 8 dimensions, 12 latents (0 to 2 know labels 0 to 2; the others nothing), 4 labels, 30 groups."""
    generator = torch.Generator().manual_seed(seed)
    y = torch.rand(rows, 4, generator=generator) < 0.2
    x = torch.randn(rows, 8, generator=generator)
    x[:, :3] += 6 * y[:, :3]
    noise = torch.randn(rows, 9, generator=generator)
    f = torch.cat([(x[:, :3] - 2).clamp(min=0), (noise - 1).clamp(min=0)], 1)
    return f, y, torch.arange(rows) % 30, x


@pytest.mark.parametrize("by", BY)
def test_latents_that_know_a_label_are_found_and_beat_every_control(by: Literal["f1", "auroc"]) -> None:
    f, y, groups, x = world()
    found = match(f, y, groups, rng(), by=by, activations=x)
    assert found.best.latent[:3].tolist() == [0, 1, 2]
    assert (found.best.f1[:3] > 0.85).all()
    assert (found.best.auroc[:3] > 0.95).all()
    assert (found.shuffled.f1 < 0.5).all()
    assert (found.shuffled.auroc < 0.65).all()
    assert found.random is not None
    assert (found.random.f1[:3] < found.best.f1[:3]).all()
    assert (found.always < 0.5).all()


@pytest.mark.parametrize("by", BY)
def test_what_is_reported_is_measured_on_the_other_half_alone(by: Literal["f1", "auroc"]) -> None:
    f, y, groups, _ = world()
    found = match(f, y, groups, rng(), by=by)
    chosen, other = found.halves
    table = best_f1(f[chosen], y[chosen])
    scores = table.f1 if by == "f1" else auroc(f[chosen], y[chosen])
    for label, latent in enumerate(found.best.latent.tolist()):
        assert found.best.selected[label] == scores[:, label].max() == scores[latent, label]
        threshold = table.threshold[latent, label]
        assert found.best.threshold[label] == threshold
        called, truth = f[other, latent].double() >= threshold, y[other, label]
        hits = int((called & truth).sum())
        assert found.best.precision[label] == hits / int(called.sum())
        assert found.best.recall[label] == hits / int(truth.sum())
        assert found.best.f1[label] == 2 * hits / int(called.sum() + truth.sum())
        assert found.best.auroc[label] == auroc(f[other][:, [latent]], y[other][:, [label]])[0, 0]


def test_a_best_of_many_that_know_nothing_flatters_where_it_was_selected_only() -> None:
    generator = torch.Generator().manual_seed(0)
    f = (torch.randn(300, 400, generator=generator) - 1).clamp(min=0)
    y = torch.rand(300, 5, generator=generator) < 0.3
    found = match(f, y, torch.arange(300) % 20, rng(), by="auroc")
    assert (found.best.selected > 0.58).all()
    assert abs(found.best.auroc.mean() - 0.5) < 0.05
    assert (found.shuffled.selected > 0.58).all()


@pytest.mark.parametrize("by", BY)
def test_every_label_has_an_interval_around_what_is_reported(by: Literal["f1", "auroc"]) -> None:
    f, y, groups, _ = world()
    found = match(f, y, groups, rng(), by=by)
    for interval, value in zip(found.intervals, getattr(found.best, by).tolist(), strict=True):
        assert interval.low <= interval.value <= interval.high
        assert interval.value == pytest.approx(value)
        assert interval.n == 15


@pytest.mark.parametrize("by", BY)
def test_sparse_latents_give_what_dense_ones_give(by: Literal["f1", "auroc"]) -> None:
    f, y, groups, x = world(200)
    dense = match(f, y, groups, rng(), by=by, activations=x)
    packed = match(f.to_sparse_coo(), y, groups, rng(), by=by, activations=x)
    for name in ("best", "shuffled", "random"):
        for one, other in zip(getattr(dense, name), getattr(packed, name), strict=True):
            assert torch.equal(one, other)


def test_the_same_generator_gives_the_same_matches() -> None:
    f, y, groups, x = world(200)
    one, same = (match(f, y, groups, rng(5), activations=x) for _ in range(2))
    assert one.intervals == same.intervals
    assert torch.equal(one.shuffled.selected, same.shuffled.selected)


def test_a_label_that_the_place_alone_tells_is_no_better_than_its_control_within_places() -> None:
    """The latent counts moves and the label comes late: shuffled within moves, the label matches as well as before."""
    move = torch.arange(600) % 20
    groups = torch.arange(600) // 20
    y = (move > 12)[:, None]
    f = torch.stack([(move - 5.0).clamp(min=0), latents(600, 1, "sparse")[:, 0]], 1)
    within = match(f, y, groups, rng(), within=move)
    anywhere = match(f, y, groups, rng())
    assert within.best.f1.item() == within.shuffled.f1.item() == 1.0
    assert anywhere.shuffled.f1.item() < 0.7


@pytest.mark.parametrize("by", BY)
def test_silent_latents_are_never_chosen(by: Literal["f1", "auroc"]) -> None:
    """Latents that fire on the wrong rows only are worse than silence, and yet the choice is among them."""
    y = (torch.arange(100) % 2 == 0)[:, None]
    wrong = (~y).float()
    f = torch.cat([torch.zeros(100, 3), wrong], 1)
    assert match(f, y, torch.arange(100) // 5, rng(), by=by).best.latent.tolist() == [3]


@pytest.mark.parametrize("by", BY)
def test_a_label_with_one_class_in_a_half_has_no_match_and_is_said_once(by: Literal["f1", "auroc"]) -> None:
    f, y, groups, x = world()
    y[:, 1] = True
    y[:, 2] = groups == 3
    with pytest.warns(MatchWarning, match="2 of 4 labels") as said:
        found = match(f, y, groups, rng(), by=by, activations=x)
    assert len(said) == 1
    assert found.random is not None
    for best in (found.best, found.shuffled, found.random):
        assert best.latent[1:3].tolist() == [-1, -1]
        assert all(part[1:3].isnan().all() and not part[[0, 3]].isnan().any() for part in best[1:])
    assert [np.isnan(interval.value) for interval in found.intervals] == [False, True, True, False]
    assert found.always.isnan().tolist() == [False, True, True, False]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"latents": torch.zeros(40, 3)}, "no latent fires"),
        ({"groups": torch.zeros(40, dtype=torch.int64)}, "at least 2 groups"),
        ({"groups": torch.arange(39)}, "groups must have one entry per row"),
        ({"within": torch.arange(39)}, "within must have one entry per row"),
        ({"activations": torch.zeros(39, 2)}, "activations must have one entry per row"),
        ({"labels": labels(39, 3)}, "same rows"),
        ({"latents": torch.full((40, 3), torch.nan)}, "NaN"),
    ],
)
def test_what_cannot_be_matched_is_refused(unchecked: None, given: dict[str, Any], says: str) -> None:
    often = torch.arange(40)[:, None] % torch.tensor([2, 3, 4]) == 0
    usual: dict[str, Any] = {"latents": latents(40, 3, "sparse"), "labels": often, "groups": torch.arange(40)}
    with pytest.raises(ShapeError, match=says):
        match(**{**usual, **given}, generator=rng())


def test_an_unknown_measure_is_refused(unchecked: None) -> None:
    measure: Any = "f2"
    f, y, rows = latents(40, 3, "sparse"), labels(40, 3), torch.arange(40)
    with pytest.raises(UnknownNameError, match="f1"):
        match(f, y, rows, rng(), by=measure)
    with pytest.raises(UnknownNameError, match="f1"):
        best_latents(f, y, Halves(rows[:20], rows[20:]), by=measure)


def test_halves_handed_in_are_the_halves_and_other_rows_count_for_nothing() -> None:
    f, y, groups, x = world()
    chosen, other = (groups < 10).nonzero()[:, 0], ((groups >= 10) & (groups < 25)).nonzero()[:, 0]
    found = match(f, y, groups, rng(), split=Halves(chosen, other), activations=x)
    assert found.halves == (chosen, other)
    spoilt = torch.where(groups[:, None] >= 25, 9.0, f)
    again = match(spoilt, y, groups, rng(), split=Halves(chosen, other), activations=x)
    assert all(torch.equal(one, same) for one, same in zip(found.best, again.best, strict=True))
    assert {interval.n for interval in found.intervals} == {15}


@pytest.mark.parametrize("by", BY)
def test_the_best_alone_are_those_of_the_match(by: Literal["f1", "auroc"]) -> None:
    f, y, groups, _ = world(200)
    split = halves(groups, rng(3))
    alone, found = best_latents(f, y, split, by=by), match(f, y, groups, rng(), by=by, split=split)
    assert all(torch.equal(one, same) for one, same in zip(alone, found.best, strict=True))


def test_latents_with_a_label_each_are_what_each_is_alone() -> None:
    f, y, groups, _ = world(200)
    f, split = f[:, : y.shape[1]], halves(groups, rng(3))
    found = detectors_alone(f, y, split)
    for place in range(y.shape[1]):
        alone = best_latents(f[:, [place]], y[:, [place]], split, by="auroc")
        assert found.latent[place] == place
        for one, same in zip(found[1:], alone[1:], strict=True):
            assert torch.equal(one[[place]], same)
    y[:, 2] = True
    with pytest.warns(MatchWarning, match="1 of 4 labels"):
        assert detectors_alone(f, y, split).latent.tolist() == [0, 1, -1, 3]


def test_halves_with_a_group_in_common_or_without_rows_are_refused(unchecked: None) -> None:
    f, y, rows = latents(40, 3, "sparse"), labels(40, 3), torch.arange(40)
    with pytest.raises(ShapeError, match="group 4 is in both"):
        match(f, y, rows // 4, rng(), split=Halves(rows[:18], rows[18:]))
    with pytest.raises(ShapeError, match="one of the halves has none"):
        best_latents(f, y, Halves(rows[:0], rows))


def test_the_best_alone_say_which_labels_have_no_match() -> None:
    f, y, groups, _ = world(200)
    y[:, 3] = True
    with pytest.warns(MatchWarning, match="1 of 4 labels"):
        found = best_latents(f, y, halves(groups, rng()))
    assert found.latent[3] == -1
