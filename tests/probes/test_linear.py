from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from interp.errors import ShapeError
from probes import Gram, LinearProbe, ProbeError, ProbeWarning
from tests.probes.made import rows

SQUARES, COLOURS = ("a1", "e4", "h8"), ("empty", "mine", "theirs")


def board_probe(ridge: float = 1e-4) -> LinearProbe:
    return LinearProbe(ridge, targets=SQUARES, classes=COLOURS)


def close(a: LinearProbe, b: LinearProbe) -> None:
    torch.testing.assert_close(a.weight, b.weight, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(a.bias, b.bias, rtol=1e-5, atol=1e-5)


def test_separable_rows_are_predicted_without_an_error() -> None:
    centres = torch.tensor([[0.0, 0.0], [5.0, 0.0], [0.0, 5.0]])
    generator = torch.Generator().manual_seed(0)
    y = torch.randint(0, 3, (90, 1), generator=generator)
    x = centres[y[:, 0]] + 0.3 * torch.randn(90, 2, generator=generator)
    assert torch.equal(LinearProbe().fit(x, y).predict(x), y)


def test_predictions_are_those_of_scikit_learn_ridge() -> None:
    from sklearn.linear_model import RidgeClassifier
    from sklearn.preprocessing import StandardScaler

    x, y = rows(80)
    scaled = StandardScaler().fit_transform(x.double().numpy())
    ours = LinearProbe(ridge=0.1).fit(x, y).predict(x)
    for target in range(3):
        # Its +-1 codes are 2 * (0, 1) - 1: the same argmax for the same penalty.
        theirs = RidgeClassifier(alpha=0.1 * 80).fit(scaled, y[:, target].numpy()).predict(scaled)
        np.testing.assert_array_equal(ours[:, target], theirs)


@settings(max_examples=15, deadline=None)
@given(cut=st.integers(0, 40), order=st.permutations(range(40)))
def test_a_stream_in_any_order_gives_the_probe_of_all_rows(cut: int, order: list[int]) -> None:
    x, y = rows(40)

    def stream() -> Iterator[tuple[Tensor, Tensor]]:
        for part in (order[:cut], order[cut:]):
            yield x[part], y[part]

    close(LinearProbe(ridge=0.01).fit_stream(stream(), classes=3), LinearProbe(ridge=0.01).fit(x, y))


def test_a_stream_is_read_once_and_its_batches_are_let_go() -> None:
    import weakref

    seen: list[weakref.ref[Tensor]] = []

    def stream() -> Iterator[tuple[Tensor, Tensor]]:
        for seed in range(4):
            assert sum(ref() is not None for ref in seen) <= 1
            x, y = rows(10, seed=seed)
            seen.append(weakref.ref(x))
            yield x, y
            del x, y

    board_probe().fit_stream(stream())
    assert len(seen) == 4


def test_many_penalties_share_one_gram() -> None:
    x, y = rows(40)
    gram = Gram.of(x, y, 3)
    for ridge in (1e-3, 1.0):
        close(LinearProbe(ridge=ridge).fit_gram(gram), LinearProbe(ridge=ridge).fit(x, y))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_every_precision_is_accepted_and_the_result_is_float32(dtype: torch.dtype) -> None:
    x, y = rows(60)
    probe = LinearProbe().fit(x.to(dtype), y)
    assert probe.weight.dtype == probe.bias.dtype == probe.scores(x.to(dtype)).dtype == torch.float32
    exact = LinearProbe().fit(x.to(dtype).double(), y)
    torch.testing.assert_close(probe.scores(x.to(dtype)), exact.scores(x.to(dtype)))


def test_no_rows_are_predicted_as_no_rows() -> None:
    x, y = rows(30)
    probe = LinearProbe().fit(x, y)
    assert probe.predict(x[:0]).shape == (0, 3)
    assert probe.scores(x[:0]).shape == (0, 3, 3)


def test_a_target_with_one_class_is_predicted_as_that_class_and_has_no_direction() -> None:
    x, y = rows(60)
    y[:, 1] = 2
    with pytest.warns(ProbeWarning, match="one class only in the rows that were fitted, for target 1"):
        probe = LinearProbe().fit_stream([(x[:13], y[:13]), (x[13:], y[13:])], classes=3)
    assert (probe.predict(x * 10)[:, 1] == 2).all()
    for class_ in range(3):
        with pytest.raises(ProbeError, match="always or never this class"):
            probe.direction(1, class_)
    assert probe.direction(0, 1).isfinite().all()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 50), ridge=st.sampled_from([1e-4, 0.1, 10.0]))
