import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from interp.errors import ShapeError
from interp.stats import bootstrap
from probes import ControlTask, LinearProbe, accuracy, majority, selectivity, shuffled_labels, tally
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


def control(labels: torch.Tensor, seed: int = 0) -> ControlTask:
    return ControlTask.of(labels, torch.Generator().manual_seed(seed))


def test_rows_of_one_type_have_the_labels_of_one_row_of_the_task() -> None:
    labels = torch.arange(2000).view(1000, 2)
    types = torch.tensor([4, 9, 4, 0, 9, 10**12])
    found = control(labels).labels(types)
    assert torch.equal(found[0], found[2])
    assert torch.equal(found[1], found[4])
    assert len({tuple(row) for row in found.tolist()}) == 4
    assert all(row in labels.tolist() for row in found.tolist())


def test_a_type_by_hand() -> None:
    labels = torch.arange(7)[:, None]
    task = ControlTask(labels, seed=5)
    words = [int(np.random.SeedSequence((5, type_)).generate_state(1, np.uint64)[0]) for type_ in (3, 0)]
    assert task.labels(torch.tensor([3, 0])).tolist() == [[word % 7] for word in words]


@settings(max_examples=25, deadline=None)
@given(types=st.lists(st.integers(0, 50), min_size=1, max_size=20), seed=st.integers(0, 100))
def test_the_labels_of_a_type_do_not_depend_on_the_others(types: list[int], seed: int) -> None:
    task = control(torch.arange(40).view(20, 2), seed)
    together = task.labels(torch.tensor(types))
    alone = torch.cat([task.labels(torch.tensor([type_])) for type_ in types])
    assert torch.equal(together, alone)


def test_a_control_task_depends_on_the_generator_alone() -> None:
    labels, types = torch.arange(200).view(100, 2), torch.arange(50)
    state = torch.random.get_rng_state()
    one, same, other = (control(labels, seed).labels(types) for seed in (0, 0, 1))
    assert torch.equal(one, same)
    assert (one == other).all(1).sum() < 10
    assert torch.equal(torch.random.get_rng_state(), state)
    generator = torch.Generator().manual_seed(0)
    assert ControlTask.of(labels, generator).seed != ControlTask.of(labels, generator).seed


def test_classes_are_as_frequent_as_in_the_task_and_depend_on_each_other_as_there() -> None:
    first = (torch.arange(1000) % 10 < 3).long()
    found = control(torch.stack([first, 1 - first], 1)).labels(torch.arange(3000))
    assert abs(float(found[:, 0].double().mean()) - 0.3) < 0.04
    assert torch.equal(found[:, 0], 1 - found[:, 1])


def test_rows_without_labels_are_not_drawn_and_negative_types_have_none() -> None:
    labels = torch.tensor([[-1, -1], [1, 2], [-1, -1]])
    found = control(labels).labels(torch.tensor([3, -1, 0, -7]))
    assert found.tolist() == [[1, 2], [-1, -1], [1, 2], [-1, -1]]
    assert control(labels).labels(torch.zeros(0).long()).shape == (0, 2)
    with pytest.raises(ShapeError, match="some of them not negative"):
        control(labels[:1])


def test_a_probe_that_sees_the_type_learns_the_control_by_heart_and_one_that_does_not_learns_nothing() -> None:
    generator = torch.Generator().manual_seed(0)
    types = torch.randint(0, 20, (800,), generator=generator)
    seen = torch.nn.functional.one_hot(types, 20) + 0.1 * torch.randn(800, 20, generator=generator)
    blind = torch.randn(800, 20, generator=generator)
    y = control(rows(800)[1]).labels(types)
    train, test = slice(0, 600), slice(600, 800)
    floor = accuracy(majority(y[train], torch.zeros(600).long()).overall.expand(200, -1), y[test]).per_label
    scores = [LinearProbe().fit(x[train], y[train], classes=3).score(x[test], y[test]) for x in (seen, blind)]
    assert scores[0] > 0.98
    assert scores[1] < floor + 0.05


def test_selectivity_by_hand() -> None:
    labels, games = torch.tensor([[0, 1], [1, 1], [0, 0], [1, 0]]), torch.tensor([5, 5, 8, 8])
    task = tally(torch.tensor([[0, 1], [1, 1], [0, 1], [1, 0]]), labels, by=games)  # 4 of 4, 3 of 4
    heart = tally(torch.tensor([[0, 0], [0, 1], [0, 0], [0, 0]]), labels, by=games)  # 2 of 4, 3 of 4
    found = selectivity(task, heart, np.random.default_rng(0))
    assert (found.value, found.n) == (7 / 8 - 5 / 8, 2)
    assert (found.low, found.high) == (0.0, 0.5)
    expected = bootstrap(np.array([2, 0]), np.array([4, 4]), np.random.default_rng(0))
    assert found == expected


def test_what_is_hard_about_a_game_cancels_in_the_selectivity() -> None:
    labels, games = torch.zeros(40, 1).long(), torch.arange(40) // 4
    wrong = (torch.arange(40) % 4 < games % 4).long()[:, None]  # some games are harder, for both alike
    found = selectivity(tally(wrong, labels, by=games), tally(wrong, labels, by=games), np.random.default_rng(0))
    assert found[:3] == (0, 0, 0)


def test_a_selectivity_over_other_rows_is_refused() -> None:
    labels, games = torch.zeros(6, 1).long(), torch.arange(6)
    gaps = labels.clone()
    gaps[2] = -1
    task = tally(labels, labels, by=games)
    for other in (tally(labels, gaps, by=games), tally(labels, labels, by=games + 1), tally(labels, labels)):
        with pytest.raises(ShapeError, match="the same labels of the same groups"):
            selectivity(task, other, np.random.default_rng(0))
