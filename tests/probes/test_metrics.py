import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from interp.errors import ShapeError
from probes import accuracy, tally
from tests.probes.made import unchecked

LABELS = torch.tensor([[0, 1], [2, 2], [1, 0], [0, 0]])
PREDICTED = torch.tensor([[0, 1], [2, 0], [1, 0], [1, 1]])
GAME = torch.tensor([7, 7, 3, 3])


def test_label_row_and_target_accuracy_by_hand() -> None:
    found = accuracy(PREDICTED, LABELS)
    assert found.per_label == 5 / 8
    assert found.per_row == 2 / 4
    assert found.per_target.tolist() == [3 / 4, 2 / 4]
    assert found.rows == 4


def test_whole_rows_can_all_be_wrong_while_most_labels_are_right() -> None:
    labels = torch.zeros(4, 4, dtype=torch.int64)
    found = accuracy(torch.eye(4, dtype=torch.int64), labels)
    assert (found.per_label, found.per_row) == (0.75, 0.0)


def test_groups_are_sorted_and_counted_by_hand() -> None:
    by_game = tally(PREDICTED, LABELS, by=GAME)
    assert by_game.groups.tolist() == [3, 7]
    assert by_game.targets.right.tolist() == [[1, 1], [2, 1]]
    assert by_game.targets.total.tolist() == [[2, 2], [2, 2]]
    assert (by_game.labels.right.tolist(), by_game.labels.total.tolist()) == ([2, 3], [4, 4])
    assert (by_game.rows.right.tolist(), by_game.rows.total.tolist()) == ([1, 1], [2, 2])
    assert by_game.labels.share.tolist() == [0.5, 0.75]


def test_groups_of_unequal_size_are_weighed_by_their_rows() -> None:
    found = tally(PREDICTED, LABELS, by=torch.tensor([0, 0, 0, 1])).accuracy
    assert found.per_label == 5 / 8 != (5 / 6 + 0) / 2


def test_negative_labels_are_not_counted_and_rows_without_labels_are_no_rows() -> None:
    labels = LABELS.clone()
    labels[1, 1], labels[3] = -1, -1
    found = accuracy(PREDICTED, labels)
    assert (found.per_label, found.per_row, found.rows) == (1.0, 1.0, 3)
    assert found.per_target.tolist() == [1.0, 1.0]
    assert tally(PREDICTED, labels).targets.total.tolist() == [[3, 2]]


def test_a_negative_prediction_is_not_right_where_the_label_is_missing() -> None:
    found = tally(torch.tensor([[-1]]), torch.tensor([[-1]]))
    assert found.targets.right.tolist() == [[0]]
    assert found.rows.right.tolist() == [0]


def test_one_row_is_enough_to_count() -> None:
    one = tally(torch.tensor([[1]]), torch.tensor([[1]]))
    assert (one.labels.share.tolist(), one.rows.share.tolist()) == ([1.0], [1.0])
    assert one.accuracy.per_target.tolist() == [1.0]


def test_nothing_to_count_is_nan() -> None:
    none = accuracy(LABELS[:0], LABELS[:0])
    assert np.isnan([none.per_label, none.per_row, *none.per_target]).all()
    assert none.rows == 0
    assert len(tally(LABELS[:0], LABELS[:0], by=GAME[:0]).groups) == 0
    assert np.isnan(tally(LABELS, torch.full_like(LABELS, -1), by=GAME).labels.share).all()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), count=st.integers(0, 12))
def test_counts_are_those_of_a_loop_in_any_order_of_rows(seed: int, count: int) -> None:
    g = torch.Generator().manual_seed(seed)
    predicted, labels = (torch.randint(low, 3, (count, 2), generator=g) for low in (0, -1))
    by = torch.randint(-2, 2, (count,), generator=g)
    order = torch.randperm(count, generator=g)
    found = tally(predicted[order], labels[order], by=by[order])
    assert found.groups.tolist() == sorted(set(by.tolist()))
    for i, group in enumerate(found.groups):
        rows = [r for r in range(count) if by[r] == group and any(labels[r] >= 0)]
        assert found.rows.total[i] == len(rows)
        assert found.rows.right[i] == sum(all(p == y or y < 0 for p, y in zip(predicted[r], labels[r])) for r in rows)  # noqa: B905
        for t in range(2):
            assert found.targets.total[i, t] == sum(bool(labels[r, t] >= 0) for r in rows)
            assert found.targets.right[i, t] == sum(bool(predicted[r, t] == labels[r, t]) for r in rows)


def test_the_counts_by_cluster_feed_the_bootstrap() -> None:
    stats = pytest.importorskip("interp.stats")
    by_game = tally(PREDICTED, LABELS, by=GAME)
    interval = stats.bootstrap(*by_game.labels, np.random.default_rng(0))
    assert interval.value == by_game.accuracy.per_label
    assert stats.bootstrap(*by_game.rows, np.random.default_rng(0)).value == by_game.accuracy.per_row


@pytest.mark.parametrize("shape", [(4, 3), (3, 2), (4,)])
def test_predictions_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match="predictions"):
        unchecked(tally)(torch.zeros(shape).long(), LABELS)


def test_groups_of_another_length_are_refused() -> None:
    with pytest.raises(ShapeError, match="one integer per row"):
        unchecked(tally)(PREDICTED, LABELS, GAME[:3])
