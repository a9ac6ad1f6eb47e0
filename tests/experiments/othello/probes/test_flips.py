from typing import Any

import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score, precision_score, recall_score
from torch import Tensor

from experiments.othello.labels import flipped
from experiments.othello.model import Shape, build
from experiments.othello.probes.flips import Hits, best_threshold, f1, measure_flips
from experiments.othello.rules import Rules
from experiments.othello.sample import held_out
from interp.errors import ShapeError
from interp.models.load import load
from interp.models.model import Model

RULES = Rules(4)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = tmp_path_factory.mktemp("model")
    build(Shape(size=4, depth=2, width=16, heads=2), 0).save_pretrained(folder)  # type: ignore[operator]
    return load(folder, device="cpu")


@pytest.mark.parametrize(
    ("actual", "predicted", "expected"),
    [
        ([1, 1, 0, 0], [1, 0, 1, 0], 0.5),  # precision 1/2, recall 1/2
        ([1, 1, 1, 0], [1, 0, 0, 0], 0.5),  # precision 1, recall 1/3
        ([1, 0], [1, 0], 1.0),
        ([1, 1], [0, 0], 0.0),  # nothing predicted
        ([0, 0], [1, 0], 0.0),  # nothing positive
        ([0, 0], [0, 0], 0.0),  # neither: 0/0
    ],
)
def test_f1_is_the_one_counted_by_hand_and_by_scikit_learn(
    actual: list[int], predicted: list[int], expected: float
) -> None:
    found = f1(np.array(actual, dtype=bool), np.array(predicted, dtype=bool))
    assert found == pytest.approx(expected)
    assert found == pytest.approx(f1_score(actual, predicted, zero_division=0))


def test_counts_by_game_give_the_micro_scores_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    actual, predicted = rng.random((9, 40)) < 0.1, rng.random((9, 40)) < 0.3
    hits = Hits((actual & predicted).sum(1), predicted.sum(1), actual.sum(1))
    found = {name: interval.value for name, interval in hits.scores(rng).items()}
    flat = actual.ravel(), predicted.ravel()
    expected = {"f1": f1_score(*flat), "precision": precision_score(*flat), "recall": recall_score(*flat)}
    assert found == pytest.approx(expected)
    assert found["f1"] == pytest.approx(f1(*flat))


def test_a_probe_that_never_says_yes_scores_zero() -> None:
    none = np.zeros(3, dtype=int)
    found = Hits(none, none, np.array([2, 0, 1])).scores(np.random.default_rng(0))
    assert [tuple(found[name]) for name in ("f1", "precision", "recall")] == [
        (0, 0, 0, 3), (0, 0, 0, 3), (0, 0, 0, 3),
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_the_threshold_is_the_best_of_all(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 6, size=12) / 4  # with ties
    actual = rng.random(12) < 0.3
    actual[0] = True
    tried = {cut: f1(actual, scores >= cut) for cut in scores}
    best = best_threshold(scores, actual)
    assert tried[best] == pytest.approx(max(tried.values()))


def test_a_threshold_for_nothing_positive_is_out_of_reach_and_for_nothing_is_refused() -> None:
    assert best_threshold(np.array([0.1, 0.9]), np.array([False, False])) == float("inf")
    with pytest.raises(ShapeError, match="at least one score"):
        best_threshold(np.array([]), np.array([], dtype=bool))
    with pytest.raises(ShapeError, match="NaN"):
        best_threshold(np.array([np.nan]), np.array([True]))


class Oracle:
    """A probe that knows the answers: its features are not looked at but for their number."""

    def __init__(self, answers: dict[int, Tensor]) -> None:
        self.answers = answers

    def fit(self, features: Tensor, labels: Tensor, classes: int | None = None) -> "Oracle":
        assert features.ndim == classes == 2
        self.targets = labels.shape[1]
        return self

    def scores(self, features: Tensor) -> Tensor:
        yes = self.answers[len(features)]
        assert yes.shape[1] == self.targets
        return torch.stack([1 - yes, yes], -1)


def test_any_probe_with_fit_and_scores_is_measured_and_a_perfect_one_has_f1_1(model: Model) -> None:
    train, test = held_out(RULES, 30, 0, "a"), held_out(RULES, 9, 0, "b")
    turns = flipped(train.trace)[:, :-1][train.trace.played[:, :-1]].any(0)
    assert not turns[[0, 3, 12, 15]].any()  # corners
    fitted = flipped(train.trace)[:, :-1][train.trace.played[:, :-1]][:, turns]
    asked = flipped(test.trace)[:, :-1].reshape(-1, 16)[:, turns]
    answers = {len(labels): torch.from_numpy(labels).float() for labels in (fitted, asked)}
    found = measure_flips({"a": model}, train, test, np.random.default_rng(0), probe=lambda: Oracle(answers), batch=4)
    never_seen = flipped(test.trace)[:, :-1][..., ~turns].any()
    assert not never_seen
    assert [tuple(interval)[:3] for interval in found["models"]["a"]["f1"]] == [(1, 1, 1)] * 3
    assert found["models"]["a"]["threshold"] == [1.0] * 3


def test_floors_are_those_of_slow_tables(model: Model) -> None:
    train, test = held_out(RULES, 40, 0, "a"), held_out(RULES, 12, 0, "b")
    found = measure_flips({"trained": model}, train, test, np.random.default_rng(0), batch=7)
    turned, played = flipped(test.trace)[:, :-1], test.trace.played[:, :-1]
    share = turned[played].mean()
    assert found["turned"].value == pytest.approx(share)
    assert found["floor"]["always"]["f1"].value == pytest.approx(2 * share / (1 + share))
    table: dict[Any, float] = {}
    for ply in range(11):
        for square in range(16):
            rows = train.trace.played[:, ply]
            table[ply, square] = flipped(train.trace)[rows, ply, square].mean() if rows.any() else 0.0
    frequent = np.array([[table[ply, square] for square in range(16)] for ply in range(11)])
    seen, here = flipped(train.trace)[:, :-1], train.trace.played[:, :-1]
    scores = {cut: f1(seen[here], np.broadcast_to(frequent >= cut, seen.shape)[here]) for cut in np.unique(frequent)}
    cut = max(scores, key=lambda cut: (scores[cut], cut))
    expected = f1(turned[played], np.broadcast_to(frequent >= cut, turned.shape)[played])
    assert found["floor"]["ply"]["f1"].value == pytest.approx(expected)


def test_linear_probes_of_every_depth_find_more_than_a_constant(model: Model) -> None:
    train, test = held_out(RULES, 60, 0, "a"), held_out(RULES, 20, 0, "b")
    found = measure_flips({"trained": model}, train, test, np.random.default_rng(0))
    assert {name: len(values) for name, values in found["models"]["trained"].items()} == dict.fromkeys(
        ("f1", "precision", "recall", "threshold"), 3
    )
    for interval in found["models"]["trained"]["f1"]:
        assert interval.low > found["floor"]["always"]["f1"].high
