import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from experiments.mental_math.all_for_one.sweep import Half, Sweep, sweep
from experiments.mental_math.sampling import Sampling
from experiments.mental_math.subject import Plan, Subject, prepare
from experiments.mental_math.tasks import TASKS
from interp import load
from interp.ablation.boundaries import conditional, plain_mean
from interp.errors import ShapeError
from interp.last_token.reference import reference, wait_only
from interp.last_token.setting import AllForOne, triangle
from tests.experiments.mental_math.all_for_one.made import PROMPTS, found, half

PLAN = Plan(Sampling(0, 9, (0, 99)), fit=60, choose=15, report=25, floor=1, batch=16)


@pytest.fixture(scope="module")
def subject(trained: Path) -> Subject:
    return prepare(load(trained), TASKS["A+B"], PLAN, 0)


@pytest.fixture(scope="module")
def measured(subject: Subject) -> Sweep:
    return sweep(subject, 16)


def test_every_setting_is_that_of_the_reference(subject: Subject, measured: Sweep) -> None:
    depth, boundary = subject.model.depth, conditional(subject.means)
    for setting in triangle(depth):
        slow = reference(subject.model, subject.report.tokens, setting, boundary).argmax(-1) == subject.report.answers
        assert np.array_equal(measured.report.subgraphs[setting.wait, setting.transfer], slow.numpy()), setting
    wait, transfer = np.indices((depth + 1, depth + 1))
    assert not measured.report.subgraphs[wait + transfer > depth].any()


def test_wait_curves_run_all_later_blocks_as_usual(subject: Subject, measured: Sweep) -> None:
    for marks, boundary in (
        (measured.report.waiting, conditional(subject.means)),
        (measured.report.plain, plain_mean(subject.means)),
    ):
        for depth in range(subject.model.depth + 1):
            slow = wait_only(subject.model, subject.report.tokens, depth, boundary).argmax(-1)
            assert np.array_equal(marks[depth], (slow == subject.report.answers).numpy())


def test_at_depth_0_a_conditional_mean_changes_nothing(measured: Sweep) -> None:
    assert np.array_equal(measured.report.waiting[0], measured.report.full)
    assert np.array_equal(measured.choose.waiting[0], measured.choose.full)


def test_a_sweep_without_a_sink_runs_without_one(subject: Subject) -> None:
    layout = replace(subject.layout, sink="none")
    alone = sweep(replace(subject, layout=layout), 16)
    setting = AllForOne(1, 2, sink=False)
    slow = reference(subject.model, subject.report.tokens, setting, conditional(subject.means)).argmax(-1)
    assert np.array_equal(alone.report.subgraphs[1, 2], (slow == subject.report.answers).numpy())


def test_json_brings_the_same_sweep_back(measured: Sweep) -> None:
    text = json.dumps(measured.to_json())
    back = Sweep.from_json(json.loads(text))
    for name in ("choose", "report"):
        old, new = getattr(measured, name), getattr(back, name)
        for field in ("answers", "full", "subgraphs", "waiting", "plain"):
            assert np.array_equal(getattr(old, field), getattr(new, field)), field
    assert json.dumps(back.to_json()) == text


def test_a_subject_that_is_never_right_is_refused(subject: Subject) -> None:
    lost = replace(subject, full_report=torch.full_like(subject.full_report, -1))
    with pytest.raises(ShapeError, match="report"):
        sweep(lost, 16)


def test_scores_count_what_the_full_model_answers_right_only() -> None:
    made = half({(1, 1): 50}, [40, 40, 10, 0, 0], wrong=10)
    scores = made.scores()
    assert scores[1, 1] == 1.0
    assert scores[0, 0] == 2 / PROMPTS
    assert np.isnan(scores[3, 2])
    assert made.kept(AllForOne(1, 1)).shape == (PROMPTS,)


def test_the_majority_is_the_best_single_answer() -> None:
    made: Half = found()
    assert made.majority().mean() == 4 / PROMPTS


def test_a_setting_that_the_model_is_too_short_for_has_no_marks() -> None:
    with pytest.raises(ShapeError, match="4 blocks"):
        found().kept(AllForOne(4, 1))
