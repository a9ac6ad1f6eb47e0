from collections.abc import Sequence

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from interp.errors import ShapeError
from interp.subnetworks.magnitude import FEWEST, largest, strata


def slow_strata(values: Sequence[float]) -> list[int]:
    """Tenths of a sorted list, the last of them a sorted list itself."""
    found, numbers = [0] * len(values), list(range(len(values)))
    numbers.sort(key=lambda i: (abs(values[i]), i))
    first = 0
    while True:
        for place, index in enumerate(numbers):
            found[index] = first + place * 10 // len(numbers)
        numbers = [index for index in numbers if found[index] == first + 9]
        first += 9
        if len(numbers) < 10 * FEWEST:
            return found


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-3, 3), min_size=1, max_size=30))
def test_strata_are_tenths_of_a_sorted_list(values: list[int]) -> None:
    assert strata(torch.tensor(values, dtype=torch.float32)).tolist() == slow_strata(values)


@pytest.mark.parametrize(("count", "parts"), [(9_989, 10), (10_001, 19), (10_101, 19), (123_456, 28)])
def test_the_last_tenth_is_divided_again_as_long_as_its_parts_are_not_small(count: int, parts: int) -> None:
    weights = torch.randn(count, generator=torch.Generator().manual_seed(count))
    found = strata(weights)
    assert found.tolist() == slow_strata(weights.tolist())
    counts = torch.bincount(found)
    assert len(counts) == parts
    assert counts.min() >= FEWEST


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-3, 3), min_size=1, max_size=30), st.data())
def test_the_largest_are_those_of_a_sorted_list(values: list[int], data: st.DataObject) -> None:
    count = data.draw(st.integers(0, len(values)))
    found = largest(torch.tensor(values, dtype=torch.float32), count)
    order = sorted(range(len(values)), key=lambda i: (-abs(values[i]), i))
    assert sorted(found.nonzero()[:, 0].tolist()) == sorted(order[:count])


def test_strata_have_equal_counts_and_ascend() -> None:
    weights = torch.randn(7, 11, generator=torch.Generator().manual_seed(0))
    found = strata(weights)
    assert set(torch.bincount(found.flatten()).tolist()) == {7, 8}
    tops = [weights.abs()[found == part].max() for part in range(10)]
    assert tops == sorted(tops)


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ShapeError, match="cannot keep 4 of 3"):
        largest(torch.ones(3), 4)
    with pytest.raises(ShapeError, match="cannot keep -1"):
        largest(torch.ones(3), -1)
