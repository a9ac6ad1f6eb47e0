from math import isnan

import numpy as np
import pytest
import torch
from torch import Tensor

from interp.errors import ShapeError, UnknownNameError
from interp.sequences import Sequences
from interp.stats import Interval
from interp.token_classes import Classes, TokenSet, Transitions, grouped_losses

TWO = Classes.two(TokenSet("function", torch.tensor([0, 1]), 4))


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def example() -> tuple[Tensor, Transitions]:
    """Two documents: f f c, then c c f."""
    transitions = Transitions.of(Sequences.of(torch.tensor([[0, 1, 2], [2, 3, 0]])), TWO)
    return torch.tensor([[1.0, 5.0], [3.0, 1.0]]), transitions


def random_text(count: int = 30, length: int = 12, seed: int = 0) -> tuple[Tensor, Transitions]:
    generator = torch.Generator().manual_seed(seed)
    sequences = Sequences.of(torch.randint(4, (count, length), generator=generator))
    return 4 * torch.rand(count, length - 1, generator=generator), Transitions.of(sequences, TWO)


def test_means_and_shares_are_those_counted_by_hand() -> None:
    found = grouped_losses(*example())
    assert found.means.tolist() == [[1, 5], [1, 3]]
    assert found.loss_shares.tolist() == [[0.1, 0.5], [0.1, 0.3]]
    assert found.token_shares.tolist() == [[0.25, 0.25], [0.25, 0.25]]
    assert found.counts.sum() == 4
    assert found.documents.tolist() == [0, 1]


def test_sums_agree_with_a_walk_over_every_prediction() -> None:
    losses, transitions = random_text()
    found = grouped_losses(losses, transitions)
    slow = np.zeros((30, 2, 2))
    for row in range(30):
        for place in range(11):
            slow[row, *divmod(int(transitions.groups[row, place]), 2)] += float(losses[row, place])
    np.testing.assert_allclose(found.sums, slow)


def test_the_shares_of_all_groups_add_up_to_1_and_their_losses_to_the_mean_loss() -> None:
    losses, transitions = random_text()
    found = grouped_losses(losses, transitions)
    assert found.loss_shares.sum() == pytest.approx(1)
    assert found.token_shares.sum() == pytest.approx(1)
    assert (found.means * found.token_shares).sum() == pytest.approx(float(losses.mean()))


def test_the_table_names_the_groups_and_its_intervals_hold_the_values() -> None:
    rows = grouped_losses(*random_text()).table(rng())
    assert [(row.current, row.following) for row in rows] == [
        ("function", "function"), ("function", "content"), ("content", "function"), ("content", "content"),
    ]  # fmt: skip
    for row in rows:
        for interval in (row.mean, row.loss_share, row.token_share):
            assert interval.low < interval.value < interval.high
            assert interval.n == 30
    assert sum(row.loss_share.value for row in rows) == pytest.approx(1)


def test_a_group_without_a_prediction_is_nan_and_the_others_are_not() -> None:
    transitions = Transitions.of(Sequences.of(torch.tensor([[0, 1, 0]])), TWO)
    found = grouped_losses(torch.tensor([[1.0, 2.0]]), transitions)
    rows = found.table(rng())
    assert rows[0].mean == Interval(1.5, 1.5, 1.5, 1)
    assert isnan(rows[1].mean.value)
    assert rows[1].mean.n == 0
    assert (rows[1].loss_share.value, rows[1].predictions) == (0, 0)
    assert np.isnan(found.means[0, 1])


def test_predictions_that_do_not_count_may_have_any_loss() -> None:
    losses, transitions = example()
    losses[0, 1] = float("nan")
    where = torch.tensor([[True, False], [True, True]])
    assert np.nansum(grouped_losses(losses, transitions.only(where)).means) == 5


