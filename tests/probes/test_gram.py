from functools import reduce
from itertools import pairwise
from operator import add

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from interp.errors import ShapeError
from probes import Gram
from probes.gram import CHUNK
from tests.probes.made import rows, unchecked


def same(a: Gram, b: Gram) -> None:
    assert a.rows == b.rows
    assert torch.equal(a.counts, b.counts)
    for x, y in ((a.mean, b.mean), (a.scatter, b.scatter), (a.cross, b.cross)):
        torch.testing.assert_close(x, y, rtol=1e-10, atol=1e-9)


def test_the_sums_are_those_of_the_definition() -> None:
    x, y = rows(40)
    gram = Gram.of(x, y, 3)
    a, hot = x.double().numpy(), np.eye(3)[y.numpy()]
    centred = a - a.mean(0)
    assert gram.rows == 40
    np.testing.assert_allclose(gram.mean, a.mean(0))
    np.testing.assert_allclose(gram.scatter, a.T @ a - 40 * np.outer(a.mean(0), a.mean(0)), atol=1e-8)
    np.testing.assert_array_equal(gram.counts, hot.sum(0))
    np.testing.assert_allclose(gram.cross, np.einsum("rw,rtc->wtc", centred, hot - hot.mean(0)), atol=1e-8)


@settings(max_examples=20, deadline=None)
@given(cuts=st.lists(st.integers(0, 30), max_size=4), seed=st.integers(0, 5))
def test_rows_cut_anywhere_and_added_are_the_rows_as_a_whole(cuts: list[int], seed: int) -> None:
    x, y = rows(30, seed=seed)
    edges = [0, *sorted(cuts), 30]
    parts = [Gram.of(x[a:b], y[a:b], 3) for a, b in pairwise(edges)]
    same(reduce(add, parts), Gram.of(x, y, 3))


@settings(max_examples=20, deadline=None)
@given(order=st.permutations(range(12)))
def test_the_order_of_rows_changes_nothing(order: list[int]) -> None:
    x, y = rows(12)
    same(Gram.of(x[order], y[order], 3), Gram.of(x, y, 3))


def test_more_rows_than_a_chunk_are_all_counted() -> None:
    x, y = rows(2 * CHUNK + 7, width=2, targets=1)
    gram = Gram.of(x, y, 3)
    a = x.double()
    torch.testing.assert_close(gram.scatter, (a - a.mean(0)).T @ (a - a.mean(0)))
    assert gram.rows == 2 * CHUNK + 7 == int(gram.counts.sum())


def test_adding_a_sum_to_itself_doubles_it() -> None:
    x, y = rows(9)
    gram = Gram.of(x, y, 3)
    same(gram + gram, Gram.of(x.repeat(2, 1), y.repeat(2, 1), 3))


def test_no_rows_are_the_zero_of_addition() -> None:
    x, y = rows(9)
    none, some = Gram.of(x[:0], y[:0], 3), Gram.of(x, y, 3)
    same(none, Gram.empty(5, 3, 3))
    same(none + some, some)
    same(some + none, some)
    same(none + none, none)


def test_one_row_has_no_scatter() -> None:
    x, y = rows(1)
    gram = Gram.of(x, y, 3)
    assert gram.rows == 1
    assert not gram.scatter.any()
    assert not gram.cross.any()


@pytest.mark.parametrize("value", [0.1, 1e4 / 3, -7e8 / 3])
def test_a_constant_feature_and_a_constant_class_leave_exact_zeros_through_every_addition(value: float) -> None:
    x, y = rows(50)
    x[:, 2], y[:, 1] = value, 2
    gram = reduce(add, [Gram.of(x[a : a + 7], y[a : a + 7], 3) for a in range(0, 50, 7)])
    assert gram.mean[2] == x[0, 2].double()
    assert not gram.scatter[2].any()
    assert not gram.scatter[:, 2].any()
    assert not gram.cross[2].any()
    assert not gram.cross[:, 1].any()


