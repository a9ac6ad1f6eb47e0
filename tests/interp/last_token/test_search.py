from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor

from interp import ShapeError
from interp.last_token.frontier import maximal
from interp.last_token.search import Found, agreement, search, wait_first, wait_predictions
from interp.last_token.setting import AllForOne
from tests.interp.last_token import planted
from tests.interp.last_token.planted import triangle


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


class Planted(NamedTuple):
    waiting: list[float]
    scores: np.ndarray
    found: AllForOne | None


CASES = {
    "the planted circuit": Planted(
        [1, 1, 1, 0.02, 0.02],
        triangle(4, {(2, 1): 1, (2, 2): 1, (1, 2): 1, (1, 3): 1, (0, 3): 1, (0, 4): 1}),
        AllForOne(2, 1),
    ),
    "a chain, where nothing that waits passes": Planted([1, 0.3, 0, 0, 0], triangle(4, {(0, 4): 0.5}), None),
    "no transfer enough at the longest wait": Planted(
        [1, 1, 1, 1, 0], triangle(4, {(1, 2): 1, (1, 3): 1, (2, 2): 0.9, (3, 1): 0.5}), AllForOne(1, 2)
    ),
    "a wait that fails between two that pass": Planted([1, 1, 0.2, 1, 0], triangle(4, {(1, 1): 1}), AllForOne(1, 1)),
    "least transfer, though more is no better": Planted(
        [1, 1, 0, 0], triangle(3, {(1, 0): 0.94, (1, 1): 0.95, (1, 2): 0.2}), AllForOne(1, 1)
    ),
    "all wait": Planted([1, 1, 1], triangle(2, {}, other=1.0), AllForOne(2, 0)),
    "no depth": Planted([1], triangle(0, {(0, 0): 1}), None),
}


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_the_search_the_rule_and_the_triangle_find_what_was_planted(case: Planted) -> None:
    waiting = np.array(case.waiting, np.float64)
    assert wait_first(waiting, case.scores) == case.found
    both = agreement(waiting, case.scores)
    assert both.agree
    assert both.note == ""
    assert both.maximal == maximal(case.scores) == case.found
    found = run(case.waiting, case.scores)
    assert found.setting == case.found
    np.testing.assert_allclose(found.waiting, waiting)
    tried = ~np.isnan(found.scores)
    np.testing.assert_allclose(found.scores[tried], case.scores[tried])
    assert (found.report is None) == (found.isolated is None) == (case.found is None)


def run(waiting: list[float], scores: np.ndarray, wrong: int = 0, first: int = 100) -> Found:
    return search(
        planted.by_score(scores),
        lambda tokens, wait: planted.logits(tokens, planted.share(tokens, waiting[wait])),
        len(waiting) - 1,
        planted.made(100, wrong),
        planted.made(100, wrong, first),
        rng(),
        contexts=9,
    )


def test_a_search_says_when_the_triangle_knows_better() -> None:
    waiting, scores = np.array([1, 1, 0.5, 0]), triangle(3, {(1, 1): 1, (2, 1): 0.97})
    both = agreement(waiting, scores)
    assert (both.searched, both.maximal) == (AllForOne(1, 1), AllForOne(2, 1))
    assert not both.agree
    assert "wait 2 keeps 0.500, less than 0.95" in both.note
    assert "AF1(2, 1) keeps 0.970" in both.note
    nothing = agreement(np.array([1, 0.5, 0.5, 0]), scores)
    assert (nothing.searched, nothing.agree) == (None, False)


def test_they_disagree_only_where_waiting_alone_fails_at_the_wait_of_the_triangle() -> None:
    generator = np.random.default_rng(1)
    differing = 0
    for _ in range(300):
        depth = int(generator.integers(0, 6))
        scores = triangle(depth, {})
        inside = ~np.isnan(scores)
        scores[inside] = generator.choice([0.0, 1.0], inside.sum())
        waiting = generator.choice([0.0, 1.0], depth + 1, p=[0.2, 0.8])
        both = agreement(waiting, scores)
        assert both.agree == (both.maximal is None or waiting[both.maximal.wait] == 1)
        assert both.agree == (both.note == "")
        differing += not both.agree
    assert differing > 10


def test_only_what_the_way_needs_is_run_and_the_report_is_on_the_other_prompts() -> None:
    asked: list[tuple[int, int, int]] = []
    scores = triangle(4, {(2, 1): 1, (2, 2): 1, (1, 3): 1})
    inner = planted.by_score(scores)

    def logits(tokens: Tensor, setting: AllForOne) -> Tensor:
        asked.append((setting.wait, setting.transfer, int(tokens[0, 1])))
        return inner(tokens, setting)

    def waiting(tokens: Tensor, wait: int) -> Tensor:
        return planted.logits(tokens, torch.full((len(tokens),), wait < 4))

    choose, report = planted.made(40, wrong=20), planted.made(60, wrong=30, first=1000)
    found = search(logits, waiting, 4, choose, report, rng(), contexts=9)
    # Wait 3 fails with transfer 0 and 1, wait 2 with transfer 0; then the choice and its baseline on the others.
    assert asked == [(3, 0, 0), (3, 1, 0), (2, 0, 0), (2, 1, 0), (2, 1, 1000), (2, 0, 1000)]
    assert found.setting == AllForOne(2, 1)
    assert found.report is not None
    assert found.isolated is not None
    assert (found.report.faithful.value, found.report.base.value, found.report.prompts) == (1.0, 0.5, 30)
    assert found.report.contexts == 9
    assert found.isolated.faithful.value == 0.0
    assert found.shared == 0


def test_prompts_in_both_splits_are_counted() -> None:
    assert run([1, 0], triangle(1, {}), first=70).shared == 30


def test_a_full_model_that_is_right_nowhere_stops_the_search() -> None:
    with pytest.raises(ShapeError, match="none of the 100 prompts right"):
        run([1, 0], triangle(1, {}), wrong=100)


def test_bad_scores_and_thresholds_are_refused(unchecked: None) -> None:
    with pytest.raises(ShapeError, match="each of 3 waits, got 2"):
        wait_first(np.ones(2), triangle(2, {}))
    with pytest.raises(ShapeError, match="Finish the sweep"):
        agreement(np.ones(3), triangle(2, {(0, 1): np.nan}))
    with pytest.raises(ShapeError, match="threshold is a share"):
        wait_first(np.ones(3), triangle(2, {}), 95)


def test_predictions_of_waiting_are_those_of_each_wait() -> None:
    tokens = planted.made(6).prompts.tokens
    found = wait_predictions(lambda some, wait: planted.logits(some, some[:, 1] < wait), 3, tokens)
    assert found.shape == (4, 6)
    for wait in range(4):
        assert ((found[wait] == tokens[:, 1] % 5) == (tokens[:, 1] < wait)).all()
