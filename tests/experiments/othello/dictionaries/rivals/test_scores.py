import numpy as np
import pytest
import torch

from experiments.othello.dictionaries.rivals.field import Field
from experiments.othello.dictionaries.rivals.scores import on_board, over_squares, readable, scores
from interp.matching.matches import Best

DEFINED = torch.tensor([0, 1, 2, 4, 5])
"""Of two squares; the second is never empty."""


def field() -> Field:
    none = torch.zeros(0, dtype=torch.int64)
    return Field(none, none, torch.zeros(4, 2).long(), torch.zeros(4, 5, dtype=torch.bool), DEFINED, torch.arange(4))


def best(auroc: list[float]) -> Best:
    values = torch.tensor(auroc, dtype=torch.float64)
    return Best(torch.zeros(5).long(), values, values, values, values / 2, values, values)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_means_and_counts_by_hand() -> None:
    read = np.array([[True, True, False], [False, True, True]])
    found = scores(best([0.95, 0.8, 0.9, 0.5, 0.99]), field(), read, rng())
    assert found["auroc"].value == pytest.approx((0.95 + 0.8 + 0.9 + 0.5 + 0.99) / 5)
    assert found["f1"].value == pytest.approx(found["auroc"].value / 2)
    assert (found["count"], found["count readable"]) == (3, 2)
    assert found["found"].value == pytest.approx(3 / 5)
    assert found["found readable"].value == pytest.approx(2 / 4)
    assert found["by class"]["empty"] == {"auroc": 0.95, "f1": 0.475, "count": 1, "of": 1}
    assert found["by class"]["theirs"]["count"] == 2
    assert found["found"].n == 2


def test_where_the_probe_reads_nothing_there_is_no_share() -> None:
    found = scores(best([0.95] * 5), field(), np.zeros((2, 3), bool), rng())
    assert found["found readable"] is None
    assert found["count readable"] == 0


def test_what_the_probe_reads_is_seen_on_the_rows_to_select_on() -> None:
    made = best([0.5] * 5)._replace(selected=torch.tensor([0.95, 0.1, 0.9, 0.2, 0.89], dtype=torch.float64))
    assert readable(made, field()).tolist() == [[True, False, True], [False, False, False]]


def test_values_lie_at_their_square_and_class() -> None:
    board = on_board(np.arange(5.0), field())
    np.testing.assert_array_equal(board, [[0, 1, 2], [np.nan, 3, 4]])


def test_equal_squares_have_an_interval_of_no_width() -> None:
    values = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    assert over_squares(values, np.ones((3, 2), bool), rng()) == (0.5, 0.5, 0.5, 3)
