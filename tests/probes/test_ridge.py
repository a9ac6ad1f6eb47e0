import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from interp.errors import ShapeError
from probes import Gram, solve_ridge
from tests.probes.made import rows


@pytest.mark.parametrize("ridge", [1e-4, 0.1, 10.0])
def test_it_is_the_ridge_regression_of_scikit_learn_on_standardised_features(ridge: float) -> None:
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    x, y = rows(60)
    hot = np.eye(3)[y.numpy()].reshape(60, -1)
    peer = make_pipeline(StandardScaler(), Ridge(alpha=ridge * 60)).fit(x.double().numpy(), hot)
    weight, bias = solve_ridge(Gram.of(x, y, 3), ridge)
    ours = x @ weight.flatten(0, 1).T + bias.flatten()
    np.testing.assert_allclose(ours, peer.predict(x.double().numpy()), atol=1e-5)
    theirs = (peer[-1].coef_ / peer[0].scale_).reshape(3, 3, 5)
    cosine = (weight.numpy() * theirs).sum(-1) / np.linalg.norm(weight, axis=-1) / np.linalg.norm(theirs, axis=-1)
    assert cosine.min() > 0.99999


def test_without_a_penalty_it_is_least_squares() -> None:
    x, y = rows(60)
    design = np.column_stack([x.double().numpy(), np.ones(60)])
    solution = np.linalg.lstsq(design, np.eye(3)[y.numpy()].reshape(60, -1), rcond=None)[0]
    weight, bias = solve_ridge(Gram.of(x, y, 3), 0.0)
    np.testing.assert_allclose(weight.flatten(0, 1).T, solution[:-1], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(bias.flatten(), solution[-1], rtol=1e-4, atol=1e-5)


def test_a_hand_computed_case() -> None:
    # x = -1, 1 and y = class 0, 1: variance 1, covariance of x with class 1 is 1/2, so w = (1/2) / (1 + ridge).
    weight, bias = solve_ridge(Gram.of(torch.tensor([[-1.0], [1.0]]), torch.tensor([[0], [1]]), 2), 1.0)
    torch.testing.assert_close(weight, torch.tensor([[[-0.25], [0.25]]]))
    torch.testing.assert_close(bias, torch.tensor([[0.5, 0.5]]))


@settings(max_examples=15, deadline=None)
@given(scale=st.floats(1e-3, 1e3), shift=st.floats(-10, 10), feature=st.integers(0, 4))
def test_rescaling_or_shifting_a_feature_changes_no_score(scale: float, shift: float, feature: int) -> None:
    x, y = rows(40)
    moved = x.double()
    moved[:, feature] = (moved[:, feature] + shift) * scale
    (a, b), (c, d) = solve_ridge(Gram.of(x, y, 3), 0.1), solve_ridge(Gram.of(moved, y, 3), 0.1)
    before = x.double() @ a.flatten(0, 1).T.double() + b.flatten()
    after = moved @ c.flatten(0, 1).T.double() + d.flatten()
    torch.testing.assert_close(after, before, rtol=0, atol=1e-4)


def test_repeating_the_rows_changes_nothing() -> None:
    x, y = rows(40)
    once, thrice = Gram.of(x, y, 3), Gram.of(x.repeat(3, 1), y.repeat(3, 1), 3)
    torch.testing.assert_close(solve_ridge(once, 0.1), solve_ridge(thrice, 0.1))


def test_the_bias_is_not_penalised() -> None:
    x, y = rows(40)
    weight, bias = solve_ridge(Gram.of(x, y, 3), 1e12)
    mean_score = (weight @ x.mean(0)) + bias
    torch.testing.assert_close(mean_score, torch.nn.functional.one_hot(y, 3).float().mean(0))


def test_weights_of_the_classes_sum_to_nothing_and_scores_to_one() -> None:
    x, y = rows(40)
    weight, bias = solve_ridge(Gram.of(x, y, 3), 0.01)
    torch.testing.assert_close(weight.sum(1), torch.zeros(3, 5), rtol=0, atol=1e-5)
    torch.testing.assert_close(bias.sum(1), torch.ones(3), rtol=0, atol=1e-5)


def test_the_result_is_float32_whatever_came_in() -> None:
    x, y = rows(40)
    for dtype in (torch.float16, torch.float64):
        assert {t.dtype for t in solve_ridge(Gram.of(x.to(dtype), y, 3), 0.1)} == {torch.float32}


def test_constant_features_get_weight_zero_and_change_nothing_else() -> None:
    x, y = rows(40)
    padded = torch.cat([torch.full((40, 1), 3.7), x, torch.zeros(40, 1)], 1)
    weight, bias = solve_ridge(Gram.of(padded, y, 3), 0.0)
    alone, alone_bias = solve_ridge(Gram.of(x, y, 3), 0.0)
    assert not weight[..., [0, -1]].any()
    torch.testing.assert_close(weight[..., 1:-1], alone)
    torch.testing.assert_close(bias, alone_bias)


@pytest.mark.parametrize("scale", [1e-60, 1e-200])
def test_features_so_small_that_a_weight_would_overflow_count_as_constant(scale: float) -> None:
    x, y = rows(40)
    weight, bias = solve_ridge(Gram.of(x.double() * scale, y, 3), 0.1)
    assert not weight.any()
    assert bias.isfinite().all()


@pytest.mark.parametrize("count", [1, 4, 5])
def test_fewer_rows_than_features_need_a_penalty(count: int) -> None:
    x, y = rows(count, width=8)
    gram = Gram.of(x, y, 3)
    assert solve_ridge(gram, 1e-4).weight.isfinite().all()
    if count > 1:
        with pytest.raises(ShapeError, match=r"linearly dependent over .* rows, so ridge=0 leaves"):
            solve_ridge(gram, 0.0)


@pytest.mark.parametrize("seed", range(5))
def test_a_feature_that_is_a_sum_of_others_needs_a_penalty(seed: int) -> None:
    x, y = rows(40, seed=seed)
    x = torch.cat([x.double(), x.double().sum(1, keepdim=True)], 1)
    with pytest.raises(ShapeError, match="linearly dependent"):
        solve_ridge(Gram.of(x, y, 3), 0.0)
    assert solve_ridge(Gram.of(x, y, 3), 1e-6).weight.isfinite().all()


def test_no_rows_are_refused() -> None:
    with pytest.raises(ShapeError, match="no rows to fit"):
        solve_ridge(Gram.empty(5, 3, 3), 0.1)
