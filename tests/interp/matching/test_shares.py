import pytest
import torch

from interp.errors import ShapeError
from interp.matching import SHARES, counts, counts_above, limits
from interp.matching import shares as module
from tests.interp.matching.made import KINDS, labels, latents


def test_limits_are_shares_of_each_latents_maximum() -> None:
    x = torch.tensor([[1.0, 8.0], [4.0, 2.0]])
    assert limits(x, (0.0, 0.25, 0.5)).tolist() == [[0.0, 0.0], [1.0, 2.0], [2.0, 4.0]]
    assert torch.equal(limits(x.to_sparse_coo()), limits(x))


def test_a_latent_that_is_nowhere_above_0_has_limits_of_0() -> None:
    assert (limits(torch.tensor([[-3.0, 0.0], [-1.0, 0.0]])) == 0).all()


@pytest.mark.parametrize("shares", [(), (-0.1, 0.5), (0.5, 0.1)])
def test_shares_must_be_at_least_0_and_ascending(shares: tuple[float, ...]) -> None:
    with pytest.raises(ShapeError, match="ascending"):
        limits(torch.ones(3, 2), shares)


@pytest.mark.parametrize("entries", [1, 40, 2**20])
@pytest.mark.parametrize("kind", KINDS)
def test_all_limits_at_once_give_what_one_at_a_time_gives(
    monkeypatch: pytest.MonkeyPatch, kind: str, entries: int
) -> None:
    """In blocks of any size, with values that lie exactly on a limit."""
    monkeypatch.setattr(module, "_ENTRIES", entries)
    x, y = latents(60, 5, kind), labels(60, 4)
    given = limits(x)
    for form in (x, x.to_sparse_coo()):
        for found, limit in zip(counts_above(form, y, given), given, strict=True):
            for part, expected in zip(found, counts(x, y, above=limit), strict=True):
                assert torch.equal(part, expected)


def test_limits_of_other_rows_may_be_exceeded_by_all_or_by_none() -> None:
    y = labels(30, 3)
    x = torch.ones(30, 2)
    found = counts_above(x, y, torch.tensor([[0.5, 2.0], [0.9, 3.0]]))
    assert [one.fired.tolist() for one in found] == [[30, 0], [30, 0]]
    assert torch.equal(found[1].hits[0], y.sum(0))


def test_by_hand() -> None:
    """Above 1 are rows 1 and 2, one of which has the label; above 2 only row 2, which has it."""
    x, y = torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([[True], [False], [True]])
    found = counts_above(x, y, torch.tensor([[1.0], [2.0]]))
    assert [(one.hits.item(), one.fired.item(), one.positives.item()) for one in found] == [(1, 2, 2), (1, 1, 2)]


@pytest.mark.parametrize("wrong", [torch.zeros(2, 4), torch.zeros(0, 5), torch.tensor([[1.0] * 5, [0.0] * 5])])
def test_limits_that_do_not_fit_are_refused(wrong: torch.Tensor) -> None:
    with pytest.raises(ShapeError, match="ascending limits"):
        counts_above(latents(20, 5, "sparse"), labels(20, 2), wrong)


@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
def test_numbers_that_are_none_are_refused(bad: float) -> None:
    x = latents(20, 2, "sparse")
    x[7, 1] = bad
    with pytest.raises(ShapeError, match="NaN or infinity"):
        counts_above(x, labels(20, 2), torch.zeros(len(SHARES), 2))
