from math import isnan, log, nan, sqrt

import pytest

from interp.errors import ShapeError
from interp.subnetworks.selection import Point, chosen, r_at, size_for

PATH = [Point(0, 50_000, 0.96), Point(1, 20_000, 0.97), Point(10, 5_000, 0.93), Point(100, 500, 0.60)]


def test_the_largest_lambda_within_the_tolerance_is_chosen() -> None:
    assert chosen(PATH) == PATH[2]
    assert chosen(PATH, tolerance=0.02) == PATH[1]
    assert chosen(PATH, tolerance=0.5) == PATH[3]
    assert chosen(reversed(PATH)) == PATH[2]


def test_exactly_the_tolerance_is_still_within() -> None:
    assert chosen([Point(0, 9, 0.96), Point(5, 3, 0.92)]) == Point(5, 3, 0.92)
    assert chosen([Point(0, 9, 0.96), Point(5, 3, 0.9199)]) == Point(0, 9, 0.96)


def test_a_path_that_recovers_gives_the_recovered_point() -> None:
    assert chosen([*PATH, Point(1000, 100, 0.95)]).lam == 1000


def test_subnetworks_of_a_given_size_and_failed_ones_are_passed_over() -> None:
    assert chosen([*PATH, Point(nan, 10, 0.99), Point(1000, 1, nan)]) == PATH[2]


@pytest.mark.parametrize("path", [[], PATH[1:], [*PATH, Point(0, 3, 0.9)], [Point(0, 3, nan)]])
def test_without_lambda_0_there_is_no_choice(path: list[Point]) -> None:
    with pytest.raises(ShapeError, match="lambda 0"):
        chosen(path)


def test_between_points_r_is_straight_in_the_logarithm_of_size() -> None:
    assert r_at(PATH, 10_000) == pytest.approx((0.93 + 0.97) / 2)
    assert r_at(PATH, 1_000) == pytest.approx(0.60 + 0.33 * log(2) / log(10))
    assert r_at(PATH, 5_000) == 0.93
    assert r_at(PATH, 500) == 0.60


def test_nothing_is_guessed_outside_the_path() -> None:
    assert isnan(r_at(PATH, 499))
    assert isnan(r_at(PATH, 50_001))
    assert isnan(r_at(PATH[:1], 3))
    assert r_at(PATH[:1], 50_000) == 0.96


def test_points_of_one_size_count_as_their_mean() -> None:
    assert r_at([Point(nan, 10, 0.5), Point(nan, 10, 0.7), Point(1, 1000, 0.8)], 100) == pytest.approx(0.7)


def test_the_smallest_size_for_a_correlation_is_where_the_line_first_reaches_it() -> None:
    assert size_for(PATH, 0.93) == pytest.approx(5_000)
    assert size_for(PATH, (0.60 + 0.93) / 2) == pytest.approx(500 * sqrt(10))
    assert size_for(PATH, 0.5) == 500
    assert isnan(size_for(PATH, 0.98))
    bumpy = [Point(1, 10, 0.2), Point(1, 100, 0.8), Point(1, 1000, 0.4), Point(1, 10_000, 0.9)]
    assert size_for(bumpy, 0.5) == pytest.approx(10**1.5)


def test_the_two_are_inverses_where_r_grows_with_size() -> None:
    for size in (600, 3_000, 7_777):
        assert size_for(PATH, r_at(PATH, size)) == pytest.approx(size)


@pytest.mark.parametrize("path", [[], [Point(1, 0, 0.5)], [Point(1, 5, nan)]])
def test_a_path_without_logarithms_is_refused(path: list[Point]) -> None:
    with pytest.raises(ShapeError, match="path"):
        r_at(path, 5)
    with pytest.raises(ShapeError, match="path"):
        size_for(path, 0.5)


@pytest.mark.parametrize("size", [0, -1])
def test_a_size_without_a_logarithm_is_refused(size: int) -> None:
    with pytest.raises(ShapeError, match="logarithm"):
        r_at(PATH, size)
