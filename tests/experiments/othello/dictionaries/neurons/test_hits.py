import numpy as np
import pytest
import torch

from experiments.othello.dictionaries.neurons.hits import (
    DRAWS,
    disagreement,
    hits,
    middle,
    published_hits,
    rotated_counts,
    share,
    shuffled_share,
)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def made(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_hits_are_cosines_pair_by_pair_and_nothing_is_changed() -> None:
    weights, tiles = made(7, 4), made(5, 4, seed=1) * 3
    before = weights.clone()
    found = hits(weights, tiles, 0.4)
    for neuron in range(7):
        for square in range(5):
            w, t = weights[neuron], tiles[square]
            assert found[neuron, square] == (abs(float(w @ t) / float(w.norm() * t.norm())) > 0.4)
    published_hits(weights, tiles, 0.4)
    assert torch.equal(weights, before)


def test_the_published_normalisation_makes_columns_of_length_one() -> None:
    weights, tiles = made(7, 4), made(5, 4, seed=1)
    columns = weights.numpy() / np.sqrt((weights.numpy() ** 2).sum(0))
    unit = tiles.numpy() / np.linalg.norm(tiles.numpy(), axis=1, keepdims=True)
    np.testing.assert_array_equal(published_hits(weights, tiles, 0.3), np.abs(columns @ unit.T) > 0.3)


def test_a_neuron_along_a_tile_is_missed_by_the_published_normalisation_where_there_are_many() -> None:
    weights = torch.eye(4, dtype=torch.float64).repeat(30, 1)
    assert hits(weights, torch.eye(4), 0.2).sum() == 120
    assert published_hits(weights, torch.eye(4), 0.2).sum() == 0


def test_rotations_keep_the_chance_and_forget_where_directions_point() -> None:
    weights = torch.eye(6, dtype=torch.float64).repeat(20, 1)
    found = rotated_counts(weights, torch.eye(6), [0.9, 0.0], rng())
    assert found.shape == (2, DRAWS, 6)
    assert found[0].mean() < 5
    assert (found[1] == 120).all()


def test_shares_by_hand_and_after_shuffling() -> None:
    hit = np.array([[True, True, False, False], [True, False, False, True]])
    region = np.array([True, False, False, False])
    found = share(hit, region, rng())
    assert found is not None
    assert found.value == 0.5
    assert found.n == 2
    shuffled = shuffled_share(hit, region, rng())
    assert shuffled is not None
    assert shuffled.value == pytest.approx(0.25, abs=0.03)
    assert (shuffled.low, shuffled.high) == (0.0, 0.5)


def test_nothing_hit_has_no_share() -> None:
    nothing = np.zeros((3, 4), bool)
    assert share(nothing, np.ones(4, bool), rng()) is None
    assert shuffled_share(nothing, np.ones(4, bool), rng()) is None
    assert disagreement(nothing, nothing, rng()) is None


def test_disagreement_by_hand() -> None:
    one, other = np.array([[True, True], [True, False]]), np.array([[True, False], [False, False]])
    found = disagreement(one, other, rng())
    assert found is not None
    assert found.value == pytest.approx(2 / 3)
    assert disagreement(one, one, rng()) == (0.0, 0.0, 0.0, 2)


def test_the_mean_of_skewed_draws_lies_within_their_range() -> None:
    found = middle([0.0] * 999 + [1000.0])
    assert found.low <= found.value <= found.high