def test_a_mean_a_million_times_the_spread_costs_no_digits() -> None:
    x, y = rows(200)
    far = x.double() + 1e7
    near = Gram.of(far - 1e7, y, 3)
    gram = reduce(add, [Gram.of(far[a : a + 30], y[a : a + 30], 3) for a in range(0, 200, 30)])
    torch.testing.assert_close(gram.scatter, near.scatter, rtol=1e-7, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_every_precision_is_summed_in_float64_and_left_as_it_was(dtype: torch.dtype) -> None:
    x, y = rows(20)
    x = x.to(dtype)
    before = x.clone()
    same(Gram.of(x, y, 3), Gram.of(x.double(), y, 3))
    assert torch.equal(x, before)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int8, torch.int32])
def test_labels_may_be_small_integers(dtype: torch.dtype) -> None:
    x, y = rows(20)
    same(Gram.of(x, y.to(dtype), 3), Gram.of(x, y, 3))


def test_features_that_carry_gradients_are_taken_as_numbers() -> None:
    x, y = rows(20)
    assert not Gram.of(x.requires_grad_(), y, 3).scatter.requires_grad


def test_rows_without_any_label_are_left_out_even_when_they_hold_nan() -> None:
    x, y = rows(20)
    kept = torch.arange(20) % 3 != 0
    y[~kept], x[0] = -100, float("nan")
    same(Gram.of(x, y, 3), Gram.of(x[kept], y[kept], 3))


def test_a_row_with_labels_for_some_targets_only_is_refused() -> None:
    x, y = rows(20)
    y[4, 1] = -1
    with pytest.raises(ShapeError, match="row 4 has labels for some targets only"):
        Gram.of(x, y, 3)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("row", [0, 7])
def test_nan_and_infinity_are_refused_with_their_place(bad: float, row: int) -> None:
    x, y = rows(20)
    x[row, 3] = bad
    with pytest.raises(ShapeError, match="in 1 of 20 rows, first in feature 3"):
        Gram.of(x, y, 3)


def test_labels_out_of_range_are_refused_with_their_place() -> None:
    x, y = rows(20)
    y[6, 2] = 3
    with pytest.raises(ShapeError, match="label 3 in row 6, target 2: 3 classes allow 0 to 2"):
        Gram.of(x, y, 3)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (torch.zeros(4, 2, 3), torch.zeros(4, 1).long(), r"features must be .* \[4, 2, 3\].*flatten"),
        (torch.zeros(4), torch.zeros(4, 1).long(), "features must be"),
        (torch.zeros(4, 0), torch.zeros(4, 1).long(), "features must be"),
        (torch.zeros(4, 2).long(), torch.zeros(4, 1).long(), "floating-point"),
        (torch.zeros(4, 2), torch.zeros(4).long(), "labels must be integers"),
        (torch.zeros(4, 2), torch.zeros(4, 0).long(), "labels must be integers"),
        (torch.zeros(4, 2), torch.zeros(4, 1), "labels must be integers"),
        (torch.zeros(4, 2), torch.zeros(3, 1).long(), "4 rows of features but 3 rows of labels"),
    ],
)
def test_shapes_and_dtypes_that_do_not_fit_are_refused(x: torch.Tensor, y: torch.Tensor, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        unchecked(Gram.of)(Gram, x, y, 2)


def test_sums_over_other_widths_targets_or_classes_cannot_be_added() -> None:
    gram = Gram.empty(5, 3, 3)
    for other in (Gram.empty(4, 3, 3), Gram.empty(5, 2, 3), Gram.empty(5, 3, 2)):
        with pytest.raises(ShapeError, match="must agree"):
            gram + other


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_the_gpu_gives_the_sums_of_the_cpu() -> None:
    x, y = rows(40)
    gram = Gram.of(x.cuda(), y, 3)
    assert gram.scatter.is_cuda
    same(Gram(gram.rows, gram.mean.cpu(), gram.scatter.cpu(), gram.counts.cpu(), gram.cross.cpu()), Gram.of(x, y, 3))
