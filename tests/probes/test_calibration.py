import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from interp.errors import ShapeError
from probes.calibration import Calibration, calibration
from tests.probes.made import unchecked


def chances(count: int, targets: int = 2, classes: int = 3, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Probabilities, some of them exactly 0 and 1, and labels that are missing here and there."""
    generator = torch.Generator().manual_seed(seed)
    found = (3 * torch.randn(count, targets, classes, generator=generator)).softmax(-1)
    found[0] = torch.nn.functional.one_hot(torch.zeros(targets).long(), classes)
    return found, torch.randint(-1, classes, (count, targets), generator=generator)


def slow(probabilities: Tensor, labels: Tensor, bins: int) -> tuple[float, list[list[float]], float, float]:
    """The definition, one label at a time: error, [confidence sum, right, count] per bin, Brier score, log loss."""
    sums = [[0.0, 0.0, 0.0] for _ in range(bins)]
    edges = torch.linspace(0, 1, bins + 1, dtype=torch.float64).to(probabilities.dtype).tolist()
    brier = logs = total = 0.0
    for row, asked in zip(probabilities.tolist(), labels.tolist(), strict=True):
        for p, label in zip(row, asked, strict=True):
            if label < 0:
                continue
            top = max(p)
            place = next(i for i in range(bins) if top <= edges[i + 1])
            sums[place][0] += top
            sums[place][1] += p.index(top) == label
            sums[place][2] += 1
            brier += sum((q - (k == label)) ** 2 for k, q in enumerate(p))
            logs += -math.log(p[label]) if p[label] else math.inf
            total += 1
    error = sum(n / total * abs(right / n - sure / n) for sure, right, n in sums if n)
    return error, sums, brier / total, logs / total


def test_a_case_by_hand() -> None:
    p = torch.tensor([[[0.75, 0.25]], [[0.75, 0.25]], [[0.375, 0.625]], [[0.0, 1.0]]])
    found = calibration(p, torch.tensor([[0], [1], [1], [1]]), bins=4)
    assert found.counts.tolist() == [0, 0, 3, 1]  # 0.75 is the upper edge of its bin and inside
    assert found.confidence[2:].tolist() == [pytest.approx(2.125 / 3), 1.0]
    assert found.accuracy[2:].tolist() == [pytest.approx(2 / 3), 1.0]
    assert found.confidence[:2].isnan().all()
    assert found.accuracy[:2].isnan().all()
    assert found.error == pytest.approx(0.125 / 4)
    assert found.brier == pytest.approx((2 * 0.0625 + 2 * 0.5625 + 2 * 0.140625 + 0) / 4)
    assert found.log_loss == pytest.approx(-(math.log(0.75) + math.log(0.25) + math.log(0.625)) / 4)


@settings(max_examples=25, deadline=None)
@given(count=st.integers(1, 30), classes=st.integers(1, 4), bins=st.integers(1, 20), seed=st.integers(0, 1000))
def test_it_is_the_loop_over_labels(count: int, classes: int, bins: int, seed: int) -> None:
    p, y = chances(count, classes=classes, seed=seed)
    y[0, 0] = 0
    found, (error, sums, brier, logs) = calibration(p, y, bins), slow(p, y, bins)
    confidence, right, counts = torch.tensor(sums, dtype=torch.float64).T
    torch.testing.assert_close(found.confidence, confidence / counts, equal_nan=True)
    torch.testing.assert_close(found.accuracy, right / counts, equal_nan=True)
    assert found.counts.tolist() == counts.tolist()
    assert found[0] == pytest.approx(error, abs=1e-12)
    assert found.brier == pytest.approx(brier, abs=1e-12)
    assert found.log_loss == pytest.approx(logs, abs=1e-12)


def test_many_rows_are_those_of_their_parts() -> None:
    p, y = chances(9000, targets=1)
    p[0], y[0] = p[1], 0
    found = calibration(p, y)
    error, _, brier, logs = slow(p, y, 15)
    assert found.error == pytest.approx(error)
    assert found.brier == pytest.approx(brier)
    assert found.log_loss == pytest.approx(logs)


def test_certain_and_right_costs_nothing_and_certain_and_wrong_everything() -> None:
    p = torch.tensor([[[1.0, 0.0, 0.0]]])
    right, wrong = calibration(p, torch.tensor([[0]])), calibration(p, torch.tensor([[2]]))
    assert (right.error, right.brier, right.log_loss) == (0, 0, 0)
    assert (wrong.error, wrong.brier, wrong.log_loss) == (1, 2, math.inf)
    assert right.counts.tolist() == [0] * 14 + [1]


def test_half_sure_and_half_right_is_calibrated() -> None:
    p = torch.full((6, 1, 2), 0.5)
    found = calibration(p, torch.tensor([0, 0, 0, 1, 1, 1])[:, None], bins=2)
    assert found.error == 0
    assert found.counts.tolist() == [6, 0]
    assert found.log_loss == pytest.approx(math.log(2))


def test_all_right_but_unsure_is_off_by_what_is_missing() -> None:
    p = torch.tensor([0.6, 0.4]).expand(5, 1, 2)
    assert calibration(p, torch.zeros(5, 1).long()).error == pytest.approx(0.4)


def test_negative_labels_are_not_counted() -> None:
    p, y = chances(20)
    y[0] = -1
    counted = (y >= 0).all(1)
    y[~counted] = -1
    found, alone = calibration(p, y), calibration(p[counted], y[counted])
    for a, b in zip(found, alone, strict=True):
        torch.testing.assert_close(torch.as_tensor(a), torch.as_tensor(b), equal_nan=True)
    assert int(found.counts.sum()) == int((y >= 0).sum())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_probabilities_of_any_precision_are_accepted(dtype: torch.dtype) -> None:
    p, y = chances(50)
    y[0] = 0
    assert calibration(p.to(dtype), y).brier == pytest.approx(calibration(p, y).brier, abs=0.01)


def test_what_is_no_probability_is_refused() -> None:
    p, y = chances(5)
    y[0] = 0
    for wrong in (p * 2, p - 1 / 3, torch.full_like(p, float("nan")), torch.stack([-p[..., 0], 1 + p[..., 0]], -1)):
        with pytest.raises(ShapeError, match="no probabilities"):
            calibration(wrong, y.clamp(max=1))
    for labels, match in ((y + 3, "3 classes have probabilities"), (torch.full_like(y, -1), "nothing to count")):
        with pytest.raises(ShapeError, match=match):
            calibration(p, labels)
    with pytest.raises(ShapeError, match="nothing to count"):
        calibration(p[:0], y[:0])
    with pytest.raises(ShapeError, match="bins must be at least 1"):
        calibration(p, y, bins=0)
    with pytest.raises(ShapeError, match=r"For one target: probabilities\[:, None\]"):
        unchecked(calibration)(p[:, 0], y[:, 0])


def test_the_fields_are_in_the_order_in_which_they_are_named() -> None:
    assert Calibration._fields == ("error", "confidence", "accuracy", "counts", "brier", "log_loss")
