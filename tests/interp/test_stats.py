import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interp.errors import ShapeError
from interp.stats import Interval, bootstrap, over_seeds, t_quantile


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_the_value_is_the_ratio_of_the_sums_and_not_the_mean_of_ratios() -> None:
    found = bootstrap(np.array([1, 9]), np.array([2, 90]), rng())
    assert found.value == 10 / 92
    assert found.n == 2


def test_the_interval_agrees_with_a_slow_bootstrap_of_repeated_items() -> None:
    right, moves = rng(1).binomial(20, 0.7, size=40), np.full(40, 20)
    fast = bootstrap(right, moves, rng(2), draws=2000)
    games = [np.repeat([1, 0], [r, 20 - r]) for r in right]
    pick = rng(3)
    slow = [np.concatenate([games[i] for i in pick.integers(40, size=40)]).mean() for _ in range(2000)]
    assert fast.low == pytest.approx(np.quantile(slow, 0.025), abs=0.006)
    assert fast.high == pytest.approx(np.quantile(slow, 0.975), abs=0.006)


def test_whole_clusters_are_resampled_so_that_correlated_items_widen_the_interval() -> None:
    """Ten games that are all right or all wrong know ten things, however many moves they have."""
    right = np.array([100.0] * 5 + [0.0] * 5)
    found = bootstrap(right, np.full(10, 100.0), rng())
    assert found.high - found.low > 0.5


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    hits = 0
    for seed in range(200):
        draw = rng(seed)
        rates = draw.beta(8, 2, size=50)
        found = bootstrap(draw.binomial(30, rates), np.full(50, 30), draw, draws=200)
        hits += found.low <= 0.8 <= found.high
    assert 0.88 <= hits / 200 <= 0.99


def test_one_cluster_has_no_width_and_says_so() -> None:
    assert bootstrap(np.array([3.0]), np.array([4.0]), rng()) == Interval(0.75, 0.75, 0.75, 1)


@pytest.mark.parametrize("share", [0, 1])
def test_all_wrong_and_all_right_have_no_width(share: int) -> None:
    found = bootstrap(np.full(5, 7 * share), np.full(5, 7), rng())
    assert found == Interval(share, share, share, 5)


def test_clusters_without_items_are_allowed_as_long_as_one_has_some() -> None:
    found = bootstrap(np.array([0, 0, 2]), np.array([0, 0, 4]), rng(), draws=50)
    assert found == Interval(0.5, 0.5, 0.5, 3)


@pytest.mark.parametrize(
    ("top", "bottom", "says"),
    [
        ([], [], "one numerator"),
        ([np.nan, 1.0], [1.0, 1.0], "NaN"),
        ([1.0, 1.0], [1.0, np.inf], "NaN"),
        ([1.0, 1.0], [0.0, 0.0], "not all 0"),
        ([1.0, 1.0], [2.0, -1.0], "at least 0"),
    ],
)
def test_bad_counts_are_refused(top: list[float], bottom: list[float], says: str) -> None:
    with pytest.raises(ShapeError, match=says):
        bootstrap(np.array(top, float), np.array(bottom, float), rng())


def test_a_level_outside_0_to_1_is_refused() -> None:
    with pytest.raises(ShapeError, match="level"):
        bootstrap(np.array([1.0]), np.array([1.0]), rng(), level=95.0)


def test_the_same_generator_gives_the_same_interval() -> None:
    top, bottom = np.arange(10), np.full(10, 10)
    assert bootstrap(top, bottom, rng(4)) == bootstrap(top, bottom, rng(4))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=2, max_size=12), st.integers(0, 99))
def test_the_value_lies_between_the_ends(counts: list[int], seed: int) -> None:
    found = bootstrap(np.array(counts), np.full(len(counts), 9), rng(seed), level=0.99)
    assert min(counts) / 9 <= found.low <= found.high <= max(counts) / 9 + 1e-12


def test_t_quantiles_are_those_of_the_tables() -> None:
    table = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 9: 2.262, 30: 2.042, 1000: 1.962}
    for freedom, t in table.items():
        assert t_quantile(0.95, freedom) == pytest.approx(t, abs=6e-4)
    assert t_quantile(0.99, 5) == pytest.approx(4.032, abs=6e-4)


def test_over_seeds_is_the_t_interval_of_the_mean() -> None:
    found = over_seeds([1.0, 2.0, 3.0])
    assert found.value == 2
    assert found.high - 2 == pytest.approx(4.302653 / 3**0.5, abs=1e-5)
    assert 2 - found.low == pytest.approx(found.high - 2)
    assert found.n == 3


def test_one_seed_has_no_width_and_equal_seeds_have_none_either() -> None:
    assert over_seeds([0.5]) == Interval(0.5, 0.5, 0.5, 1)
    assert over_seeds([0.5, 0.5]) == Interval(0.5, 0.5, 0.5, 2)


@pytest.mark.parametrize("values", [[], [float("nan")], [1.0, float("inf")]])
def test_no_seeds_and_nan_are_refused(values: list[float]) -> None:
    with pytest.raises(ShapeError, match="finite"):
        over_seeds(values)
