import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge

from interp import Model, ShapeError
from interp.geometry.moments import Moments, moments
from interp.geometry.rotation import median_rotation, rotation
from tests.architectures import some_tokens
from tests.interp.geometry.made import normal, stored, turn


def test_known_turns_are_found_in_degrees() -> None:
    rows, angles = normal(20_000, 6), (0.0, 30.0, 90.0, 150.0)
    streams = [rows @ turn(6, angle) for angle in angles]
    found = rotation(Moments.of(streams, rows))
    np.testing.assert_allclose(found.to_input, angles, atol=0.01)
    np.testing.assert_allclose(found.to_output, [150, 120, 60, 0], atol=0.01)


def test_it_is_that_of_scikit_learns_ridge_on_stored_activations(gpt2: Model) -> None:
    tokens = some_tokens(batch=30)
    found = rotation(moments(gpt2, tokens, batch=7))
    streams, inputs = stored(gpt2, tokens)
    for targets, degrees in ((inputs, found.to_input), (streams[-1], found.to_output)):
        for rows, angle in zip(streams, degrees, strict=True):
            maps = Ridge(alpha=1.0).fit(rows.numpy(), targets.numpy()).coef_
            truth = np.median(np.abs(np.degrees(np.angle(np.linalg.eigvals(maps)))))
            assert angle == pytest.approx(truth, abs=1e-3)


def test_every_architecture_ends_where_it_ends(model: Model) -> None:
    found = rotation(moments(model, some_tokens(batch=30)))
    assert found.to_input.shape == found.to_output.shape == (model.depth + 1,)
    assert found.to_output[-1] == 0
    assert (found.to_output[:-1] > 0).all()


def test_size_is_no_turn_a_mirror_is_half_a_turn_and_the_median_lies_between() -> None:
    assert median_rotation(torch.diag(torch.tensor([3.0, 0.1, 0.0, 7.0]).double())) == 0
    assert median_rotation(-torch.eye(3, dtype=torch.float64)) == 180
    assert median_rotation(torch.block_diag(torch.eye(2).double(), turn(2, 50))) == pytest.approx(25)
    assert median_rotation(torch.block_diag(torch.eye(1).double(), turn(2, 50))) == pytest.approx(50)


def test_a_matrix_with_nan_is_refused() -> None:
    with pytest.raises(ShapeError, match="NaN"):
        median_rotation(torch.full((2, 2), torch.nan, dtype=torch.float64))
