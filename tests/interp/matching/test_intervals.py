from math import isnan

import numpy as np
import pytest
import torch
from torch import Tensor

from interp.matching import auroc_interval, f1_interval
from tests.interp.matching.made import slow_area


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def clustered(groups: int, size: int, seed: int, signal: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    """Values, label and group of rows that share an offset and a rate within their group."""
    draw = rng(seed)
    group = np.repeat(np.arange(groups), size)
    label = draw.random(groups * size) < draw.beta(2, 4, groups)[group]
    values = draw.normal(size=groups * size) + draw.normal(size=groups)[group] + signal * label
    return torch.from_numpy(values), torch.from_numpy(label), torch.from_numpy(group)


def test_the_area_is_the_area() -> None:
    values, label, group = clustered(10, 12, 0)
    found = auroc_interval(values.round(), label, group)
    assert found.value == pytest.approx(slow_area(values.round().numpy(), label.numpy()), abs=1e-15)
    assert found.n == 10


def test_the_interval_of_an_area_agrees_with_a_slow_bootstrap_of_groups() -> None:
    values, label, group = clustered(80, 10, 1)
    found, draw, areas = auroc_interval(values, label, group), rng(2), []
    for _ in range(600):
        rows = np.concatenate([np.flatnonzero(group.numpy() == g) for g in draw.integers(80, size=80)])
        areas.append(slow_area(values.numpy()[rows], label.numpy()[rows]))
    assert found.low == pytest.approx(np.quantile(areas, 0.025), abs=0.015)
    assert found.high == pytest.approx(np.quantile(areas, 0.975), abs=0.015)


def test_rows_of_a_group_of_their_own_give_the_interval_of_delong() -> None:
    """Variance of the placements of each class over its count, with one divisor for both."""
    values, label, _ = clustered(200, 1, 3)
    found = auroc_interval(values, label, torch.arange(200), level=0.9)
    x, y = values.numpy()[label.numpy()], values.numpy()[~label.numpy()]
    placed = (x[:, None] > y[None]).astype(float)
    variance = placed.mean(1).var() / len(x) + placed.mean(0).var() / len(y)
    assert found.high - found.value == pytest.approx(1.6526 * np.sqrt(variance * 200 / 199), rel=1e-3)


def test_the_interval_of_an_area_covers_the_truth_about_as_often_as_it_says() -> None:
    truth = auroc_interval(*clustered(3000, 10, 999)).value
    hits = 0
    for seed in range(150):
        found = auroc_interval(*clustered(40, 10, seed))
        hits += found.low <= truth <= found.high
    assert 0.88 <= hits / 150 <= 0.99


def test_a_perfect_latent_has_no_width_and_stays_within_1() -> None:
    label = torch.tensor([True, False, True, False])
    found = auroc_interval(label.float(), label, torch.tensor([0, 0, 1, 1]))
    assert found == (1.0, 1.0, 1.0, 2)


def test_one_group_has_no_width() -> None:
    values, label, _ = clustered(1, 30, 0)
    found = auroc_interval(values, label, torch.zeros(30, dtype=torch.int64))
    assert found.low == found.value == found.high
    assert found.n == 1


@pytest.mark.parametrize("answer", [True, False])
def test_a_label_with_one_class_has_no_area(answer: bool) -> None:
    found = auroc_interval(torch.arange(4.0), torch.full((4,), answer), torch.tensor([0, 0, 1, 1]))
    assert isnan(found.value)
    assert found.n == 2


def test_the_interval_of_an_f1_agrees_with_a_slow_bootstrap_of_groups() -> None:
    from sklearn.metrics import f1_score

    values, label, group = clustered(60, 10, 4)
    fires, draw, found = values > 0.5, rng(5), []
    for _ in range(400):
        rows = np.concatenate([np.flatnonzero(group.numpy() == g) for g in draw.integers(60, size=60)])
        found.append(f1_score(label.numpy()[rows], fires.numpy()[rows]))
    ours = f1_interval(fires, label, group, rng(6))
    assert ours.value == pytest.approx(f1_score(label.numpy(), fires.numpy()))
    assert ours.low == pytest.approx(np.quantile(found, 0.025), abs=0.02)
    assert ours.high == pytest.approx(np.quantile(found, 0.975), abs=0.02)


def test_a_label_that_no_row_has_has_no_f1() -> None:
    none = torch.zeros(4, dtype=torch.bool)
    assert isnan(f1_interval(~none, none, torch.tensor([0, 0, 1, 1]), rng()).value)
