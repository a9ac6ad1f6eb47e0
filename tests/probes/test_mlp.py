import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from interp.errors import FileError, ShapeError, UnknownNameError
from interp.files import write_tensors
from probes import LinearProbe, MLPProbe, Origin, ProbeError, ProbeWarning
from tests.probes.made import rows, unchecked

SQUARES, COLOURS = ("a1", "e4", "h8"), ("empty", "mine", "theirs")


def small(**changes: Any) -> MLPProbe:
    return MLPProbe(**{"hidden": 16, "epochs": 5, "batch": 32, "rate": 0.01, **changes})


def bits(probe: MLPProbe) -> bytes:
    return b"".join(tensor.numpy().tobytes() for tensor in probe.layers)


def xor(count: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Whether two features have the same sign: no direction tells."""
    x = torch.randn(count, 4, generator=torch.Generator().manual_seed(seed)) * 3 + 20
    return x, ((x[:, :1] > 20) == (x[:, 1:2] > 20)).long()


def test_it_learns_what_no_direction_tells() -> None:
    x, y = xor(2000)
    fresh, asked = xor(500, seed=1)
    probe = MLPProbe(hidden=32, epochs=40, rate=0.02, batch=128).fit(x, y)
    assert probe.score(fresh, asked) > 0.95
    assert LinearProbe().fit(x, y).score(fresh, asked) < 0.65
    assert probe.losses_[0] > 0.6
    assert probe.losses_[-1] < 0.15


def test_it_reaches_the_linear_probe_where_directions_tell_all() -> None:
    x, y = rows(3000)
    fresh, asked = x[2000:], y[2000:]
    linear = LinearProbe().fit(x[:2000], y[:2000]).score(fresh, asked)
    assert abs(MLPProbe(epochs=15, hidden=64, batch=128).fit(x[:2000], y[:2000]).score(fresh, asked) - linear) < 0.02


def test_scores_are_two_affine_maps_around_a_relu_and_probabilities_their_softmax() -> None:
    x, y = rows(60)
    probe = small().fit(x, y)
    inner, inner_bias, outer, outer_bias = probe.layers
    hidden = torch.relu(x @ inner.T + inner_bias)
    by_hand = torch.einsum("rh,cth->rtc", hidden, outer) + outer_bias.T
    torch.testing.assert_close(probe.scores(x), by_hand, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(probe.predict_proba(x), by_hand.softmax(-1), rtol=1e-4, atol=1e-5)
    assert torch.equal(probe.predict(x), probe.scores(x).argmax(-1))
    assert probe.score(x, y) == float((probe.predict(x) == y).double().mean())


def test_the_same_seed_gives_the_same_bits_and_the_global_generator_is_left_alone() -> None:
    x, y = rows(100)
    state = torch.random.get_rng_state()
    one, same, other = (small(seed=seed).fit(x, y) for seed in (3, 3, 4))
    assert bits(one) == bits(same) == bits(one.fit(x, y))
    assert bits(one) != bits(other)
    assert torch.equal(torch.random.get_rng_state(), state)


def test_neither_scale_nor_origin_of_a_feature_matters() -> None:
    x, y = rows(200)
    one, other = small().fit(x, y), small().fit(x * 8 - 100, y)
    torch.testing.assert_close(one.predict_proba(x), other.predict_proba(x * 8 - 100), rtol=0.01, atol=0.003)


def test_before_it_has_learned_anything_it_says_the_class_frequencies() -> None:
    x, y = rows(60)
    probe = small(rate=1e-12).fit(x, y)
    frequencies = torch.stack([(y == k).float().mean(0) for k in range(3)], 1)
    torch.testing.assert_close(probe.predict_proba(x), frequencies.expand(60, -1, -1))


def test_class_weights_are_those_of_repeated_rows() -> None:
    x, y = rows(60, targets=1, classes=2)
    twice = torch.cat([torch.arange(60), (y[:, 0] == 1).nonzero()[:, 0]])
    weighted = small(class_weight=(1.0, 2.0), rate=1e-12).fit(x, y).predict_proba(x)
    torch.testing.assert_close(weighted, small(rate=1e-12).fit(x[twice], y[twice]).predict_proba(x))
    balanced = small(class_weight="balanced", rate=1e-12).fit(x, y)
    torch.testing.assert_close(balanced.predict_proba(x), torch.full((60, 1, 2), 0.5))
    counts = torch.bincount(y[:, 0]).double()
    given = small(class_weight=(60 / counts / 2).tolist()).fit(x, y)
    again = small(class_weight="balanced").fit(x, y)
    torch.testing.assert_close(again.predict_proba(x), given.predict_proba(x), rtol=1e-3, atol=1e-4)


def test_gradients_flow_from_scores_to_features() -> None:
    x, y = rows(30)
    probe = small().fit(x.clone().requires_grad_(), y)
    assert not any(tensor.requires_grad for tensor in probe.layers)
    x = x.clone().requires_grad_()
    probe.scores(x)[:, 1, 2].sum().backward()
    step = torch.zeros(5)
    step[3] = 1e-2
    assert x.grad is not None
    slope = (probe.scores(x + step) - probe.scores(x - step))[:, 1, 2] / 2e-2
    torch.testing.assert_close(x.grad[:, 3].median(), slope.median().detach(), rtol=0.1, atol=1e-3)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_every_precision_is_accepted_and_the_result_is_float32(dtype: torch.dtype) -> None:
    x, y = rows(60)
    probe = small().fit(x.to(dtype), y)
    assert {tensor.dtype for tensor in probe.layers} == {torch.float32}
    assert probe.scores(x.to(dtype)).dtype == torch.float32
    torch.testing.assert_close(
        probe.predict_proba(x), small().fit(x.to(dtype).float(), y).predict_proba(x), rtol=1e-3, atol=1e-3
    )


def test_arrays_give_arrays_and_labels_of_one_target_come_back_without_the_axis() -> None:
    x, y = rows(60, targets=1)
    probe = small().fit(x.numpy(), y[:, 0].numpy())
    assert probe.predict(x.numpy()).shape == (60,)
    assert probe.predict_proba(x.numpy()).shape == (60, 3)
    assert probe.score(x.numpy(), y[:, 0].numpy()) == probe.score(x, y)
    assert probe.predict(x[:0]).shape == (0,)


def test_rows_without_labels_are_left_out_unseen() -> None:
    x, y = rows(80)
    kept = torch.arange(80) % 4 != 0
    clean = small().fit(x[kept], y[kept])
    x[~kept], y[~kept] = float("nan"), -1
    assert bits(small().fit(x, y)) == bits(clean)


def test_a_target_with_one_class_and_a_class_without_rows() -> None:
    x, y = rows(60)
    y[:, 1] = 2
    with pytest.warns(ProbeWarning) as caught:
        probe = small().fit(x, y, classes=4)
    said = [str(warning.message) for warning in caught]
    assert any("one class only in the rows that were fitted, for target 1" in text for text in said)
    assert any("no row had some of the 4 classes of targets 0, 2" in text for text in said)
    chances = probe.predict_proba(torch.cat([x, 100 * x, -x]))
    assert (chances[:, 1, 2] == 1).all()
    assert not chances[..., 3].any()
    assert chances.isfinite().all()


def test_features_that_never_vary_leave_the_class_frequencies() -> None:
    _, y = rows(31, targets=1)
    with pytest.warns(ProbeWarning, match="no feature varies over 31 rows"):
        probe = small().fit(torch.full((31, 4), 2.5), y)
    fresh = torch.randn(9, 4, generator=torch.Generator().manual_seed(0))
    assert (probe.predict(fresh) == y.mode(0).values).all()
    x, y = rows(60)
    x[:, 2] = 7.0
    with pytest.warns(ProbeWarning, match="1 of 5 features never vary"):
        probe = small().fit(x, y)
    assert not probe.layers.inner[:, 2].any()


def test_one_row_is_remembered() -> None:
    x, y = rows(1)
    with pytest.warns(ProbeWarning):
        assert torch.equal(small().fit(x, y, classes=3).predict(x), y)


@pytest.mark.usefixtures("unchecked")
def test_rows_that_cannot_be_fitted_are_refused_and_the_earlier_fit_stays() -> None:
    x, y = rows(40)
    probe = small().fit(x, y)
    before = bits(probe)
    gaps, bad = y.clone(), x.clone()
    gaps[3, 1], bad[3, 1] = -1, float("nan")
    for features, labels, match in (
        (x[:0], y[:0], "no rows to fit"),
        (x, torch.full_like(y, -1), "no rows to fit"),
        (x, gaps, "row 3 has labels for some targets only"),
        (bad, y, "NaN or infinity in 1 of 40 rows, first in feature 1"),
        (x[:-1], y, "row i must match row i"),
        (x, y.float(), "labels must be integers"),
    ):
        with pytest.raises(ShapeError, match=match):
            probe.fit(features, labels)
    with pytest.raises(ShapeError, match="2 classes allow 0 to 1"):
        probe.fit(x, y, classes=2)
    with pytest.raises(ShapeError, match="class_weight has 2 numbers for 3 classes"):
        small(class_weight=(1.0, 2.0)).fit(x, y)
    with pytest.raises(ShapeError, match="given 2 target names"):
        small(targets=("a", "b")).fit(x, y)
    assert bits(probe) == before


def test_rows_that_cannot_be_read_are_refused() -> None:
    x, y = rows(40)
    probe = small().fit(x, y)
    with pytest.raises(ShapeError, match="fitted to width 5, not to 4"):
        probe.predict(x[:, :4])
    with pytest.raises(ShapeError, match="features must be"):
        unchecked(MLPProbe.scores)(probe, x[0])
    x[3, 1] = float("inf")
    with pytest.raises(ShapeError, match="NaN or infinity"):
        probe.predict(x)


def test_a_training_that_diverges_says_so() -> None:
    x, y = rows(200)
    with pytest.raises(ProbeError, match="rate=1e\\+30 is too large"):
        small(rate=1e30).fit(x, y)


@pytest.mark.parametrize(
    "wrong",
    [
        {"hidden": 0},
        {"epochs": 0},
        {"batch": 1.5},
        {"rate": 0.0},
        {"rate": float("nan")},
        {"weight_decay": -1.0},
        {"seed": -1},
        {"class_weight": "even"},
        {"class_weight": (1.0, 0.0)},
    ],
)
def test_settings_that_mean_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ShapeError, match=next(iter(wrong))):
        unchecked(MLPProbe.__init__)(MLPProbe(), **wrong)


def test_a_probe_that_was_not_fitted_says_so(tmp_path: Path) -> None:
    probe = MLPProbe()
    for use in (lambda: probe.layers, lambda: probe.predict(rows(3)[0]), lambda: probe.save(tmp_path / "p")):
        with pytest.raises(ProbeError, match="not fitted yet"):
            use()


def test_settings_can_be_read_and_changed() -> None:
    probe = small(targets=SQUARES).fit(*rows(60))
    assert probe.get_params()["hidden"] == 16
    assert probe.set_params(hidden=8).hidden == 8
    assert probe.targets == SQUARES
    with pytest.raises(ProbeError, match="not fitted"):
        _ = probe.layers
    with pytest.raises(UnknownNameError, match="unknown argument of MLPProbe 'ridge'"):
        probe.set_params(ridge=1.0)


def test_a_saved_probe_comes_back_whole(tmp_path: Path) -> None:
    x, y = rows(60)
    path = tmp_path / "deep" / "probe.safetensors"
    origin = Origin("f" * 64, "blocks.2.hook_resid_post")
    probe = small(targets=SQUARES, classes=COLOURS, class_weight=(1.0, 2.0, 1.0), origin=origin).fit(x, y)
    probe.save(path)
    again = MLPProbe.load(str(path))
    assert again.get_params() == probe.get_params()
    assert bits(again) == bits(probe)
    assert torch.equal(again.scores(x), probe.scores(x))
    assert bits(again.fit(x, y)) == bits(probe)
    plain = small().fit(x, y[:, 0])
    plain.save(path)
    assert MLPProbe.load(path).targets is None
    assert MLPProbe.load(path).predict(x).shape == (60,)


def test_any_other_file_is_refused(tmp_path: Path) -> None:
    write_tensors(tmp_path / "other.safetensors", {"weight": torch.zeros(2)})
    LinearProbe().fit(*rows(40)).save(tmp_path / "linear.safetensors")
    for name in ("other", "linear"):
        with pytest.raises(FileError, match="is no MLPProbe"):
            MLPProbe.load(tmp_path / f"{name}.safetensors")
    with pytest.raises(FileError, match="cannot read"):
        MLPProbe.load(tmp_path / "absent.safetensors")


def test_a_fit_without_complaints_warns_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        small().fit(*rows(60))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_probe_fitted_on_the_gpu_is_about_that_of_the_cpu() -> None:
    x, y = rows(200)
    probe = small().fit(x.cuda(), y)
    assert all(tensor.is_cuda for tensor in probe.layers)
    torch.testing.assert_close(probe.predict_proba(x), small().fit(x, y).predict_proba(x), rtol=0.02, atol=0.01)
