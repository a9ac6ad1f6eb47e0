from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from interp.errors import FileError, ShapeError, UnknownNameError
from interp.files import write_tensors
from probes import Gram, LinearProbe, ProbeError, ProbeWarning
from probes.affine import Affine
from tests.probes.made import rows, unchecked

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


def test_scores_are_weight_times_features_plus_bias() -> None:
    x, y = rows(30)
    probe = LinearProbe().fit(x, y)
    by_hand = torch.einsum("rw,tcw->rtc", x, probe.weight) + probe.bias
    torch.testing.assert_close(probe.scores(x), by_hand, rtol=1e-5, atol=1e-5)
    assert torch.equal(probe.predict(x), probe.scores(x).argmax(-1))


def test_gradients_flow_from_scores_to_features() -> None:
    x, y = rows(30)
    probe = LinearProbe().fit(x, y)
    x = x.clone().requires_grad_()
    probe.scores(x)[:, 1, 2].sum().backward()
    assert x.grad is not None
    torch.testing.assert_close(x.grad[0], probe.weight[1, 2])


def test_no_rows_are_predicted_as_no_rows() -> None:
    x, y = rows(30)
    probe = LinearProbe().fit(x, y)
    assert probe.predict(x[:0]).shape == (0, 3)
    assert probe.scores(x[:0]).shape == (0, 3, 3)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 20), target=st.integers(0, 2), class_=st.integers(0, 2))
def test_a_direction_is_a_unit_vector_that_raises_the_score_of_its_class(seed: int, target: int, class_: int) -> None:
    x, y = rows(60, seed=seed)
    probe = LinearProbe().fit(x, y)
    direction = probe.direction(target, class_)
    assert direction.shape == (5,)
    assert not direction.requires_grad
    assert abs(float(direction.norm()) - 1) < 1e-6
    gain = (probe.scores(x + direction) - probe.scores(x))[:, target]
    assert (gain[:, class_] > 0).all()
    assert (gain[:, class_] > gain.mean(1)).all()


def test_a_direction_is_the_class_weight_less_the_mean_weight_of_the_classes() -> None:
    x, y = rows(60)
    probe = board_probe().fit(x, y)
    difference = probe.weight[1, 2] - probe.weight[1].mean(0)
    torch.testing.assert_close(probe.direction("e4", "theirs"), difference / difference.norm())
    assert torch.equal(probe.direction("e4", "theirs"), probe.direction(1, 2))


def test_a_direction_leaves_out_what_all_classes_share() -> None:
    probe = LinearProbe().fit(*rows(9, width=2, targets=1))
    probe._fitted = Affine(torch.tensor([[[5.0, 3.0], [5.0, 0.0], [5.0, 0.0]]]), torch.zeros(1, 3))
    torch.testing.assert_close(probe.direction(0, 0), torch.tensor([0.0, 1.0]))


def test_an_unknown_name_is_an_error_that_names_the_nearest() -> None:
    x, y = rows(60)
    probe = board_probe().fit(x, y)
    with pytest.raises(UnknownNameError, match=r"unknown target 'e5'.*Did you mean 'e4'"):
        probe.direction("e5", "mine")
    with pytest.raises(UnknownNameError, match=r"unknown class 'thers'.*Did you mean 'theirs'"):
        probe.direction("e4", "thers")
    for number in (3, -1):
        with pytest.raises(UnknownNameError, match="As a number: 0 to 2"):
            probe.direction(number, "mine")


def test_a_name_asked_of_a_probe_without_names_says_how_to_give_them() -> None:
    x, y = rows(60)
    with pytest.raises(UnknownNameError, match="target names of this probe were not given"):
        LinearProbe().fit(x, y).direction("e4", 1)


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


def test_features_of_another_width_or_without_rows_are_refused() -> None:
    x, y = rows(40)
    probe = LinearProbe().fit(x, y)
    with pytest.raises(ShapeError, match="fitted to width 5, the features have 4"):
        probe.predict(x[:, :4])
    with pytest.raises(ShapeError, match="features must be"):
        unchecked(LinearProbe.scores)(probe, x[0])


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


@pytest.mark.parametrize("names", ["abc", (), ("a", "a")])
def test_names_must_be_distinct_strings(names: tuple[str, ...]) -> None:
    with pytest.raises(ShapeError, match="distinct strings"):
        LinearProbe(targets=names)


@pytest.mark.parametrize("ridge", [-1.0, float("nan"), float("inf")])
def test_a_penalty_must_be_finite_and_not_negative(ridge: float) -> None:
    with pytest.raises(ShapeError, match="ridge must be"):
        LinearProbe(ridge=ridge)


def test_a_probe_that_was_not_fitted_says_so(tmp_path: Path) -> None:
    probe = LinearProbe()
    x, _ = rows(3)
    for use in (lambda: probe.weight, lambda: probe.predict(x), lambda: probe.save(tmp_path / "p")):
        with pytest.raises(ProbeError, match="not fitted yet"):
            use()


def test_a_saved_probe_comes_back_whole(tmp_path: Path) -> None:
    x, y = rows(40)
    probe = board_probe(ridge=0.3).fit(x, y)
    probe.save(tmp_path / "deep" / "probe.safetensors")
    again = LinearProbe.load(str(tmp_path / "deep" / "probe.safetensors"))
    assert (again.ridge, again.targets, again.classes) == (0.3, SQUARES, COLOURS)
    assert torch.equal(again.weight, probe.weight)
    assert torch.equal(again.scores(x), probe.scores(x))
    assert torch.equal(again.direction("h8", "empty"), probe.direction("h8", "empty"))


def test_a_probe_without_names_is_saved_without_names(tmp_path: Path) -> None:
    LinearProbe().fit(*rows(40)).save(tmp_path / "p.safetensors")
    assert LinearProbe.load(tmp_path / "p.safetensors").targets is None


def test_any_other_file_is_refused(tmp_path: Path) -> None:
    write_tensors(tmp_path / "other.safetensors", {"weight": torch.zeros(2)})
    with pytest.raises(FileError, match="is no LinearProbe"):
        LinearProbe.load(tmp_path / "other.safetensors")
    with pytest.raises(FileError, match="cannot read"):
        LinearProbe.load(tmp_path / "absent.safetensors")
    (tmp_path / "cut.safetensors").write_bytes(b"\x10\x00")
    with pytest.raises(FileError, match="damaged"):
        LinearProbe.load(tmp_path / "cut.safetensors")


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
