import math

import pytest
import torch
from torch import Tensor

from interp import ShapeError
from interp.dictionaries.metrics.reconstruction import Reconstruction
from tests.interp.dictionaries.small import some_rows


def measured(rows: Tensor, back: Tensor, size: int = 1000) -> Reconstruction:
    quality = Reconstruction(rows.double().mean(0))
    for part, returned in zip(rows.split(size), back.split(size), strict=True):
        quality.add(part, returned)
    return quality


def test_numbers_worked_by_hand() -> None:
    rows = torch.tensor([[3.0, 4.0], [-3.0, 0.0]])  # mean (0, 2), squared distances 13 and 13
    back = torch.tensor([[3.0, 2.0], [0.0, 0.0]])  # squared errors 4 and 9
    quality = measured(rows, back)
    assert quality.explained_variance == 1 - 13 / 26
    assert quality.mean_squared_error == 13 / 2
    assert quality.cosine == pytest.approx((17 / (5 * math.sqrt(13)) + 0) / 2, rel=1e-15)
    assert quality.norm_ratio == pytest.approx(math.sqrt(13) / 8, rel=1e-15)
    assert quality.shrinkage == 13 / 17


def test_the_row_sums_are_those_of_the_whole() -> None:
    rows, back = some_rows(), some_rows(seed=2)
    errors = Reconstruction(rows.double().mean(0)).add(rows, back)
    assert 1 - float(errors.residual.sum() / errors.variance.sum()) == measured(rows, back).explained_variance


@pytest.mark.parametrize("size", [1, 7, 99, 100])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_predicting_the_mean_explains_exactly_nothing(size: int, dtype: torch.dtype) -> None:
    rows = some_rows(dtype=dtype)
    back = rows.double().mean(0).to(dtype).expand_as(rows)
    assert measured(rows, back, size).explained_variance == 0.0


def test_a_mean_far_larger_than_the_spread_still_explains_exactly_nothing() -> None:
    rows = 1e-3 * some_rows() + 1000
    back = rows.double().mean(0).float().expand_as(rows)
    assert measured(rows, back, 7).explained_variance == 0.0


def test_a_mean_that_a_coarse_type_cannot_hold_explains_less_than_nothing() -> None:
    rows = some_rows() + 1000
    coarse = rows.double().mean(0).bfloat16().expand_as(rows)
    assert measured(rows, coarse).explained_variance < 0


def test_a_perfect_reconstruction_explains_everything() -> None:
    rows = some_rows()
    quality = measured(rows, rows, 7)
    assert quality.explained_variance == 1.0
    assert quality.mean_squared_error == 0.0
    assert quality.shrinkage == quality.norm_ratio == 1.0
    assert quality.cosine == pytest.approx(1.0, abs=1e-14)


def test_variance_is_about_the_mean_and_not_about_zero() -> None:
    rows = some_rows() + 100
    back = rows + some_rows(seed=2) - 3 * torch.arange(6)
    about_zero = 1 - float((rows - back).square().sum() / rows.square().sum())
    assert about_zero > 0.99
    assert measured(rows, back).explained_variance == pytest.approx(0, abs=0.2)


@pytest.mark.parametrize("size", [1, 3, 37, 64, 99])
def test_any_batches_give_what_the_whole_gives(size: int) -> None:
    rows, back = some_rows(), some_rows(seed=2) + 1
    parts, whole = measured(rows, back, size), measured(rows, back)
    for name in ("explained_variance", "mean_squared_error", "shrinkage", "cosine", "norm_ratio"):
        assert getattr(parts, name) == pytest.approx(getattr(whole, name), rel=1e-13), name


def test_a_dictionary_that_shrinks_by_a_factor_has_that_shrinkage() -> None:
    rows = some_rows()
    assert measured(rows, 0.75 * rows).shrinkage == pytest.approx(0.75, rel=1e-7)


def test_shrinkage_is_the_divisor_with_the_least_error() -> None:
    rows, back = some_rows(dtype=torch.float64), some_rows(seed=2, dtype=torch.float64)
    gamma = measured(rows, back).shrinkage
    assert gamma is not None

    def error(divisor: float) -> float:
        return float((back / divisor - rows).square().sum())

    grid = [gamma * (1 + step) for step in (-0.3, -0.01, -1e-4, 1e-4, 0.01, 0.3)]
    assert error(gamma) < min(map(error, grid))


def test_an_unbiased_reconstruction_with_errors_has_a_small_norm_but_no_shrinkage() -> None:
    # r is the projection of x on the first three dimensions: the best that a subspace can do.
    rows = torch.randn(1000, 6, generator=torch.Generator().manual_seed(0))
    back = rows * torch.tensor([1.0, 1, 1, 0, 0, 0])
    quality = measured(rows, back)
    assert quality.shrinkage == pytest.approx(1.0, rel=1e-7)
    assert quality.norm_ratio < 0.8


def test_a_reconstruction_of_zeros_has_no_shrinkage_and_no_direction() -> None:
    rows = some_rows()
    quality = measured(rows, torch.zeros_like(rows))
    assert quality.shrinkage is None
    assert quality.cosine == quality.norm_ratio == 0.0
    assert quality.explained_variance < 0


def test_a_row_of_zeros_has_no_direction_and_spoils_no_other() -> None:
    rows = torch.tensor([[0.0, 0.0], [1.0, 1.0]])
    assert measured(rows, rows).cosine == pytest.approx(0.5)


def test_rows_with_heads_are_rows() -> None:
    rows, back = some_rows(), some_rows(seed=2)
    heads = measured(rows.reshape(-1, 2, 3), back.reshape(-1, 2, 3))
    assert heads.explained_variance == measured(rows, back).explained_variance


def test_rows_without_variance_are_an_error() -> None:
    with pytest.raises(ShapeError, match="3 rows without variance"):
        measured(torch.ones(3, 2), torch.zeros(3, 2)).explained_variance  # noqa: B018
