"""The instruments on models where the truth is known: what was planted is found, and nothing where it was not."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch

from experiments.mental_math.all_for_one.known import known
from experiments.mental_math.all_for_one.sweep import Sweep, sweep
from experiments.mental_math.all_for_one.telling import tell
from experiments.mental_math.sampling import Sampling
from experiments.mental_math.subject import Plan, Subject, prepare
from experiments.mental_math.tasks import TASKS
from interp import load
from interp.ablation.boundaries import conditional, plain_mean
from interp.last_token.reference import reference
from interp.last_token.setting import AllForOne

PLAN = Plan(fit=600, choose=100, report=300, floor=4)  # all 400 sums of sums-planted


def prepared(name: str) -> tuple[Subject, AllForOne | None]:
    """A model of the zoo on A+B, and what was planted in it."""
    record = known(name)
    assert record is not None
    sampling: Sampling = record.tasks["A+B"]
    plan = Plan(sampling, PLAN.fit, PLAN.choose, PLAN.report, PLAN.floor)
    return prepare(load(name, device="cpu"), TASKS["A+B"], plan, 0), record.planted


def told(subject: Subject, planted: AllForOne | None) -> Mapping[str, Any]:
    swept: Sweep = sweep(subject, 512)
    return tell(swept, 0.95, planted, np.random.default_rng(0))


@pytest.mark.parametrize(("name", "wait", "transfer"), [("sums-tiny", 2, 1), ("sums-planted", 2, 1)])
def test_the_planted_circuit_is_found_and_its_neighbours_fail(name: str, wait: int, transfer: int) -> None:
    subject, planted = prepared(name)
    assert planted == AllForOne(wait, transfer)
    found = told(subject, planted)["planted"]
    assert found["search finds exactly it"]
    assert found["faithful"][0] >= 0.99
    chance = max(0.05, found["majority"])  # what one constant answer gets
    assert found["wait + 1"][0] <= chance
    assert found["transfer - 1"][0] <= chance
    assert found["plain mean and all later blocks"][0] < 0.1
    setting, tokens, known_ones = subject.setting(wait, transfer), subject.report.tokens, subject.right_report
    slow = reference(subject.model, tokens, setting, conditional(subject.means))
    torch.testing.assert_close(subject.engine.logits(tokens, setting), slow, atol=1e-4, rtol=0)
    forgotten = reference(subject.model, tokens, setting, plain_mean(subject.means)).argmax(-1)
    assert (forgotten == subject.report.answers)[known_ones].double().mean() < 0.1


def test_two_transfer_blocks_are_found_where_each_carries_what_the_other_does_not() -> None:
    subject, planted = prepared("sums-in-turn")
    assert planted == AllForOne(2, 2)
    found = told(subject, planted)["planted"]
    assert found["search finds exactly it"]
    assert found["faithful"][0] >= 0.99
    assert found["transfer - 1"][0] < 0.05
    assert found["wait + 1"][0] < 0.5  # the second block can read a little of what the first one should have brought
    assert found["plain mean and all later blocks"][0] < 0.1


@pytest.mark.parametrize("name", ["sums-chain", "sums-plain"])
def test_nothing_that_waits_is_found_where_nothing_was_planted(name: str) -> None:
    subject, planted = prepared(name)
    assert planted is None
    found = told(subject, planted)
    assert found["base"][0] > 0.9
    assert found["best that waits"] < 0.5
    assert found["search"]["found"] is None
