import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from interp.matching import MatchWarning, best_f1
from interp.matching import thresholds as module
from tests.interp.matching.made import KINDS, labels, latents, slow_best


def agrees(x: torch.Tensor, y: torch.Tensor) -> None:
    found = best_f1(x, y)
    slow = np.array(
        [[slow_best(x[:, i].numpy(), y[:, j].numpy()) for j in range(y.shape[1])] for i in range(x.shape[1])]
    )
    for part, expected in zip(found, np.moveaxis(slow, 2, 0), strict=True):
        assert np.allclose(part.numpy(), expected, rtol=0, atol=1e-15)
    assert np.array_equal(found.threshold.numpy(), slow[..., 1])


def test_by_hand() -> None:
    """Two of three calls at 1 or higher are right, and both rows with the label are called: F1 = 2 * 2 / (3 + 2)."""
    found = best_f1(torch.tensor([[5.0], [2.0], [1.0], [0.0]]), torch.tensor([[True], [False], [True], [False]]))
    assert [part.item() for part in found] == [4 / 5, 1.0, 2 / 3, 1.0]


@pytest.mark.parametrize("kind", KINDS)
def test_every_pair_agrees_with_a_search_threshold_by_threshold(kind: str) -> None:
    agrees(latents(90, 5, kind), labels(90, 6))


@pytest.mark.parametrize("cells", [1, 12, 50])
@pytest.mark.parametrize("kind", KINDS)
def test_blocks_of_any_size_give_the_same(monkeypatch: pytest.MonkeyPatch, kind: str, cells: int) -> None:
    """A tie may begin in one block and end in another."""
    monkeypatch.setattr(module, "_CELLS", cells)
    agrees(latents(40, 3, kind), labels(40, 4))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=2, max_size=30))
def test_any_small_case_agrees_with_the_search(rows: list[tuple[int, bool]]) -> None:
    values, label = (torch.tensor(part) for part in zip(*rows, strict=True))
    if 0 < int(label.sum()) < len(label):
        agrees(values.float()[:, None], label[:, None])


def test_it_agrees_with_the_precision_recall_curve_of_scikit_learn() -> None:
    from sklearn.metrics import precision_recall_curve

    x, y = latents(2000, 2, "sparse with ties"), labels(2000, 3)
    found = best_f1(x, y)
    for i in range(2):
        for j in range(3):
            precision, recall, _ = precision_recall_curve(y[:, j].numpy(), x[:, i].numpy())
            theirs = 2 * precision * recall / np.maximum(precision + recall, 1e-300)
            assert found.f1[i, j].item() == pytest.approx(theirs.max(), abs=1e-12)


def test_of_equal_f1_the_highest_threshold_is_taken() -> None:
    """At 3 one hit of one call, at 1 two hits of four: 2 / 3 both times."""
    values = torch.tensor([[3.0], [2.0], [2.0], [1.0], [0.0]])
    label = torch.tensor([[True], [False], [False], [True], [False]])
    assert best_f1(values, label).f1.item() == 2 / 3
    assert best_f1(values, label).threshold.item() == 3.0


def test_a_silent_latent_is_worth_what_calling_every_row_is_worth() -> None:
    y = labels(50, 4)
    found = best_f1(torch.zeros(50, 1), y)
    share = y.double().mean(0)
    assert torch.allclose(found.f1[0], 2 * share / (1 + share))
    assert (found.threshold == 0).all()
    assert (found.recall == 1).all()


def test_the_threshold_calls_exactly_the_rows_that_were_counted() -> None:
    x, y = latents(300, 4, "sparse"), labels(300, 3)
    found = best_f1(x, y)
    for i in range(4):
        for j in range(3):
            called = x[:, i].double() >= found.threshold[i, j]
            assert (called & y[:, j]).sum() / called.sum().double() == found.precision[i, j]


def test_sparse_latents_give_what_dense_ones_give() -> None:
    x, y = latents(60, 5, "sparse of both signs"), labels(60, 4)
    for one, other in zip(best_f1(x.to_sparse_coo(), y), best_f1(x, y), strict=True):
        assert torch.equal(one, other)


def test_a_label_with_one_class_is_nan_and_said() -> None:
    y = labels(20, 4)
    y[:, 0], y[:, 2] = False, True
    with pytest.warns(MatchWarning, match="2 of 4 labels have one class only"):
        found = best_f1(latents(20, 2, "sparse"), y)
    for part in found:
        assert part.isnan().tolist() == [[True, False, True, False]] * 2
