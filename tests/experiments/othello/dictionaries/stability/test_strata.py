import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from experiments.othello.dictionaries.stability.strata import stratified
from interp.matching.ranking import areas


def by_stratum(values: list[float], label: list[bool], strata: list[int]) -> float:
    """Every pair of a row with and a row without the label, one at a time."""
    won = pairs = 0.0
    for one, with_label, here in zip(values, label, strata, strict=True):
        for other, also, there in zip(values, label, strata, strict=True):
            if here == there and with_label and not also:
                pairs += 1
                won += 1.0 if one > other else 0.5 if one == other else 0.0
    return won / pairs if pairs else float("nan")


def weighted_mean(latents: Tensor, labels: Tensor, strata: Tensor) -> Tensor:
    """Stratum by stratum: its AUROC, weighted by its pairs."""
    won = pairs = torch.zeros(latents.shape[1], labels.shape[1], dtype=torch.float64)
    for stratum in strata.unique():
        here = strata == stratum
        weight = labels[here].sum(0).double() * (~labels[here]).sum(0).double()
        won = won + (areas(latents[here], labels[here]) * weight).nan_to_num(0.0)
        pairs = pairs + weight
    return won / pairs


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 25), st.integers(1, 5))
def test_each_pair_of_rows_of_one_stratum_counts_once(seed: int, rows: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    latents = torch.from_numpy(rng.integers(-2, 4, (rows, 2)) * rng.choice([0.0, 0.1, 1e6], (rows, 2)))
    labels, strata = torch.from_numpy(rng.random((rows, 3)) < 0.4), torch.from_numpy(rng.integers(-3, count, rows))
    found = stratified(latents, labels, strata)
    for latent in range(2):
        for label in range(3):
            expected = by_stratum(latents[:, latent].tolist(), labels[:, label].tolist(), strata.tolist())
            assert float(found[latent, label]) == pytest.approx(expected, nan_ok=True)


def test_it_is_the_mean_over_plies_weighted_by_pairs() -> None:
    rng = np.random.default_rng(0)
    latents = torch.from_numpy(rng.random((600, 5)) * (rng.random((600, 5)) < 0.3)).float()
    labels, ply = torch.from_numpy(rng.random((600, 4)) < 0.2), torch.from_numpy(rng.integers(4, 20, 600))
    torch.testing.assert_close(stratified(latents, labels, ply), weighted_mean(latents, labels, ply))


def test_with_one_stratum_it_is_the_plain_area() -> None:
    rng = np.random.default_rng(1)
    latents, labels = torch.from_numpy(rng.random((50, 3))).float(), torch.from_numpy(rng.random((50, 2)) < 0.5)
    torch.testing.assert_close(stratified(latents, labels, torch.full((50,), 7)), areas(latents, labels))


def test_what_only_counts_plies_tells_nothing_within_them() -> None:
    ply = torch.arange(10).repeat_interleave(10)
    late = (torch.arange(100) % 10 < ply)[:, None]
    assert float(areas(ply[:, None].float(), late)) > 0.8
    assert float(stratified(ply[:, None].float(), late, ply)) == 0.5


def test_by_hand() -> None:
    # Ply 0: 2 against 1, won. Ply 1: 3 against 3 and 4, half a pair of two. Ply 2: one class only.
    values, flag, ply = [2, 1, 3, 3, 4, 9], [True, False, True, False, False, True], [0, 0, 1, 1, 1, 2]
    found = stratified(torch.tensor(values)[:, None].float(), torch.tensor(flag)[:, None], torch.tensor(ply))
    assert float(found) == 1.5 / 3


def test_without_a_stratum_of_both_classes_there_is_no_area() -> None:
    found = stratified(torch.rand(4, 2), torch.tensor([[True], [True], [False], [False]]), torch.tensor([0, 0, 1, 1]))
    assert found.isnan().all()