def test_parts_of_a_text_add_up_also_where_a_document_is_in_both() -> None:
    losses, transitions = random_text()
    whole = grouped_losses(losses, transitions)
    early = torch.zeros_like(losses, dtype=torch.bool)
    early[:, :5] = True
    early[20:] = True
    both = grouped_losses(losses, transitions.only(early)) + grouped_losses(losses, transitions.only(~early))
    np.testing.assert_allclose(both.sums, whole.sums)
    assert (both.counts == whole.counts).all()
    assert both.documents.tolist() == whole.documents.tolist()


def test_losses_by_other_classes_do_not_add_up() -> None:
    other = Transitions.of(Sequences.of(torch.tensor([[0, 1]])), TWO, Classes(("any",), torch.zeros(4).long()))
    with pytest.raises(ShapeError, match="other classes"):
        grouped_losses(*example()) + grouped_losses(torch.ones(1, 1), other)


def test_the_difference_of_two_groups_is_that_of_their_means() -> None:
    found = grouped_losses(*example())
    assert found.difference(("function", "content"), ("content", "content"), rng()).value == 2


def test_the_interval_of_a_difference_draws_both_groups_from_the_same_documents() -> None:
    """Documents differ by far more than the groups within each of them: paired, the difference is sure."""
    tokens = torch.tensor([[0, 1, 2]]).repeat(20, 1)
    losses = torch.stack([torch.arange(20.0), torch.arange(20.0) + 1], 1)
    found = grouped_losses(losses, Transitions.of(Sequences.of(tokens), TWO))
    difference = found.difference(("function", "content"), ("function", "function"), rng())
    assert difference == pytest.approx((1, 1, 1, 20))
    rows = found.table(rng())
    assert rows[1].mean.low < rows[0].mean.high


def test_the_interval_of_a_difference_agrees_with_a_slow_bootstrap() -> None:
    found = grouped_losses(*random_text())
    fast = found.difference(("function", "content"), ("content", "content"), rng(1), draws=2000)
    pick, slow = rng(2), []
    for _ in range(2000):
        chosen = pick.integers(30, size=30)
        means = found.sums[chosen].sum(0) / found.counts[chosen].sum(0)
        slow.append(means[0, 1] - means[1, 1])
    assert fast.low == pytest.approx(np.quantile(slow, 0.025), abs=0.06)
    assert fast.high == pytest.approx(np.quantile(slow, 0.975), abs=0.06)


def test_one_document_gives_a_difference_without_width() -> None:
    transitions = Transitions.of(Sequences.of(torch.tensor([[0, 1, 2, 3]])), TWO)
    found = grouped_losses(torch.tensor([[1.0, 2.0, 4.0]]), transitions)
    assert found.difference(("function", "content"), ("content", "content"), rng()) == Interval(-2, -2, -2, 1)


def test_groups_that_are_not_there_are_refused() -> None:
    found = grouped_losses(*example())
    with pytest.raises(UnknownNameError, match=r"unknown class 'functions'. Did you mean 'function'"):
        found.difference(("functions", "content"), ("content", "content"), rng())
    alone = grouped_losses(torch.ones(1, 1), Transitions.of(Sequences.of(torch.tensor([[0, 1]])), TWO))
    with pytest.raises(ShapeError, match="no prediction from function to content"):
        alone.difference(("function", "content"), ("function", "function"), rng())
    with pytest.raises(ShapeError, match="level"):
        found.difference(("function", "content"), ("content", "content"), rng(), level=95.0)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -1.0])
def test_losses_that_count_must_be_numbers_of_at_least_0(bad: float) -> None:
    losses, transitions = example()
    losses[0, 0] = bad
    with pytest.raises(ShapeError, match="finite and at least 0"):
        grouped_losses(losses, transitions)


def test_losses_of_other_predictions_and_no_predictions_are_refused() -> None:
    losses, transitions = example()
    with pytest.raises(ShapeError, match=r"losses \[2, 1\] of predictions \[2, 2\]"):
        grouped_losses(losses[:, :1], transitions)
    with pytest.raises(ShapeError, match="no prediction counts"):
        grouped_losses(losses, transitions.only(torch.zeros(2, 2, dtype=torch.bool)))