def test_a_class_that_no_row_has_is_never_predicted_and_has_no_direction(seed: int, ridge: float) -> None:
    x, y = rows(30, classes=3, seed=seed)
    with pytest.warns(ProbeWarning, match="no row had some of the 4 classes of targets 0, 1, 2"):
        probe = LinearProbe(ridge=ridge).fit(x, y, classes=4)
    assert (probe.predict(torch.cat([x, 100 * x, -x])) < 3).all()
    assert not probe.scores(x)[..., 3].any()
    with pytest.raises(ProbeError, match="no direction"):
        probe.direction(0, 3)


def test_features_that_never_vary_leave_the_most_frequent_class() -> None:
    _, y = rows(31, targets=1)
    with pytest.warns(ProbeWarning, match="no feature varies over 31 rows"):
        probe = LinearProbe().fit(torch.full((31, 4), 2.5), y)
    assert (probe.predict(torch.randn(9, 4, generator=torch.Generator().manual_seed(0))) == y.mode(0).values).all()
    with pytest.raises(ProbeError, match="no direction"):
        probe.direction(0, 0)


def test_fewer_rows_than_features_are_fitted_with_a_penalty_and_refused_without() -> None:
    x, _ = rows(8, width=20)
    y = torch.stack([torch.arange(8) % 3, torch.arange(8) // 3], 1)  # every class: one warning only
    with pytest.warns(ProbeWarning, match="8 rows for 20 features"):
        assert torch.equal(LinearProbe().fit(x, y, classes=3).predict(x), y)
    with pytest.raises(ShapeError, match="linearly dependent"):
        LinearProbe(ridge=0.0).fit(x, y)


def test_one_row_is_remembered() -> None:
    x, y = rows(1)
    with pytest.warns(ProbeWarning):
        assert torch.equal(LinearProbe().fit(x, y, classes=3).predict(x), y)


def test_rows_without_labels_are_left_out() -> None:
    x, y = rows(40)
    y[::4], x[::4] = -1, float("nan")
    kept = torch.arange(40) % 4 != 0
    close(LinearProbe().fit(x, y), LinearProbe().fit(x[kept], y[kept]))


@pytest.mark.parametrize("classes", [None, 3])
def test_nothing_to_fit_is_refused(classes: int | None) -> None:
    x, y = rows(10)
    for features, labels in ((x[:0], y[:0]), (x, torch.full_like(y, -1))):
        with pytest.raises(ShapeError, match="no rows to fit"):
            LinearProbe().fit(features, labels, classes=classes)
    with pytest.raises(ShapeError, match="no rows to fit"):
        LinearProbe().fit_stream([], classes=3)


def test_labels_beyond_the_classes_are_refused() -> None:
    x, y = rows(40)
    with pytest.raises(ShapeError, match="2 classes allow 0 to 1"):
        LinearProbe().fit(x, y, classes=2)


def test_nan_is_refused_in_fit_and_in_predict() -> None:
    x, y = rows(40)
    probe = LinearProbe().fit(x, y)
    x[3, 1] = float("nan")
    with pytest.raises(ShapeError, match="NaN or infinity in 1 of 40 rows, first in feature 1"):
        LinearProbe().fit(x, y)
    with pytest.raises(ShapeError, match="NaN or infinity"):
        probe.predict(x)


def test_a_failed_fit_leaves_the_earlier_one() -> None:
    x, y = rows(40)
    probe = LinearProbe().fit(x, y)
    weight = probe.weight
    with pytest.raises(ShapeError):
        probe.fit(x, y, classes=2)
    assert probe.weight is weight


def test_the_number_of_names_must_match_the_labels() -> None:
    x, y = rows(40)
    with pytest.raises(ShapeError, match="given 2 target names, but the labels have 3"):
        LinearProbe(targets=("a", "b")).fit(x, y)
    with pytest.raises(ShapeError, match="must be at least 1 and the number of class names"):
        board_probe().fit(x, y, classes=2)
    with pytest.raises(ShapeError, match="must be at least 1"):
        LinearProbe().fit(x, y, classes=0)


def test_a_stream_needs_to_know_the_number_of_classes() -> None:
    with pytest.raises(ProbeError, match="classes=3"):
        LinearProbe().fit_stream([rows(10)])


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_probe_fitted_on_the_gpu_is_that_of_the_cpu(tmp_path: Path) -> None:
    x, y = rows(40)
    probe = LinearProbe().fit(x.cuda(), y)
    assert probe.weight.is_cuda
    torch.testing.assert_close(probe.weight.cpu(), LinearProbe().fit(x, y).weight)
    assert torch.equal(probe.predict(x), probe.predict(x.cuda()).cpu())
    probe.save(tmp_path / "p.safetensors")
    assert not LinearProbe.load(tmp_path / "p.safetensors").weight.is_cuda
