import json
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from experiments.mental_math.all_for_one import EXPERIMENT, Settings, pipeline
from experiments.mental_math.all_for_one.sweep import Sweep, sweep
from experiments.mental_math.sampling import Sampling
from experiments.mental_math.subject import Plan, Subject
from experiments.registry import judged
from interp import records
from interp.errors import InterpError, ModelError, UnknownNameError
from interp.report import write_report

PLAN = Plan(Sampling(0, 9, (0, 99)), fit=60, choose=15, report=25, floor=1, batch=16)


def settings(trained: Path, **changes: Any) -> Settings:
    """The little model that knows sums of one-digit numbers by heart, on them and on some that it can only guess."""
    base = Settings(model=str(trained), tasks=("A+B", "A+B+C"), lead="A+B", others=(), plan=PLAN)
    return replace(base, **changes)


def record(out: Path, asked: Settings) -> records.Record:
    with records.run(out, EXPERIMENT.path, asked, 0, preset="tiny", command="interp run ...") as this:
        return this.keep(EXPERIMENT.run(asked, this))


@pytest.fixture(scope="module")
def other(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same model in another place."""
    return str(copytree(trained, tmp_path_factory.mktemp("models") / "other"))


@pytest.fixture(scope="module")
def whole(trained: Path, other: str, tmp_path_factory: pytest.TempPathFactory) -> records.Record:
    """A run with a second model beside the first and another of the family."""
    asked = settings(trained, others=(other,), other_tasks=("A+B",), family=other)
    return record(tmp_path_factory.mktemp("runs") / "run", asked)


def test_a_run_measures_every_finding_that_its_tasks_allow(whole: records.Record) -> None:
    rows = {row.finding.id: row for row in judged(EXPERIMENT, whole)}
    measured = {name for name, row in rows.items() if row.measurement is not None}
    assert measured >= {"af1-1", "af1-2", "af1-8", "af1-9"}
    assert not measured & {"af1-4", "af1-5"}
    # A model that learnt sums as it liked has no such circuit.
    assert rows["af1-8"].verdict.value == "not reproduced"
    assert rows["af1-9"].verdict.value == "needs scale"


def test_every_figure_is_drawn(whole: records.Record, tmp_path: Path) -> None:
    panels = EXPERIMENT.report(json.loads(json.dumps(whole.metrics)))
    assert [panel.name for panel in panels] == ["waiting", "triangles", "by_task"]
    assert all(len(panel.caption) > 40 for panel in panels)
    assert write_report(tmp_path, EXPERIMENT.question, judged(EXPERIMENT, whole), panels, whole).exists()


def test_a_record_says_for_every_task_what_was_asked_and_both_counts_of_layers(whole: records.Record) -> None:
    told = whole.metrics["models"][whole.metrics["model"]]["tasks"]["A+B"]
    assert told["prompts"] == {"fit": 60, "choose": 15, "report": 25}
    assert told["excluded"] == {"choose": 0, "report": 0}
    counted = told["chosen"]["layers"]
    assert counted["index of the last block that waits"] == counted["wait"] - 1
    assert len(told["scores"]) == len(told["waiting"]) == len(told["plain mean"]) == told["depth"] + 1


def test_a_run_that_was_killed_goes_on_and_ends_the_same_bit_for_bit(
    trained: Path, other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = settings(trained, tasks=("A+B",), others=(other,), other_tasks=("A+B",))
    swept: list[str] = []
    straight = record(tmp_path / "straight", asked)

    def killed(subject: Subject, batch: int) -> Sweep:
        if swept:
            raise KeyboardInterrupt
        swept.append(subject.model.name)
        return sweep(subject, batch)

    monkeypatch.setattr(pipeline, "sweep", killed)
    with pytest.raises(KeyboardInterrupt):
        record(tmp_path / "run", asked)
    assert swept == ["trained"]

    def counted(subject: Subject, batch: int) -> Sweep:
        swept.append(subject.model.name)
        return sweep(subject, batch)

    monkeypatch.setattr(pipeline, "sweep", counted)
    resumed = record(tmp_path / "run", asked)
    assert swept == ["trained", "other"]
    assert json.dumps(resumed.metrics) == json.dumps(straight.metrics)
    # Finished runs leave no sweeps behind that a later version of the code could take for its own.
    assert not list((tmp_path / "run").rglob("*A+B*"))


def test_a_task_that_cannot_be_asked_is_left_out_with_its_reason(trained: Path, tmp_path: Path) -> None:
    asked = settings(trained, tasks=("A+B", "A-B"), plan=replace(PLAN, floor=6, fit=100))
    told = record(tmp_path, asked).metrics
    model = told["models"][told["model"]]
    assert set(model["tasks"]) | set(model["refused"]) == {"A+B", "A-B"}
    only = replace(asked, plan=replace(PLAN, floor=90))
    with pytest.raises(InterpError, match="none of its tasks"):
        record(tmp_path / "none", only)


def test_names_are_looked_up_before_anything_is_run(trained: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="A\\*B"):
        record(tmp_path / "task", settings(trained, tasks=("A*B",)))
    with pytest.raises(InterpError, match="--tasks"):
        record(tmp_path / "none", settings(trained, tasks=()))
    with pytest.raises(UnknownNameError, match="A\\+B\\+C"):
        record(tmp_path / "family", settings(trained, lead="A+B+C", family="sums-tiny"))


def test_a_family_of_another_depth_is_refused(trained: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="sums-tiny has 4 blocks"):
        record(tmp_path, settings(trained, tasks=("A+B",), family="sums-tiny"))
