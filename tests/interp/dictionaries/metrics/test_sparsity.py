import numpy as np
import pytest
import torch

from interp import ShapeError
from interp.dictionaries.metrics.sparsity import Firing, density_histogram


def test_counts_worked_by_hand() -> None:
    firing = Firing(4)
    active = firing.add(torch.tensor([[1.0, 0, 0, -2], [0, 0, 0, 0], [3, 1e-30, 0, 0]]))
    assert active.tolist() == [2, 0, 2], "negative and tiny latents fire too"
    firing.add(torch.tensor([[1.0, 0, 0, 0]]))
    assert firing.rows == 4
    assert firing.fired.tolist() == [3, 1, 0, 1]
    assert firing.l0 == 5 / 4
    assert firing.dead_share == 1 / 4


def test_latents_that_never_fire_are_all_dead() -> None:
    firing = Firing(3)
    firing.add(torch.zeros(5, 3))
    assert firing.l0 == 0.0
    assert firing.dead_share == 1.0


def test_every_latent_is_in_one_bin_or_dead() -> None:
    generator = torch.Generator().manual_seed(0)
    for rows in (1, 2, 9, 10, 1000, 12_345):
        fired = torch.randint(0, rows + 1, (500,), generator=generator)
        fired[:3] = torch.tensor([0, 1, rows])
        found = density_histogram(fired, rows)
        assert found.counts.sum() + found.dead == 500
        assert found.dead == int((fired == 0).sum())
        assert len(found.edges) == len(found.counts) + 1
        assert found.edges[-1] == 0
        assert found.edges[0] <= np.log10(1 / rows)


def test_bins_are_equal_in_the_logarithm() -> None:
    found = density_histogram(torch.tensor([0, 0, 2, 20, 200, 950]), 1000, per_decade=1)
    assert found.edges.tolist() == [-3, -2, -1, 0]
    assert found.counts.tolist() == [1, 1, 2]
    assert found.dead == 2


def test_a_latent_that_fires_in_every_row_is_in_the_last_bin() -> None:
    assert density_histogram(torch.tensor([7]), 7).counts[-1] == 1


@pytest.mark.parametrize(("fired", "rows"), [([1], 0), ([8], 7), ([-1], 7)])
def test_counts_that_cannot_be_are_refused(fired: list[int], rows: int) -> None:
    with pytest.raises(ShapeError, match="counts of 0 to"):
        density_histogram(torch.tensor(fired), rows)
