from math import log, sqrt

import numpy as np
import pytest
import torch

from interp.errors import ShapeError
from interp.token_classes import TokenStatistics, least_squares, maximum_likelihood


def counted(occurrences: list[int]) -> TokenStatistics:
    counts = torch.tensor(occurrences)
    return TokenStatistics(counts, (counts > 0).long(), 1)


def planted(alpha: float, size: int = 500) -> TokenStatistics:
    """Occurrences that follow the law to a millionth, in no order."""
    occurrences = [round(1e9 * rank**-alpha) for rank in range(1, size + 1)]
    return counted([occurrences[place] for place in np.random.default_rng(0).permutation(size)])


@pytest.mark.parametrize("alpha", [0.6, 1.0, 1.4])
def test_both_fits_find_a_planted_exponent(alpha: float) -> None:
    line, likely = least_squares(planted(alpha)), maximum_likelihood(planted(alpha))
    assert line.alpha == pytest.approx(alpha, abs=1e-4)
    assert likely.alpha == pytest.approx(alpha, abs=1e-4)
    assert (line.first, line.last, likely.last) == (1, 500, 500)
    assert line.level == pytest.approx(likely.level, abs=1e-3)
    top = planted(alpha).shares.max()
    assert np.exp(line.level) == pytest.approx(float(top), rel=1e-3)


def test_only_the_range_is_fitted() -> None:
    """A flat head and a steep tail: each range has its own exponent."""
    flat = [10_000_000] * 10
    steep = [round(10_000_000 * (rank / 10) ** -2) for rank in range(11, 200)]
    found = counted(flat + steep)
    assert least_squares(found, 1, 10).alpha == pytest.approx(0, abs=1e-12)
    assert least_squares(found, 10).alpha == pytest.approx(2, abs=1e-3)
    assert maximum_likelihood(found, 1, 10).alpha == pytest.approx(0, abs=1e-12)
    assert maximum_likelihood(found, 10).alpha == pytest.approx(2, abs=1e-3)


def test_the_line_and_its_error_are_those_of_a_regression_by_hand() -> None:
    """Ranks 1, 2, 3 are all there are: the regression of their logarithms."""
    found = least_squares(counted([60, 20, 20]))
    x, y = np.log([1, 2, 3]), np.log([0.6, 0.2, 0.2])
    coefficients, covariance = np.polyfit(x, y, 1, cov=True)
    assert found.alpha == pytest.approx(-coefficients[0])
    assert found.level == pytest.approx(coefficients[1])
    assert found.error == pytest.approx(sqrt(covariance[0, 0]))


def test_two_ranks_have_an_exponent_that_can_be_written_down() -> None:
    """P(2) / P(1) = 2 ** -alpha, and the variance of log rank is p (1 - p) log(2) ** 2."""
    found = maximum_likelihood(counted([75, 25]))
    assert found.alpha == pytest.approx(log(3) / log(2))
    assert found.error == pytest.approx(1 / sqrt(100 * 0.75 * 0.25 * log(2) ** 2))
    assert found.level == pytest.approx(log(0.75))


def test_the_likelihood_is_highest_at_the_exponent_found() -> None:
    occurrences = sorted(np.random.default_rng(1).integers(10, 5000, 60).tolist(), reverse=True)
    found = maximum_likelihood(counted(occurrences))
    ranks = np.log(np.arange(1, 61))

    def likelihood(alpha: float) -> float:
        return float(-alpha * (ranks @ occurrences) - sum(occurrences) * np.log(np.exp(-alpha * ranks).sum()))

    best = likelihood(found.alpha)
    assert best > likelihood(found.alpha + 0.01)
    assert best > likelihood(found.alpha - 0.01)
    curvature = (likelihood(found.alpha + 1e-3) + likelihood(found.alpha - 1e-3) - 2 * best) / 1e-6
    assert found.error == pytest.approx(1 / sqrt(-curvature), rel=1e-3)


def test_seldom_tokens_are_left_out_by_default() -> None:
    found = maximum_likelihood(counted([400, 100, 44, 10, 9, 1, 1, 1, 0]))
    assert found.last == 4


@pytest.mark.parametrize(("first", "last"), [(0, 3), (2, 2), (1, 6), (3, 2)])
def test_ranges_that_are_none_are_refused(first: int, last: int) -> None:
    for fit in (least_squares, maximum_likelihood):
        with pytest.raises(ShapeError, match="are no range to fit: 5 tokens occur, 4 of them at least 10 times"):
            fit(counted([40, 30, 20, 10, 5, 0]), first, last)


def test_a_line_needs_three_ranks() -> None:
    with pytest.raises(ShapeError, match="at least 3 ranks"):
        least_squares(counted([40, 30, 20]), 1, 2)
