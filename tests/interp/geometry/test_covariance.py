import numpy as np
import pytest
import torch
from torch import Tensor

from interp import Model, ShapeError
from interp.geometry.covariance import alike, similarity
from interp.geometry.moments import Moments, moments
from tests.architectures import some_tokens
from tests.interp.geometry.made import normal, stored


def truncated(rows: Tensor, drop: int) -> np.ndarray:
    """The covariance of stored rows from whose singular value decomposition the first directions were struck."""
    centred = (rows - rows.mean(0)).numpy()
    left, sizes, right = np.linalg.svd(centred, full_matrices=False)
    sizes[:drop] = 0
    rest = left * sizes @ right
    return np.asarray(rest.T @ rest / len(rows))


@pytest.mark.parametrize("drop", [0, 1, 3])
def test_it_is_the_cosine_of_covariances_of_stored_activations(model: Model, drop: int) -> None:
    tokens = some_tokens(batch=20)
    found = similarity(moments(model, tokens, batch=6), drop)
    left = [truncated(rows, drop) for rows in stored(model, tokens)[0]]
    truth = [[(a * b).sum() / np.linalg.norm(a) / np.linalg.norm(b) for b in left] for a in left]
    np.testing.assert_allclose(found, truth, atol=1e-5)
    np.testing.assert_allclose(found.diagonal(), 1)


def test_covariances_without_a_common_direction_are_not_alike_and_scale_is_nothing() -> None:
    rows = normal(3000, 6)
    first, second = rows.clone(), 5 * rows
    first[:, 3:], second[:, :3] = 0, 0
    found = similarity(Moments.of([first, second, 100 * first + 7], rows), drop=0)
    assert found[0, 1] == 0
    assert found[0, 2] == pytest.approx(1)


def test_the_strongest_direction_is_left_out_whatever_it_is() -> None:
    """Two streams that share only an enormous direction look alike until it is gone."""
    rows, huge = normal(3000, 7), 1e3 * normal(3000, 1, seed=1)
    first, second = rows.clone(), rows.clone()
    first[:, 4:], second[:, 1:4] = 0, 0
    first[:, :1], second[:, :1] = huge, huge
    streams = Moments.of([first, second], rows)
    assert similarity(streams, drop=0)[0, 1] > 0.999
    assert similarity(streams)[0, 1] < 0.01


def test_where_nothing_is_left_there_is_no_number() -> None:
    rows = normal(50, 3)
    line = rows[:, :1] * torch.ones(1, 3)
    found = similarity(Moments.of([rows, line, torch.ones_like(rows)], rows))
    assert found[0, 0] == pytest.approx(1)
    assert np.isnan(found[1:]).all()
    with pytest.raises(ShapeError, match="left out"):
        similarity(Moments.of([rows], rows), drop=3)


def test_matrices_are_compared_above_the_diagonal() -> None:
    one = np.array([[1, 0.1, 0.2], [9, 1, 0.6], [9, 9, 1]])
    other = np.array([[1, 0.2, 0.3], [0, 1, 0.7], [0, 0, 1]])
    assert alike(one, other) == pytest.approx(1)
    assert alike(one, -other) == pytest.approx(-1)
    mixed = other[[0, 1, 2]][:, [0, 2, 1]]
    truth = np.corrcoef([0.1, 0.2, 0.6], mixed[np.triu_indices(3, 1)])[0, 1]
    assert alike(one, mixed) == pytest.approx(truth)
    assert np.isnan(alike(one, np.ones((3, 3))))
    with pytest.raises(ShapeError, match="3 depths"):
        alike(one[:2, :2], other[:2, :2])
