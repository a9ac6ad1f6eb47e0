import pytest
import torch

from interp import ShapeError
from interp.dictionaries.metrics.mean import RunningMean, require_finite
from tests.interp.dictionaries.small import some_rows


@pytest.mark.parametrize("sizes", [[100], [1] * 100, [64, 36], [99, 1], [0, 100, 0]])
def test_the_mean_of_ragged_batches_is_the_mean_of_the_rows(sizes: list[int]) -> None:
    rows, mean = some_rows(), RunningMean()
    for part in rows.split(sizes):
        mean.add(part)
    assert mean.rows == 100
    torch.testing.assert_close(mean.value, rows.double().mean(0), rtol=1e-15, atol=0)


def test_sums_of_half_precision_rows_do_not_overflow() -> None:
    mean = RunningMean()
    mean.add(torch.full((100, 2), 60000.0, dtype=torch.float16))
    assert mean.value.tolist() == [60000.0, 60000.0]


def test_it_knows_whether_all_rows_are_the_same() -> None:
    mean = RunningMean()
    mean.add(torch.ones(3, 2))
    mean.add(torch.ones(3, 2))
    assert mean.constant
    mean.add(torch.tensor([[1.0, 1.0], [1.0, 2.0]]))
    assert not mean.constant


def test_rows_may_have_heads() -> None:
    rows, mean = some_rows(width=6).reshape(100, 2, 3), RunningMean()
    mean.add(rows)
    assert mean.value.shape == (2, 3)


def test_no_rows_have_no_mean() -> None:
    with pytest.raises(ShapeError, match="no rows: the corpus or the selection is empty"):
        RunningMean().value  # noqa: B018


def test_rows_of_two_widths_do_not_mix() -> None:
    mean = RunningMean()
    mean.add(torch.ones(3, 2))
    with pytest.raises(ShapeError, match="follow"):
        mean.add(torch.ones(3, 4))


@pytest.mark.parametrize(("value", "word"), [(torch.nan, "NaN"), (torch.inf, "infinity"), (-torch.inf, "infinity")])
def test_the_first_row_that_is_no_number_is_named_by_its_place_in_all_rows(value: float, word: str) -> None:
    rows, mean = some_rows(), RunningMean()
    rows[73, 2] = rows[80, 1] = value
    mean.add(rows[:50])
    with pytest.raises(ShapeError, match=rf"activation row 73 holds {word} \(2 of 50"):
        mean.add(rows[50:])
    with pytest.raises(ShapeError, match=rf"latent row 173 holds {word}"):
        require_finite(rows, "latent", 100)
