import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from interp.errors import ShapeError
from interp.subnetworks.magnitude import in_strata, largest


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-3, 3), min_size=1, max_size=30), st.integers(1, 12))
def test_strata_are_those_of_a_sorted_list(values: list[int], strata: int) -> None:
    found = in_strata(torch.tensor(values, dtype=torch.float32), strata)
    order = sorted(range(len(values)), key=lambda i: (abs(values[i]), i))
    for place, index in enumerate(order):
        assert found[:, index].nonzero().item() == place * strata // len(values)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-3, 3), min_size=1, max_size=30), st.data())
def test_the_largest_are_those_of_a_sorted_list(values: list[int], data: st.DataObject) -> None:
    count = data.draw(st.integers(0, len(values)))
    found = largest(torch.tensor(values, dtype=torch.float32), count)
    order = sorted(range(len(values)), key=lambda i: (-abs(values[i]), i))
    assert sorted(found.nonzero()[:, 0].tolist()) == sorted(order[:count])


def test_strata_have_equal_counts_and_ascend() -> None:
    weights = torch.randn(7, 11, generator=torch.Generator().manual_seed(0))
    found = in_strata(weights)
    assert found.shape == (10, 7, 11)
    assert (found.sum(0) == 1).all()
    assert set(found.flatten(1).sum(1).tolist()) == {7, 8}
    tops = [weights.abs()[part].max() for part in found]
    assert tops == sorted(tops)


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ShapeError, match="cannot keep 4 of 3"):
        largest(torch.ones(3), 4)
    with pytest.raises(ShapeError, match="cannot keep -1"):
        largest(torch.ones(3), -1)
    with pytest.raises(ShapeError, match="at least 1 part"):
        in_strata(torch.ones(3), 0)
