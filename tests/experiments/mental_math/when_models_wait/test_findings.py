import pytest

from experiments.mental_math.when_models_wait import EXPERIMENT
from experiments.mental_math.when_models_wait.findings import counts, measured, waits
from interp.findings import Measurement, Verdict, judge
from interp.stats import Interval
from tests.experiments.mental_math.when_models_wait.made import made, task

FINDING = EXPERIMENT.findings[0]


def verdict(waiting: int, **extra: float) -> Verdict:
    entry = measured(made(waiting), seed=0)["af1-16"]
    value, control = Interval(*entry["value"]), Interval(*entry["control"])
    return judge(FINDING, Measurement(value, control, {**entry["extra"], **extra}, "small", 1))


@pytest.mark.parametrize("waiting", [0, 1])
def test_the_claim_holds_while_one_of_ten_waits_at_most(waiting: int) -> None:
    assert verdict(waiting) is Verdict.DIRECTION


@pytest.mark.parametrize("waiting", [2, 4, 6, 10])
def test_the_claim_fails_when_more_do(waiting: int) -> None:
    assert verdict(waiting) is Verdict.NOT_REPRODUCED


def test_five_models_are_too_few_whatever_they_do() -> None:
    assert verdict(0, models=5.0) is Verdict.NOT_REPRODUCED
    assert verdict(0, models=6.0) is Verdict.DIRECTION


def test_a_measurement_that_does_not_find_planted_waiting_says_nothing() -> None:
    metrics = made(0)
    for planted in metrics["planted"]:
        planted["tasks"] = {name: task(4, 0) for name in planted["tasks"]}
    entry = measured(metrics, seed=0)["af1-16"]
    found = Measurement(Interval(*entry["value"]), Interval(*entry["control"]), entry["extra"], "small", 1)
    assert judge(FINDING, found) is Verdict.NOT_REPRODUCED


def test_a_model_waits_when_it_does_in_one_of_the_tasks_that_it_can_do() -> None:
    model = {"tasks": {"A+B": task(4, 0), "A-B": task(4, 1)}}
    assert waits(model)
    model["tasks"]["A-B"] = task(4, 1, base=0.6)
    assert counts(model)
    assert not waits(model)
    assert waits(model, able=False)


def test_models_that_cannot_do_their_tasks_are_counted_and_left_out() -> None:
    metrics = made(0)
    metrics["studied"][0]["tasks"] = {"A+B": {"able": False, "accuracy in training": 0.1}}
    entry = measured(metrics, seed=0)["af1-16"]
    assert entry["value"].n == 9
    assert entry["extra"]["models"] == 9
    assert entry["extra"]["models that cannot do their tasks"] == 1
    for model in metrics["studied"]:
        model["tasks"] = {"A+B": {"able": False, "accuracy in training": 0.1}}
    assert measured(metrics, seed=0) == {}


def test_the_longest_wait_and_the_best_subgraph_of_all_models_stand_beside_the_share() -> None:
    extra = measured(made(1), seed=0)["af1-16"]["extra"]
    assert extra["longest wait (share of depth)"] == 0.25
    assert extra["best subgraph that waits"] == 0.98
