import numpy as np
import pytest
import torch

from interp.errors import ShapeError
from interp.matching import halves


def test_every_row_is_in_one_half_and_every_group_in_one_half() -> None:
    groups = torch.randint(0, 30, (500,), generator=torch.Generator().manual_seed(0)) * 7 - 50
    found = halves(groups, np.random.default_rng(0))
    assert torch.equal(torch.cat(found).sort().values, torch.arange(500))
    assert not set(groups[found.selecting].tolist()) & set(groups[found.reporting].tolist())


def test_half_of_the_groups_select_and_an_odd_one_reports() -> None:
    found = halves(torch.arange(7), np.random.default_rng(0))
    assert (len(found.selecting), len(found.reporting)) == (3, 4)


def test_the_halves_depend_on_the_generator_alone() -> None:
    groups = torch.arange(40)
    one, same, other = (halves(groups, np.random.default_rng(seed)).selecting.tolist() for seed in (0, 0, 1))
    assert one == same != other


def test_one_group_cannot_be_split() -> None:
    with pytest.raises(ShapeError, match="at least 2 groups"):
        halves(torch.zeros(5, dtype=torch.int64), np.random.default_rng(0))
