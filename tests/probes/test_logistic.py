from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from interp.errors import ShapeError
from probes import LogisticProbe, ProbeError, ProbeWarning, search
from tests.probes.made import rows

RIDGE = 1e-3


def drawn(count: int, classes: int, extra: float = 0.0, noise: float = 1.0) -> tuple[Tensor, Tensor]:
    """Features, and labels of three targets whose first class has `extra` in its logit."""
    x, _ = rows(count, width=6)
    g = torch.Generator().manual_seed(1)
    z = (x - x.mean(0)) / x.std(0)
    logits = (z @ torch.randn(6, 3 * classes, generator=g)).view(count, 3, classes)
    logits[..., 0] += extra
    gumbel = -torch.rand(logits.shape, generator=g).clamp(1e-9).log().neg().log()
    return x, (logits + noise * gumbel).argmax(-1)


def agree(probe: LogisticProbe, x: Tensor, y: Tensor, classes: int, weights: Tensor, most: float = 1e-5) -> None:
    """The objective and the centred coefficients of scikit-learn, for every target; `weights` [target, class]."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(x.double().numpy())
    z = scaler.transform(x.double().numpy())
    for target, labels in enumerate(y.T):
        mass = float(weights[target, labels].sum())
        # Of two classes scikit-learn penalises the difference of weights, which are twice ours, squared and halved.
        c = (2 if classes == 2 else 1) / (probe.ridge * mass)
        given = dict(enumerate(weights[target].tolist()))
        peer = LogisticRegression(C=c, tol=1e-8, max_iter=5000, class_weight=given).fit(z, labels.numpy())
        coefficients, bias = peer.coef_, peer.intercept_
        if classes == 2:
            coefficients, bias = np.concatenate([-coefficients, coefficients]) / 2, np.stack([-bias, bias]).ravel() / 2
        ours = probe.weight[target].double().numpy() * scaler.scale_
        shifted = (probe.bias[target].double() + probe.weight[target].double() @ torch.from_numpy(scaler.mean_)).numpy()

        def value(weight: Any, offset: Any, labels: Tensor = labels, target: int = target, mass: float = mass) -> float:
            logs = torch.from_numpy(z @ weight.T + offset).log_softmax(1)
            loss = -(logs[torch.arange(len(labels)), labels] * weights[target, labels]).sum() / mass
            return float(loss) + probe.ridge / 2 * float(((weight - weight.mean(0)) ** 2).sum())

        best = value(coefficients, bias)
        assert abs(value(ours, shifted) - best) <= most * best
        a, b = (ours - ours.mean(0)).ravel(), (coefficients - coefficients.mean(0)).ravel()
        assert a @ b / np.linalg.norm(a) / np.linalg.norm(b) > 0.9999
        assert abs(float(probe.objective_[target]) - best) <= 1e-4 * best


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("extra", [0.0, 4.0])
@pytest.mark.parametrize("kind", ["none", "balanced", "given"])
def test_it_ends_where_scikit_learn_ends(classes: int, extra: float, kind: str) -> None:
    x, y = drawn(600, classes, extra)
    weight: Sequence[float] | str | None = {"none": None, "balanced": "balanced", "given": (1.0, 5.0, 2.0)[:classes]}[
        kind
    ]
    counts = torch.stack([torch.bincount(labels, minlength=classes) for labels in y.T]).double()
    weights = {
        "none": torch.ones_like(counts),
        "balanced": 600 / (classes * counts),
        "given": torch.tensor([1.0, 5.0, 2.0])[:classes].double().expand_as(counts),
    }[kind]
    agree(LogisticProbe(RIDGE, class_weight=weight).fit(x, y, classes), x, y, classes, weights)


def test_a_target_that_is_nearly_separable_gets_a_metric_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = drawn(600, 3)
    y[:, 1] = drawn(600, 3, noise=0.03)[1][:, 1]
    groups, original = [], search._round

    def spy(*arguments: Any) -> Any:
        groups.append(arguments[4].tolist())
        return original(*arguments)

    monkeypatch.setattr(search, "_round", spy)
    probe = LogisticProbe(1e-4).fit(x, y)
    assert groups
    assert all(group == [1] for group in groups)
    agree(probe, x, y, 3, torch.ones(3, 3).double(), most=1e-4)


@pytest.mark.parametrize("ridge", [1e-6, 1e-4])
def test_fewer_rows_than_features_end_well_below_the_guess_by_frequency(ridge: float) -> None:
    x, _ = rows(9, width=20)
    y = (torch.arange(9) % 3)[:, None]
    with pytest.warns(ProbeWarning, match="9 rows for 20 features"):
        probe = LogisticProbe(ridge).fit(x, y)
    assert torch.equal(probe.predict(x), y)
    assert -1e-4 < float(probe.objective_) < 0.05


def test_without_a_penalty_rows_that_can_be_told_apart_have_no_best_weights() -> None:
    x, _ = rows(9, width=20)
    with pytest.raises(ShapeError, match=r"has no best weights.*Choose a larger ridge"):
        LogisticProbe(0.0).fit(x, (torch.arange(9) % 3)[:, None])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_every_precision_gives_the_probe_of_the_same_numbers_in_float32(dtype: torch.dtype) -> None:
    x, y = rows(200)
    probe = LogisticProbe(RIDGE, tolerance=1e-9).fit(x.to(dtype), y)
    exact = LogisticProbe(RIDGE, tolerance=1e-9).fit(x.to(dtype).float(), y)
    torch.testing.assert_close(probe.predict_proba(x), exact.predict_proba(x), rtol=0, atol=1e-3)


def test_arrays_give_arrays() -> None:
    x, y = rows(200)
    probe, same = LogisticProbe(RIDGE).fit(x.numpy(), y.numpy()), LogisticProbe(RIDGE).fit(x, y)
    assert isinstance(probe.predict(x.numpy()), np.ndarray)
    np.testing.assert_array_equal(probe.predict_proba(x.numpy()), same.predict_proba(x).numpy())
    assert isinstance(probe.predict(x), Tensor)


def test_two_fits_are_equal_bit_by_bit() -> None:
    x, y = rows(200)
    a, b = LogisticProbe(RIDGE).fit(x, y), LogisticProbe(RIDGE).fit(x, y)
    assert torch.equal(a.weight, b.weight)
    assert torch.equal(a.bias, b.bias)


def test_a_stream_that_starts_anew_each_pass_gives_the_probe_of_all_rows() -> None:
    x, y = rows(200)
    starts = list[int]()

    def batches() -> Iterator[tuple[Tensor, Tensor]]:
        starts.append(len(starts))
        yield from zip(torch.split(x, 37), torch.split(y, 37), strict=True)

    probe = LogisticProbe(RIDGE, tolerance=1e-9).fit_stream(batches, classes=3)
    whole = LogisticProbe(RIDGE, tolerance=1e-9).fit(x, y)
    assert len(starts) > probe.passes_
    torch.testing.assert_close(probe.predict_proba(x), whole.predict_proba(x), rtol=0, atol=1e-3)


@pytest.mark.usefixtures("unchecked")
def test_a_stream_that_cannot_be_read_again_is_refused_with_the_reason() -> None:
    x, y = rows(200)
    with pytest.raises(ProbeError, match="give a function that starts them anew"):
        LogisticProbe().fit_stream(iter([(x, y)]), classes=3)  # type: ignore[arg-type]
    once = iter([(x, y)])
    with pytest.raises(ProbeError, match="there were 200 rows with labels and now 0"):
        LogisticProbe().fit_stream(lambda: once, classes=3)
    with pytest.raises(ProbeError, match="classes=3"):
        LogisticProbe().fit_stream(lambda: [(x, y)])


@pytest.mark.parametrize("classes", [1, 3])
def test_a_target_with_one_class_has_it_with_probability_1(classes: int) -> None:
    x, y = rows(60)
    with pytest.warns(ProbeWarning, match="one class only"):
        probe = LogisticProbe().fit(x, torch.zeros_like(y), classes)
    assert probe.weight.shape == (3, classes, 5)
    assert torch.equal(probe.predict_proba(10 * x)[..., 0], torch.ones(60, 3))
    assert not probe.predict(x).any()


@pytest.mark.parametrize("absent", [0, 2])
def test_a_class_that_no_row_has_has_probability_0_and_is_saved_so(absent: int, tmp_path: Path) -> None:
    x, y = rows(60, classes=2)
    y = y + int(absent == 0)
    with pytest.warns(ProbeWarning, match="no row had some of the 3 classes"):
        probe = LogisticProbe(class_weight="balanced").fit(x, y, classes=3)
    probe.save(tmp_path / "p.safetensors")
    for one in (probe, LogisticProbe.load(tmp_path / "p.safetensors")):
        assert (one.bias[:, absent] == -torch.inf).all()
        assert not one.predict_proba(1e3 * x)[..., absent].any()
        assert one.predict_proba(x).isfinite().all()
        with pytest.raises(ProbeError, match="no direction"):
            one.direction(0, absent)
        assert one.direction(0, 1).isfinite().all()


def test_features_that_never_vary_leave_the_frequencies() -> None:
    _, y = rows(60, targets=1)
    with pytest.warns(ProbeWarning, match="no feature varies"):
        probe = LogisticProbe().fit(torch.full((60, 4), 2.5), y)
    shares = torch.bincount(y[:, 0], minlength=3) / 60
    torch.testing.assert_close(probe.predict_proba(torch.ones(1, 4))[0, 0], shares, rtol=1e-3, atol=1e-4)


def test_rows_whose_labels_are_all_negative_are_left_out() -> None:
    x, y = rows(200)
    kept = torch.arange(200) % 4 != 0
    y[~kept], x[~kept] = -1, float("nan")
    some, all_ = LogisticProbe(RIDGE).fit(x, y), LogisticProbe(RIDGE).fit(x[kept], y[kept])
    assert torch.equal(some.weight, all_.weight)


@pytest.mark.usefixtures("unchecked")
def test_bad_rows_are_refused_with_their_place() -> None:
    x, y = rows(60)
    with pytest.raises(ShapeError, match="60 rows of features but 59 rows of labels"):
        LogisticProbe().fit(x, y[:59])
    with pytest.raises(ShapeError, match="no rows to fit"):
        LogisticProbe().fit(x, torch.full_like(y, -1))
    x[3, 1] = float("nan")
    with pytest.raises(ShapeError, match="NaN or infinity in 1 of 60 rows, first in feature 1"):
        LogisticProbe().fit(x, y)


def test_what_has_not_converged_is_said() -> None:
    x, y = rows(200)
    with pytest.warns(ProbeWarning, match="3 of 3 targets had not converged after 1 passes"):
        assert LogisticProbe(passes=1).fit(x, y).passes_ == 1


def test_a_stream_after_one_target_has_the_target_axis_again() -> None:
    x, y = rows(60)
    probe = LogisticProbe().fit(x, y[:, 0])
    assert probe.predict(x).shape == (60,)
    assert probe.fit_stream(lambda: [(x, y)], classes=3).predict(x).shape == (60, 3)


@pytest.mark.parametrize(
    "make",
    [
        lambda: LogisticProbe(tolerance=0.0),
        lambda: LogisticProbe(passes=0),
        lambda: LogisticProbe(class_weight="equal"),
        lambda: LogisticProbe(class_weight=(1.0, -1.0)),
        lambda: LogisticProbe(class_weight=(1.0, 2.0)).fit(*rows(60)),
    ],
)
def test_settings_that_mean_nothing_are_refused(make: Callable[[], object]) -> None:
    with pytest.raises(ShapeError, match=r"class_weight|tolerance"):
        make()
