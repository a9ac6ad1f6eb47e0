import pytest
import torch
from torch import Tensor

from interp import Model, ShapeError, UnknownNameError
from interp.geometry.moments import Moments, moments
from interp.geometry.ridge import End, ridge_map
from tests.architectures import some_tokens
from tests.interp.geometry.made import normal, stored

TOKENS = some_tokens(batch=20)


def plain(rows: Tensor, targets: Tensor, alpha: float) -> tuple[Tensor, Tensor]:
    """Ridge by least squares on rows to which the penalty is added as further rows; the intercept has no penalty."""
    width = rows.shape[1]
    above = torch.cat([rows, torch.ones(len(rows), 1, dtype=rows.dtype)], 1)
    below = torch.cat([alpha**0.5 * torch.eye(width, dtype=rows.dtype), torch.zeros(width, 1, dtype=rows.dtype)], 1)
    answers = torch.cat([targets, torch.zeros(width, targets.shape[1], dtype=rows.dtype)])
    solution = torch.linalg.lstsq(torch.cat([above, below]), answers).solution
    return solution[:-1], solution[-1]


@pytest.mark.parametrize("end", ["input", "output"])
@pytest.mark.parametrize("alpha", [1.0, 0.05, 30.0])
def test_it_is_the_plain_ridge_of_stored_activations(gpt2: Model, end: End, alpha: float) -> None:
    found = moments(gpt2, TOKENS, batch=3)
    streams, inputs = stored(gpt2, TOKENS)
    for depth, rows in enumerate(streams):
        weight, bias = plain(rows, inputs if end == "input" else streams[-1], alpha)
        ridge = ridge_map(found, depth, end, alpha)
        torch.testing.assert_close(ridge.weight, weight, rtol=1e-3, atol=1e-5)
        torch.testing.assert_close(ridge.bias, bias, rtol=1e-3, atol=1e-5)


def test_an_affine_map_is_found_again() -> None:
    rows, weight, bias = normal(4000, 6), normal(6, 6, seed=1), normal(1, 6, seed=2)[0]
    found = ridge_map(Moments.of([rows, rows @ weight + bias], rows), 0, "output", alpha=1e-9)
    torch.testing.assert_close(found.weight, weight)
    torch.testing.assert_close(found.bias, bias)
    torch.testing.assert_close(found.states(rows[:5]), rows[:5] @ weight + bias)


def test_states_keep_their_shape_and_type() -> None:
    rows = normal(50, 4)
    ridge = ridge_map(Moments.of([rows], rows), 0, "input")
    images = ridge.states(rows[:6].reshape(2, 3, 4).float())
    assert images.shape == (2, 3, 4)
    assert images.dtype == torch.float32


def test_a_stream_that_never_changes_maps_everything_to_the_mean() -> None:
    rows = normal(50, 4)
    ridge = ridge_map(Moments.of([torch.ones_like(rows), rows], rows), 0, "output")
    assert ridge.weight.abs().max() == 0
    torch.testing.assert_close(ridge.bias, rows.mean(0))


def test_bad_input_is_refused(gpt2: Model) -> None:
    found = moments(gpt2, TOKENS)
    for alpha in (0.0, -1.0, float("nan")):
        with pytest.raises(ShapeError, match="alpha"):
            ridge_map(found, 0, "input", alpha)
    for depth in (-1, gpt2.depth + 1):
        with pytest.raises(ShapeError, match="no depth"):
            ridge_map(found, depth, "input")


def test_an_unknown_end_is_named_with_the_known_ones(gpt2: Model, unchecked: None) -> None:
    with pytest.raises(UnknownNameError, match="input"):
        ridge_map(moments(gpt2, TOKENS), 0, "imput")  # type: ignore[arg-type]
