import pytest
import torch

from interp.errors import ShapeError
from interp.matching import latents as module
from interp.matching.latents import chunks, columns, constant, finite, positives, require, whole
from tests.interp.matching.made import KINDS, latents


@pytest.mark.parametrize("kind", KINDS)
def test_a_column_is_the_latent_without_its_zeros_highest_first(kind: str) -> None:
    made = latents(50, 4, kind)
    for latent, column in enumerate(columns(made)):
        rebuilt = torch.zeros(50)
        rebuilt[column.rows] = column.values
        assert torch.equal(rebuilt, made[:, latent])
        assert (column.values[1:] <= column.values[:-1]).all()
        assert (column.values[: column.above] > 0).all()
        assert (column.values[column.above :] < 0).all()
        assert column.zeros == 50 - len(column.rows)


def test_rows_of_equal_value_keep_their_order() -> None:
    assert next(columns(torch.tensor([[1.0], [2.0], [0.0], [2.0], [1.0]]))).rows.tolist() == [1, 3, 0, 4]


def test_minus_zero_is_zero() -> None:
    column = next(columns(torch.tensor([[-0.0], [0.0], [1.0]])))
    assert (column.zeros, column.above) == (2, 1)


@pytest.mark.parametrize("entries", [1, 30, 61, 10_000])
def test_chunks_of_any_size_give_the_same_latents(monkeypatch: pytest.MonkeyPatch, entries: int) -> None:
    monkeypatch.setattr(module, "_ENTRIES", entries)
    made = latents(20, 7, "sparse")
    for given in (made, made.to_sparse_coo()):
        found = list(chunks(given))
        assert torch.equal(torch.cat([chunk for _, chunk in found]), made.T)
        assert [latent for part, _ in found for latent in range(part.start, part.stop)] == list(range(7))


@pytest.mark.parametrize("bad", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize("packed", [False, True])
def test_what_is_not_finite_is_refused(bad: float, packed: bool) -> None:
    made = latents(5, 2, "sparse")
    made[3, 1] = bad
    with pytest.raises(ShapeError, match="NaN or infinity"):
        list(columns(made.to_sparse_coo() if packed else made))


@pytest.mark.parametrize(
    ("rows", "labels", "says"),
    [
        (torch.zeros(3, 2), torch.zeros(4, 2, dtype=torch.bool), "same rows"),
        (torch.zeros(3), torch.zeros(3, 2, dtype=torch.bool), "same rows"),
        (torch.zeros(3, 2), torch.zeros(3, 2), "true or false"),
        (torch.zeros(3, 2), torch.zeros(3, 0, dtype=torch.bool), "nothing to match"),
        (torch.zeros(0, 2), torch.zeros(0, 2, dtype=torch.bool), "nothing to match"),
    ],
)
def test_what_does_not_fit_is_refused(rows: torch.Tensor, labels: torch.Tensor, says: str) -> None:
    with pytest.raises(ShapeError, match=says):
        require(rows, labels)


def test_labels_of_one_class_are_found() -> None:
    labels = torch.tensor([[True, False, True], [True, False, False]])
    assert constant(labels).tolist() == [True, True, False]
    assert positives(labels).tolist() == [2, 0, 1]


def test_labels_become_double_when_single_could_not_count_them() -> None:
    few = torch.ones(3, 1, dtype=torch.bool)
    many = few[:1].expand(2**24, 1)
    assert whole(few).dtype == torch.float32
    assert whole(many).dtype == torch.float64


@pytest.mark.parametrize("bad", [torch.nan, torch.inf, -torch.inf])
def test_one_number_that_is_none_is_found_among_many(bad: float) -> None:
    values = torch.randn(50, 7)
    assert finite(values)
    values[31, 2] = bad
    assert not finite(values)


def test_infinities_of_both_signs_do_not_cancel() -> None:
    assert not finite(torch.tensor([torch.inf, -torch.inf, 1.0]))


def test_a_sum_that_overflows_is_no_infinity() -> None:
    assert finite(torch.full((4,), 3e38))
