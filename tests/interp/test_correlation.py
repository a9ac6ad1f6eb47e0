import math

import numpy as np
import pytest
import torch
from torch import Tensor

from interp import ShapeError
from interp.correlation import correlation, correlation_interval

INF, NAN = math.inf, math.nan


def some(*shape: int, seed: int = 0) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).exponential(3.0, shape))


def test_a_case_by_hand() -> None:
    # Means 2 and 3; deviations (-1, 0, 1) and (-2, 1, 1): 3 / sqrt(2 * 6).
    found = correlation(torch.tensor([1, 2, 3]), np.array([1.0, 4.0, 4.0]))
    assert found.r == pytest.approx(math.sqrt(3) / 2, abs=1e-15)
    assert found == (found.r, 3, 0, found.r)


def test_it_is_what_numpy_says() -> None:
    for seed in range(5):
        a, b = some(4, 9, seed=seed), some(4, 9, seed=seed + 10) + 0.3 * some(4, 9, seed=seed)
        assert correlation(a, b).r == pytest.approx(np.corrcoef(a.flatten(), b.flatten())[0, 1], abs=1e-14)


def test_infinite_numbers_are_dropped_or_replaced_by_the_largest_of_their_side() -> None:
    a, b = torch.tensor([1.0, 2.0, INF, 9.0, 4.0]), torch.tensor([2.0, 1.0, 7.0, INF, 5.0])
    found = correlation(a, b)
    assert (found.finite, found.infinite) == (3, 2)
    assert found.r == pytest.approx(np.corrcoef([1, 2, 4], [2, 1, 5])[0, 1], abs=1e-14)
    assert found.replaced == pytest.approx(np.corrcoef([1, 2, 9, 9, 4], [2, 1, 7, 7, 5])[0, 1], abs=1e-14)


def test_only_what_counts_is_looked_at() -> None:
    a, b = torch.tensor([1.0, 2.0, NAN, 4.0, INF]), torch.tensor([2.0, 1.0, 7.0, 5.0, NAN])
    found = correlation(a, b, where=~b.isnan() & ~a.isnan())
    assert found == correlation(torch.tensor([1.0, 2.0, 4.0]), torch.tensor([2.0, 1.0, 5.0]))


@pytest.mark.parametrize("value", [0.0, 0.1, 1e8 + 1 / 3, 1e300])
def test_numbers_that_are_all_the_same_have_no_correlation(value: float) -> None:
    found = correlation(torch.full((7,), value, dtype=torch.float64), some(7))
    assert math.isnan(found.r)
    assert math.isnan(found.replaced)
    assert math.isnan(correlation(some(7), torch.full((7,), value, dtype=torch.float64)).r)


def test_neither_large_nor_small_numbers_nor_a_large_mean_matter() -> None:
    a, b = some(50), some(50, seed=1) + some(50)
    expected = correlation(a, b).r
    assert 0.2 < expected < 0.95
    for scale, shift, slack in ((1e200, 0, 1e-14), (1e-200, 0, 1e-14), (1, 1e6, 1e-9), (-1, 0, 1e-14)):
        sign = math.copysign(1, scale)
        assert sign * correlation(scale * a + shift, b).r == pytest.approx(expected, abs=slack)
    assert correlation(a, 3 * a + 1).r == pytest.approx(1, abs=1e-15)
    assert correlation(a, 3 * a + 1).r <= 1


@pytest.mark.usefixtures("unchecked")
def test_what_has_no_correlation_is_refused() -> None:
    few = "at least 2 pairs of finite numbers, and there are"
    refused: list[tuple[Tensor, Tensor, Tensor | None, str]] = [
        (some(3), some(4), None, "as many numbers on both sides"),
        (some(1), some(1), None, few),
        (some(0), some(0), None, few),
        (torch.tensor([1.0, INF]), torch.tensor([INF, 1.0]), None, few),
        (torch.tensor([1.0, NAN]), some(2), None, "leave out by `where`"),
        (some(2), torch.tensor([1.0, -INF]), None, "leave out by `where`"),
        (some(3), some(3), torch.tensor([True, False, False]), few),
        (some(3), some(3), torch.tensor([1, 0, 1]), "where must be booleans"),
        (some(3), some(3), torch.tensor([True]), "where must be booleans"),
    ]
    for a, b, where, message in refused:
        with pytest.raises(ShapeError, match=message):
            correlation(a, b, where)
        with pytest.raises(ShapeError, match=message):
            correlation_interval(a, b, np.random.default_rng(0), where)


def test_the_interval_is_that_of_resampled_rows() -> None:
    a, b = some(12, 5), some(12, 5, seed=1) + some(12, 5)
    a[3, 2], b[7] = INF, NAN
    known = ~b.isnan()
    found = correlation_interval(a, b, np.random.default_rng(4), known, draws=300)
    rows, generator, slow = [row for row in range(12) if row != 7], np.random.default_rng(4), []
    for times in generator.multinomial(11, np.full(11, 1 / 11), size=300):
        drawn = np.repeat(rows, times)
        slow.append(correlation(a[drawn], b[drawn]).r)
    assert found.value == correlation(a, b, known).r
    assert found.n == 11
    np.testing.assert_allclose([found.low, found.high], np.quantile(slow, [0.025, 0.975]), atol=1e-12)
    assert found.low < found.value < found.high


def test_clusters_may_be_any_documents() -> None:
    a, b = some(40), some(40, seed=1) + some(40)
    by = torch.arange(40) % 8
    ours = correlation_interval(a, b, np.random.default_rng(0), clusters=by)
    stacked = correlation_interval(a.view(5, 8).T, b.view(5, 8).T, np.random.default_rng(0))
    np.testing.assert_allclose(ours, stacked, atol=1e-12)
    assert correlation_interval(a, b, np.random.default_rng(0)).n == 40


def test_one_cluster_and_no_correlation_have_no_width() -> None:
    one = correlation_interval(some(1, 9), some(1, 9, seed=1), np.random.default_rng(0))
    assert one.low == one.value == one.high
    assert one.n == 1
    flat = correlation_interval(torch.ones(3, 4), some(3, 4), np.random.default_rng(0))
    assert all(math.isnan(end) for end in flat[:3])


def test_drawings_without_a_correlation_are_left_out() -> None:
    # Two of three rows are constant: many drawings know no other.
    a = torch.tensor([[1.0, 1.0], [1.0, 1.0], [2.0, 5.0]])
    found = correlation_interval(a, some(3, 2), np.random.default_rng(0))
    assert math.isfinite(found.low)
    assert -1 <= found.low <= found.high <= 1


@pytest.mark.usefixtures("unchecked")
def test_settings_of_the_interval_that_make_no_sense_are_refused() -> None:
    for settings in ({"level": 1.0}, {"draws": 0}, {"clusters": torch.zeros(4)}):
        with pytest.raises(ShapeError):
            correlation_interval(some(3), some(3), np.random.default_rng(0), **settings)
