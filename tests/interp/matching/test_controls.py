import numpy as np
import pytest
import torch

from interp.errors import ShapeError
from interp.matching import random_directions, random_latents, shuffled_rows
from tests.interp.matching.made import labels


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_shuffled_rows_are_the_same_rows_elsewhere() -> None:
    y = labels(200, 4)
    found = shuffled_rows(y, rng())
    assert sorted(found.tolist()) == sorted(y.tolist())
    assert not torch.equal(found, y)


def test_rows_shuffled_within_places_stay_at_their_places() -> None:
    y = labels(300, 6)
    place = torch.arange(300) % 5
    found = shuffled_rows(y, rng(), place)
    for value in range(5):
        assert sorted(found[place == value].tolist()) == sorted(y[place == value].tolist())
        assert not torch.equal(found[place == value], y[place == value])


def test_every_order_within_a_place_is_as_likely() -> None:
    y = torch.eye(3, dtype=torch.bool)
    draw = rng()
    orders = [
        tuple(shuffled_rows(y, draw, torch.zeros(3, dtype=torch.int64)).int().argmax(1).tolist()) for _ in range(600)
    ]
    assert all(70 <= orders.count(order) <= 130 for order in set(orders))
    assert len(set(orders)) == 6


def test_places_of_another_number_of_rows_are_refused(unchecked: None) -> None:
    with pytest.raises(ShapeError, match="one integer per row"):
        shuffled_rows(labels(5, 2), rng(), torch.zeros(4, dtype=torch.int64))


def test_random_directions_have_length_1_and_no_preference() -> None:
    found = random_directions(4000, 3, rng())
    assert torch.allclose(found.norm(dim=1), torch.ones(4000, dtype=torch.float64))
    assert found.mean(0).abs().max() < 0.04
    assert (found.T @ found / 4000 - torch.eye(3) / 3).abs().max() < 0.03


def test_random_latents_fire_as_often_as_they_are_told() -> None:
    densities = torch.tensor([0.0, 0.01, 0.3, 0.999, 1.0], dtype=torch.float64)
    found = random_latents(torch.randn(1000, 8, generator=torch.Generator().manual_seed(0)), densities, rng())
    assert (found > 0).sum(0).tolist() == [0, 10, 300, 999, 1000]
    assert (found >= 0).all()


def test_random_latents_are_projections_less_their_quantile() -> None:
    x = torch.randn(100, 6, generator=torch.Generator().manual_seed(0))
    found = random_latents(x, torch.tensor([0.2]), rng(3))[:, 0]
    projected = x @ random_directions(1, 6, rng(3))[0].float()
    assert torch.allclose(found, (projected - projected.sort().values[79]).clamp(min=0), atol=1e-6)


@pytest.mark.parametrize(("densities", "value", "says"), [([1.5], 0.0, "shares"), ([0.5], torch.nan, "NaN")])
def test_bad_densities_and_activations_are_refused(densities: list[float], value: float, says: str) -> None:
    with pytest.raises(ShapeError, match=says):
        random_latents(torch.full((3, 2), value), torch.tensor(densities), rng())
