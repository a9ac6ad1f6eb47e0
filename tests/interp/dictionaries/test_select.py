"""The largest entries, against sorting everything."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from interp.dictionaries.select import GROUP, batch_threshold, batch_top_k, largest, top_k
from interp.errors import ShapeError


def some(rows: int, width: int, *, ties: bool = False, seed: int = 0) -> Tensor:
    """Pre-activations; with `ties` almost every value is there many times."""
    draw = torch.Generator().manual_seed(seed)
    if ties:
        return torch.randint(-3, 4, (rows, width), generator=draw).float()
    return torch.randn(rows, width, generator=draw)


def require_largest(pre: Tensor, k: int) -> None:
    """The values are those of sorting, and they stand at different places that hold them."""
    values, places = largest(pre, k)
    assert torch.equal(values.sort(1, descending=True).values, pre.sort(1, descending=True).values[:, :k])
    assert torch.equal(pre.gather(1, places), values)
    assert all(len(set(row)) == k for row in places.tolist())


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize(
    ("width", "k"),
    # By groups up to a quarter as many latents as groups, at that edge and beyond; widths that groups do not divide.
    [(256, 1), (256, 7), (256, 8), (256, 9), (256, 256), (257, 3), (255, 255), (32, 1), (40, 1), (8, 1), (1, 1)],
)
def test_the_largest_of_each_row_are_those_of_sorting(width: int, k: int, ties: bool) -> None:
    require_largest(some(11, width, ties=ties), k)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 12), st.data())
def test_whatever_the_shape_they_are_those_of_sorting(columns: int, data: st.DataObject) -> None:
    width = GROUP * 4 * columns + data.draw(st.sampled_from([0, 0, 1, 4]))
    k = data.draw(st.integers(1, width))
    require_largest(some(data.draw(st.integers(1, 4)), width, ties=data.draw(st.booleans()), seed=k), k)


def test_all_of_them_in_one_group_are_found() -> None:
    pre = -torch.ones(2, 256)
    # Columns 5, 37, 69 ... share a group.
    pre[0, 5::32] = torch.arange(1.0, 9.0)
    pre[1, :8] = torch.arange(1.0, 9.0)
    for k in (1, 5, 8):
        require_largest(pre, k)


def test_minus_infinity_and_equal_rows_do_no_harm() -> None:
    require_largest(torch.full((2, 256), -torch.inf), 4)
    require_largest(torch.zeros(2, 256), 4)


@pytest.mark.parametrize("k", [0, -1, 33])
def test_more_than_there_are_or_none_is_refused(k: int) -> None:
    with pytest.raises(ShapeError, match=f"k must be between 1 and the width 32, not {k}"):
        largest(some(2, 32), k)


@pytest.mark.parametrize("width", [64, 65])
def test_the_code_of_the_largest_has_k_entries_a_row(width: int) -> None:
    pre = some(7, width)
    code = top_k(pre, 2)
    assert code.starts.tolist() == list(range(0, 14, 2))
    assert code.width == width
    found = code.dense(torch.ones(14)).bool()
    assert torch.equal(found, pre >= pre.sort(1, descending=True).values[:, 1:2])


@pytest.mark.parametrize(("rows", "width", "k"), [(5, 7, 2.0), (5, 7, 0.3), (1, 9, 1.0), (3, 4, 4.0), (8, 33, 2.6)])
@pytest.mark.parametrize("ties", [False, True])
def test_the_largest_of_a_batch_are_those_of_sorting_and_positive(rows: int, width: int, k: float, ties: bool) -> None:
    pre = some(rows, width, ties=ties) + 1
    last = pre.flatten().sort(descending=True).values[int(k * rows) - 1]
    code = batch_top_k(pre, k)
    found = code.dense(torch.ones(len(code.latents))).bool()
    assert torch.equal(found, (pre >= last) & (pre > 0))


def test_equal_entries_of_a_batch_are_all_in() -> None:
    pre = torch.tensor([[2.0, 1.0, 1.0], [1.0, 0.5, -1.0]])
    assert batch_top_k(pre, 1.0).dense(torch.ones(4)).tolist() == [[1, 1, 1], [1, 0, 0]]


@pytest.mark.parametrize("value", [-1.0, 0.0])
def test_a_batch_without_positive_entries_has_an_empty_code(value: float) -> None:
    code = batch_top_k(torch.full((3, 4), value), 2.0)
    assert code.latents.tolist() == []
    assert code.starts.tolist() == [0, 0, 0]


@pytest.mark.parametrize("k", [0.2, 5.0])
def test_less_than_one_entry_a_batch_or_more_than_there_are_is_refused(k: int) -> None:
    with pytest.raises(ShapeError, match="must be between 1 and 4 x 4"):
        batch_top_k(some(4, 4), k)


def large() -> Tensor:
    """Four times as many entries as the sample looks at: every fourth."""
    pre = some(512, 512)
    assert pre.numel() == 4 * 65_536
    return pre


@pytest.mark.parametrize("count", [1, 2, 31, 1000, 65_536, 262_143, 262_144])
@pytest.mark.parametrize("luck", ["even", "only in the sample", "only beside the sample", "ties", "all equal"])
def test_whatever_the_sample_says_the_threshold_is_exact(count: int, luck: str) -> None:
    pre = large()
    flat = pre.view(-1)
    if luck == "only in the sample":  # the sample expects four times as many above its floor as there are
        flat[: 4 * 900 : 4] += 100
    elif luck == "only beside the sample":
        flat[1 : 4 * 900 : 4] += 100
    elif luck == "ties":
        pre = pre.round()
    elif luck == "all equal":
        pre = torch.full_like(pre, 0.5)
    assert batch_threshold(pre, count) == pre.flatten().sort(descending=True).values[count - 1]
