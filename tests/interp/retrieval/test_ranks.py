import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from interp.errors import ShapeError
from interp.retrieval.ranks import agreement, higher


def test_each_place_by_hand() -> None:
    place = torch.tensor([0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 3])
    one = torch.tensor([1.0, 2, 3, 1, 2, 1, 2, 3, 5, 5, 5])
    other = torch.tensor([10.0, 20, 15, 1, 2, 3, 2, 1, 1, 2, 3])
    found = agreement(one, other, place)
    assert found == pytest.approx([0.5, np.nan, -1.0, np.nan], nan_ok=True)


def test_it_is_spearman_s_correlation_in_any_order() -> None:
    generator = torch.Generator().manual_seed(0)
    one, other = torch.randint(6, (2, 40), generator=generator)
    order = torch.randperm(80, generator=generator)
    place = torch.arange(2).repeat_interleave(40)
    found = agreement(torch.cat([one, other])[order], torch.cat([other, one + other])[order], place[order])
    assert found == pytest.approx([spearmanr(one, other).statistic, spearmanr(other, one + other).statistic])


def test_the_chance_of_being_higher_counts_pairs() -> None:
    place = torch.tensor([0] * 5 + [1, 1] + [2, 2])
    score = torch.tensor([3.0, 1, 2, 2, 0, 1, 2, 2, 1])
    flag = torch.tensor([True, False, True, False, False, True, True, True, False])
    # Of place 0: 3 against 1, 2, 0 wins 3; 2 against them wins 2 and ties once.
    assert higher(score, flag, place) == pytest.approx([5.5 / 6, np.nan, 1.0], nan_ok=True)


@pytest.mark.usefixtures("unchecked")
def test_bad_input_is_refused() -> None:
    with pytest.raises(ShapeError, match="a number and a place"):
        agreement(torch.ones(3), torch.ones(2), torch.zeros(3, dtype=torch.int64))
    with pytest.raises(ShapeError, match="a number and a place"):
        higher(torch.ones(0), torch.ones(0, dtype=torch.bool), torch.zeros(0, dtype=torch.int64))
