from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from interp.errors import FileError, ShapeError, UnknownNameError
from interp.files import write_tensors
from probes import LinearProbe, LogisticProbe, ProbeError, ProbeWarning
from probes.affine import Affine
from tests.probes.made import rows, unchecked

SQUARES, COLOURS = ("a1", "e4", "h8"), ("empty", "mine", "theirs")


def board_probe(ridge: float = 1e-4) -> LinearProbe:
    return LinearProbe(ridge, targets=SQUARES, classes=COLOURS)


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


def test_features_of_another_width_or_without_rows_are_refused() -> None:
    x, y = rows(40)
    probe = LinearProbe().fit(x, y)
    with pytest.raises(ShapeError, match="fitted to width 5, the features have 4"):
        probe.predict(x[:, :4])
    with pytest.raises(ShapeError, match="features must be"):
        unchecked(LinearProbe.scores)(probe, x[0])


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


def test_a_direction_against_a_class_is_the_difference_of_their_weights() -> None:
    x, y = rows(60)
    probe = LinearProbe(targets=("a1", "e4", "h8"), classes=("empty", "mine", "theirs")).fit(x, y)
    found = probe.direction("e4", "mine", against="theirs")
    difference = probe.weight[1, 1] - probe.weight[1, 2]
    torch.testing.assert_close(found, difference / difference.norm())
    torch.testing.assert_close(found, -probe.direction("e4", "theirs", against="mine"))


@pytest.mark.parametrize("made", [LinearProbe(1e-2), LogisticProbe(1e-2)])
def test_a_class_has_no_direction_against_itself_or_against_one_that_never_came(made: LinearProbe) -> None:
    x, y = rows(60)
    with pytest.warns(ProbeWarning):
        probe = made.fit(x, y, classes=4)
    with pytest.raises(ProbeError, match="no direction for class 1 against 1"):
        probe.direction(0, 1, against=1)
    with pytest.raises(ProbeError, match="no direction for class 1 against 3"):
        probe.direction(0, 1, against=3)
    with pytest.raises(UnknownNameError):
        probe.direction(0, 1, against="mine")
