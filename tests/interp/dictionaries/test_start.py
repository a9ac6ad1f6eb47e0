"""Where a dictionary starts."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from torch import Tensor

from interp.dictionaries.architectures import L1, TopK
from interp.dictionaries.start import geometric_median, start
from interp.errors import ShapeError


def some(rows: int = 500, width: int = 6, seed: int = 0) -> Tensor:
    """Activations as models have them: far from the origin, dimensions of very different size."""
    draw = torch.Generator().manual_seed(seed)
    return 3 * torch.randn(rows, width, generator=draw) * torch.logspace(-2, 1, width) + torch.arange(width)


def spent(points: Tensor, centre: Tensor) -> float:
    """The summed distance to all points, in double precision."""
    return float((points.double() - centre.double()).norm(dim=1).sum())


def test_the_median_of_points_around_a_point_is_that_point() -> None:
    points = torch.tensor([[3.0, 1.0], [-1.0, 1.0], [1.0, 3.0], [1.0, -1.0]])
    torch.testing.assert_close(geometric_median(points), torch.tensor([1.0, 1.0]))


def test_the_median_of_a_triangle_sees_all_sides_at_120_degrees() -> None:
    # The Fermat point of (-1, 0), (1, 0), (0, 3) lies at height tan 30 degrees.
    points = torch.tensor([[-1.0, 0.0], [1.0, 0.0], [0.0, 3.0]])
    torch.testing.assert_close(geometric_median(points, 1e-7), torch.tensor([0.0, 3**-0.5]), atol=1e-4, rtol=0)


def test_on_a_line_it_is_the_median() -> None:
    points = torch.tensor([[0.0], [1.0], [2.0], [10.0], [100.0]])
    assert geometric_median(points, 1e-9, 2000).item() == pytest.approx(2.0, abs=0.02)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 999), st.integers(1, 4))
def test_no_search_finds_a_better_point(seed: int, width: int) -> None:
    points = some(25, width, seed)
    found = geometric_median(points)
    best = minimize(lambda at: spent(points, torch.from_numpy(at)), points.mean(0).numpy(), method="Nelder-Mead")
    assert spent(points, found) <= best.fun * 1.001


def test_a_few_huge_activations_move_the_mean_but_not_the_median() -> None:
    points = some()
    spoilt = points.clone()
    spoilt[:5] = 1e5
    size = points.sub(points.mean(0)).norm(dim=1).mean()
    assert (spoilt.mean(0) - points.mean(0)).norm() > 20 * size
    assert (geometric_median(spoilt) - geometric_median(points)).norm() < 0.1 * size


@pytest.mark.parametrize("rows", [1, 4])
def test_equal_points_and_a_single_one_are_their_own_median(rows: int) -> None:
    torch.testing.assert_close(geometric_median(torch.full((rows, 3), 0.1)), torch.full((3,), 0.1))


def test_scaled_activations_have_variance_one_a_dimension() -> None:
    for size in (1e-4, 1.0, 1e4):
        weights, sample = TopK(9, k=1).weights(6), some() * size
        start(weights, sample, seed=0)
        assert (sample * weights.scale).var(0, correction=0).mean().item() == pytest.approx(1.0, rel=1e-4)


def test_the_bias_starts_at_the_median_and_a_mean_row_is_rebuilt_from_it() -> None:
    weights, sample = TopK(9, k=1).weights(6), some()
    start(weights, sample, seed=0)
    torch.testing.assert_close(weights.decoder_bias.detach() / weights.scale, geometric_median(sample))
    assert weights.encoder_bias.tolist() == [0.0] * 9


def test_directions_have_length_one_and_each_latent_listens_where_it_speaks() -> None:
    weights = TopK(9, k=1).weights(6)
    start(weights, some(), seed=0)
    torch.testing.assert_close(weights.decoder.detach().norm(dim=1), torch.ones(9))
    assert torch.equal(weights.encoder, weights.decoder)
    assert weights.encoder is not weights.decoder


def test_the_seed_decides_the_directions_and_nothing_else() -> None:
    weights = [TopK(9, k=1).weights(6) for _ in range(3)]
    before = torch.get_rng_state()
    for one, seed in zip(weights, (1, 1, 2), strict=True):
        start(one, some(), seed)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(weights[0].decoder, weights[1].decoder)
    assert (weights[0].decoder - weights[2].decoder).abs().min() > 0
    assert torch.equal(weights[0].decoder_bias, weights[2].decoder_bias)


def test_tied_dictionaries_stay_tied_and_a_bias_that_is_not_learned_stays_zero() -> None:
    weights = L1(9, tied=True, decoder_bias=False).weights(6)
    start(weights, some(), seed=0)
    assert weights.tied
    torch.testing.assert_close(weights.decoder.detach().norm(dim=1), torch.ones(9))
    assert weights.decoder_bias.tolist() == [0.0] * 6


def test_half_precision_is_read_as_what_it_is() -> None:
    half, single = TopK(9, k=1).weights(6), TopK(9, k=1).weights(6)
    start(half, some().bfloat16(), seed=0)
    start(single, some().bfloat16().float(), seed=0)
    assert torch.equal(half.decoder_bias, single.decoder_bias)
    assert half.decoder.dtype == torch.float32


@pytest.mark.parametrize("wrong", [torch.nan, torch.inf, -torch.inf])
def test_activations_that_are_no_numbers_are_refused_by_row(wrong: float) -> None:
    sample = some()
    sample[7, 2] = sample[400, 0] = wrong
    with pytest.raises(ShapeError, match="NaN or infinity, first in row 7 of the sample"):
        start(TopK(9, k=1).weights(6), sample, seed=0)


@pytest.mark.parametrize("value", [0.0, 3.0, 0.1, -1e-3, 1234.567])
def test_constant_activations_are_refused_however_their_mean_is_rounded(value: float) -> None:
    for rows in (1, 77, 4097):
        with pytest.raises(ShapeError, match=f"the {rows} activations looked at are all the same"):
            start(TopK(9, k=1).weights(6), torch.full((rows, 6), value), seed=0)
    with pytest.raises(ShapeError, match="all the same"):
        start(TopK(9, k=1).weights(6), some(1).expand(4097, 6), seed=0)


def test_one_dimension_that_varies_is_enough() -> None:
    sample = torch.full((100, 6), 0.1)
    sample[0, 3] = 0.2
    weights = TopK(9, k=1).weights(6)
    start(weights, sample, seed=0)
    assert weights.scale.isfinite()
    assert weights.decoder_bias.isfinite().all()
