from math import inf

import numpy as np
import pytest
import torch
from torch import Tensor

from experiments.othello.dictionaries.averages.strongest import Strongest, strongest, thresholds


def some_values(rows: int = 300, latents: int = 150) -> Tensor:
    """Latents that fire in between none and most of the rows, with ties."""
    generator = torch.Generator().manual_seed(0)
    values = torch.rand(rows, latents, generator=generator)
    rare = torch.rand(latents, generator=generator)
    fires = torch.rand(rows, latents, generator=generator) < rare**3
    return torch.where(fires, (values * 40).round() / 40, 0.0)


def slowly(values: Tensor, share: float, least: int) -> list[list[int]]:
    """Rows of each latent, one latent at a time."""
    found = []
    for latent in values.T.tolist():
        positive = sorted((value for value in latent if value > 0), reverse=True)
        wanted = max(least, int(np.ceil(share * len(latent))))
        limit = positive[:wanted][-1] if len(positive) >= least else inf
        found.append([row for row, value in enumerate(latent) if value >= limit])
    return found


@pytest.mark.parametrize(("share", "least"), [(0.1, 5), (0.01, 20), (0.5, 1)])
def test_strongest_rows_are_those_of_a_loop_over_latents(share: float, least: int) -> None:
    values = some_values()
    found = strongest(values, thresholds(values, share, least))
    rows = [found.row[found.latent == latent].tolist() for latent in range(values.shape[1])]
    assert rows == slowly(values, share, least)
    assert found.count.tolist() == [len(one) for one in rows]
    assert min(found.count) == 0 < max(found.count)


def test_a_latent_that_fires_too_rarely_has_no_strongest_rows() -> None:
    values = torch.zeros(50, 3)
    values[:4, 0] = 1.0
    values[:5, 1] = torch.arange(1.0, 6.0)
    assert thresholds(values, 0.01, 5).tolist() == [inf, 1.0, inf]


def test_fewer_rows_than_a_latent_needs_are_no_error() -> None:
    values = torch.ones(3, 2)
    assert thresholds(values, 0.01, 20).tolist() == [inf, inf]
    assert len(strongest(values, thresholds(values, 0.01, 20)).row) == 0


def test_means_are_those_of_a_loop_and_0_without_a_row() -> None:
    values = some_values(latents=30)
    top, features = strongest(values, thresholds(values, 0.1, 10)), torch.rand(300, 4)
    assert (top.count == 0).any()
    for latent, mean in enumerate(top.mean(features)):
        rows = top.row[top.latent == latent]
        torch.testing.assert_close(mean, features[rows].mean(0) if len(rows) else torch.zeros(4))


def test_means_over_groups_count_each_group_as_often_as_its_rows() -> None:
    top = Strongest(2, torch.tensor([0, 0, 0, 1]), torch.tensor([0, 1, 2, 3]))
    means = top.mean(torch.tensor([[0.0], [3.0], [6.0]]), torch.tensor([0, 1, 1, 2]))
    assert means.tolist() == [[2.0], [6.0]]


def test_rows_drawn_again_are_of_the_same_groups_and_reach_all_their_rows() -> None:
    group = torch.tensor([2, 0, 1, 1, 0, 2, 2])
    top = Strongest(3, torch.zeros(3000, dtype=torch.int64), torch.arange(3).repeat(1000))
    again = top.redrawn(group, np.random.default_rng(0))
    assert torch.equal(group[again.row], group[top.row])
    assert (torch.bincount(again.row) > 250).all()
