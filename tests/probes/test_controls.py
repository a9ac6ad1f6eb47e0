import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from interp.errors import ShapeError
from probes import LinearProbe, accuracy, majority, shuffled_labels
from tests.probes.made import rows, unchecked


def test_the_floor_by_hand() -> None:
    labels = torch.tensor([[0, 2], [1, 2], [1, 0], [2, 1], [2, 1]])
    ply = torch.tensor([4, 4, 4, 9, 9])
    floor = majority(labels, ply)
    assert floor.groups.tolist() == [4, 9]
    assert floor.by_group.tolist() == [[1, 2], [2, 1]]
    assert floor.overall.tolist() == [1, 1]  # ties at 2 of 5 each: 1 before 2
    assert floor.predict(torch.tensor([9, 4, 9])).tolist() == [[2, 1], [1, 2], [2, 1]]


def test_ties_go_to_the_lowest_class() -> None:
    floor = majority(torch.tensor([[2], [1], [2], [1]]), torch.zeros(4).long())
    assert floor.by_group.tolist() == [[1]]


@pytest.mark.parametrize("group", [-5, 1, 3])
def test_an_unseen_group_falls_back_to_the_majority_over_all_rows(group: int) -> None:
    floor = majority(torch.tensor([[0], [1], [1]]), torch.tensor([0, 2, 2]))
    assert floor.predict(torch.tensor([group, 0])).tolist() == [[1], [0]]


def test_negative_labels_are_not_counted() -> None:
    labels = torch.tensor([[-1, 1], [-1, 0], [2, 0], [2, -1], [0, 1]])
    floor = majority(labels, torch.tensor([0, 0, 1, 1, 1]))
    assert floor.by_group.tolist() == [[2, 0], [2, 0]]  # target 0 has no label in group 0: its majority over all


def test_no_groups_are_predicted_as_no_rows() -> None:
    floor = majority(torch.tensor([[0, 1]]), torch.tensor([3]))
    assert floor.predict(torch.tensor([], dtype=torch.int64)).shape == (0, 2)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000))
def test_no_constant_guess_per_group_is_right_more_often_on_the_same_rows(seed: int) -> None:
    g = torch.Generator().manual_seed(seed)
    labels, ply = torch.randint(0, 3, (20, 2), generator=g), torch.randint(0, 3, (20,), generator=g)
    floor = accuracy(majority(labels, ply).predict(ply), labels).per_target
    guess = torch.randint(0, 3, (3, 2), generator=g)[ply]
    assert (floor >= accuracy(guess, labels).per_target).all()


def test_nothing_to_count_is_refused() -> None:
    none = torch.zeros(0, 2).long()
    with pytest.raises(ShapeError, match="no rows to count"):
        majority(none, none[:, 0])
    with pytest.raises(ShapeError, match="target 1 has no label"):
        majority(torch.tensor([[0, -1]]), torch.tensor([0]))
    with pytest.raises(ShapeError, match="one group per row"):
        unchecked(majority)(torch.zeros(3, 2).long(), torch.zeros(2).long())


def test_shuffling_permutes_whole_rows_by_the_generator_alone() -> None:
    labels = torch.arange(40).view(20, 2)
    state = torch.random.get_rng_state()
    one, same, other = (shuffled_labels(labels, torch.Generator().manual_seed(s)) for s in (0, 0, 1))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert not torch.equal(one, labels)
    assert torch.equal(one[one[:, 0].argsort()], labels)
    assert torch.equal(labels, torch.arange(40).view(20, 2))
    assert torch.equal(torch.random.get_rng_state(), state)


def test_a_shuffle_by_hand() -> None:
    labels = torch.tensor([[5], [6], [7], [8]])
    order = torch.randperm(4, generator=torch.Generator().manual_seed(3))
    expected = [[int(labels[i])] for i in order]
    assert shuffled_labels(labels, torch.Generator().manual_seed(3)).tolist() == expected


def test_probes_fitted_to_shuffled_labels_know_on_average_no_more_than_the_majority() -> None:
    x, y = rows(600)
    train, test, generator = slice(0, 300), slice(300, 600), torch.Generator().manual_seed(0)
    floor = accuracy(majority(y[train], torch.zeros(300).long()).overall.expand(300, -1), y[test]).per_label

    def score(labels: torch.Tensor) -> float:
        return accuracy(LinearProbe().fit(x[train], labels).predict(x[test]), y[test]).per_label

    shuffled = [score(shuffled_labels(y[train], generator)) for _ in range(30)]
    assert abs(sum(shuffled) / 30 - floor) < 0.05
    assert score(y[train]) > floor + 0.2


def test_no_rows_are_shuffled_to_no_rows() -> None:
    assert shuffled_labels(torch.zeros(0, 2).long(), torch.Generator()).shape == (0, 2)
