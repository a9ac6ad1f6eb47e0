import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from interp.errors import ShapeError
from interp.matching import latents as module
from interp.matching.pairs import pair_areas, pair_thresholds
from interp.matching.ranking import areas
from interp.matching.thresholds import sweep
from tests.interp.matching.made import KINDS, labels, latents, slow_area, slow_best


def test_by_hand() -> None:
    """Three of four pairs are right and one is a tie; calls at 1 or higher are both hits and one miss."""
    values = torch.tensor([[3.0], [1.0], [1.0], [0.0]])
    own = torch.tensor([[True], [True], [False], [False]])
    assert pair_areas(values, own).tolist() == [3.5 / 4]
    assert pair_thresholds(values, own).tolist() == [1.0]


@pytest.mark.parametrize("kind", KINDS)
def test_every_pair_agrees_with_the_slow_ways_and_with_the_diagonal_of_all_pairs(kind: str) -> None:
    x, y = latents(80, 6, kind), labels(80, 6)
    found, threshold = pair_areas(x, y), pair_thresholds(x, y)
    for i in range(6):
        assert found[i].item() == pytest.approx(slow_area(x[:, i].numpy(), y[:, i].numpy()), abs=1e-15)
        assert threshold[i].item() == slow_best(x[:, i].numpy(), y[:, i].numpy())[1]
    assert torch.equal(found, areas(x, y).diagonal())
    assert torch.equal(threshold, sweep(x, y).threshold.diagonal())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=2, max_size=30))
def test_any_small_case_agrees_with_the_slow_ways(rows: list[tuple[int, bool]]) -> None:
    values, label = (torch.tensor(part) for part in zip(*rows, strict=True))
    if 0 < int(label.sum()) < len(label):
        slow = values.numpy(), label.numpy()
        assert pair_areas(values[:, None], label[:, None]).item() == pytest.approx(slow_area(*slow), abs=1e-15)
        assert pair_thresholds(values.float()[:, None], label[:, None]).item() == slow_best(*slow)[1]


def test_columns_that_come_in_several_chunks_keep_their_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = latents(40, 5, "sparse with ties"), labels(40, 5)
    together = pair_areas(x, y), pair_thresholds(x, y)
    monkeypatch.setattr(module, "_ENTRIES", 80)
    assert torch.equal(pair_areas(x, y), together[0])
    assert torch.equal(pair_thresholds(x, y), together[1])


def test_a_zero_has_no_sign() -> None:
    values = torch.tensor([[-0.0], [0.0], [-1.0]])
    own = torch.tensor([[True], [True], [False]])
    assert pair_areas(values, own).tolist() == [1.0]
    assert str(pair_thresholds(values, own).item()) == "0.0"


def test_a_label_with_one_class_has_no_area() -> None:
    y = labels(20, 3)
    y[:, 0], y[:, 2] = False, True
    assert pair_areas(latents(20, 3, "dense"), y).isnan().tolist() == [True, False, True]


@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
def test_values_that_are_none_are_refused(bad: float) -> None:
    x = latents(20, 3, "dense")
    x[3, 1] = bad
    for ask in (pair_areas, pair_thresholds):
        with pytest.raises(ShapeError, match="NaN or infinity"):
            ask(x, labels(20, 3))
