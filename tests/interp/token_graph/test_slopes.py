import numpy as np
import pytest

from interp.errors import ShapeError
from interp.token_graph.slopes import degree_count, degree_rank


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_a_power_of_the_rank_gives_its_exponent() -> None:
    degrees = 5000 * np.arange(1, 2001) ** -0.7
    found = degree_rank(rng().permutation(degrees), rng())
    assert found.slope.value == pytest.approx(-0.7)
    assert np.exp(found.intercept) == pytest.approx(5000)
    assert found.r == pytest.approx(-1)
    assert found.slope.low <= -0.7 <= found.slope.high
    assert found.slope.n == 2000


def test_ranks_outside_the_range_change_nothing() -> None:
    degrees = 5000 * np.arange(1, 2001) ** -0.7
    degrees[:20] = 10**6
    degrees[1500:] = 1e-9
    assert degree_rank(degrees, rng(), first=21, last=1500).slope.value == pytest.approx(-0.7)


def test_two_ranks_by_hand_and_tokens_without_latents_left_out() -> None:
    found = degree_rank(np.array([0, 8, 0, 2]), rng())
    assert found.slope.value == pytest.approx(-2)
    assert found.slope.n == 2


def test_tokens_that_all_reach_everything_have_no_slope() -> None:
    found = degree_rank(np.full(30, 64), rng())
    assert found.slope[:3] == (0, 0, 0)
    assert np.isnan(found.r)


def test_a_power_of_the_count_gives_its_exponent() -> None:
    counts = rng(1).integers(1, 5000, 300)
    found = degree_count(3 * counts**0.8, counts, rng())
    assert found.slope.value == pytest.approx(0.8)
    assert np.exp(found.intercept) == pytest.approx(3)
    assert found.slope.low == pytest.approx(0.8)
    assert found.slope.high == pytest.approx(0.8)


def test_least_squares_is_that_of_numpy() -> None:
    counts = rng(1).integers(1, 5000, 300)
    degrees = np.maximum(1, rng(2).poisson(counts**0.6))
    found = degree_count(degrees, counts, rng(), minimum=10)
    kept = counts >= 10
    slope, intercept = np.polyfit(np.log(counts[kept]), np.log(degrees[kept]), 1)
    assert found.slope.value == pytest.approx(slope)
    assert found.intercept == pytest.approx(intercept)
    assert found.slope.low < slope < found.slope.high
    assert found.slope.n == kept.sum()


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    hits = 0
    for seed in range(40):
        draw = rng(seed)
        counts = draw.integers(10, 3000, 80)
        degrees = np.exp(0.5 * np.log(counts) + draw.normal(0, 0.4, 80))
        interval = degree_count(degrees, counts, draw, draws=100).slope
        hits += interval.low <= 0.5 <= interval.high
    assert hits >= 33


@pytest.mark.usefixtures("unchecked")
def test_too_few_tokens_to_draw_a_line_are_refused() -> None:
    with pytest.raises(ShapeError, match="2 ranks"):
        degree_rank(np.array([3, 0]), rng())
    with pytest.raises(ShapeError, match="2 ranks"):
        degree_rank(np.array([3, 2, 1]), rng(), first=2, last=4)
    with pytest.raises(ShapeError, match="2 different numbers"):
        degree_count(np.array([3, 2]), np.array([5, 5]), rng())
    with pytest.raises(ShapeError, match="occurrences of every token"):
        degree_count(np.array([3, 2]), np.array([5]), rng())
    with pytest.raises(ShapeError, match="draws"):
        degree_rank(np.array([3, 2]), rng(), draws=0)
