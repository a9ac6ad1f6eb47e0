import numpy as np
import pytest
import torch

from experiments.othello.dictionaries.variability.partners import partners


def directions(count: int, width: int, seed: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).standard_normal((count, width)))


def test_the_same_latents_in_another_order_are_all_found_again() -> None:
    first = directions(12, 16, 0)
    found = partners(first, first.roll(1, 0), np.random.default_rng(0))
    assert found["mean"]["value"].value == pytest.approx(1.0)
    assert found["alike"]["0.9"]["value"].value == 1.0
    assert found["alike"]["0.9"]["control"] < 0.5
    assert found["mean"]["control"].value < 0.8
    assert abs(found["same_number"]["value"].value) < 0.3


def test_the_same_latents_in_the_same_order_have_the_same_number() -> None:
    first = directions(12, 16, 0)
    found = partners(first, first, np.random.default_rng(0))
    assert found["same_number"]["value"].value == pytest.approx(1.0)
    assert found["same_number"]["control"].high < 0.9


def test_shares_count_pairs_above_the_cosine() -> None:
    first = torch.eye(4, dtype=torch.float64)
    second = first.clone()
    second[0] = torch.tensor([0.8, 0.0, 0.0, 0.6])  # a cosine of 0.8 with the first direction
    found = partners(first, second, np.random.default_rng(0))
    assert found["alike"]["0.7"]["value"].value == 1.0
    assert found["alike"]["0.9"]["value"].value == 0.75
    assert found["mean"]["value"].value == pytest.approx(3.8 / 4)


def test_the_control_of_same_numbers_is_the_mean_over_all_pairs() -> None:
    first, second = directions(10, 8, 1), directions(10, 8, 2)
    found = partners(first, second, np.random.default_rng(0))
    every = [float(torch.cosine_similarity(a, b, dim=0)) for a in first for b in second]
    control = found["same_number"]["control"]
    assert control.value == pytest.approx(sum(every) / 100)
    assert control.low <= control.value <= control.high
