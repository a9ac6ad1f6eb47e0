import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from experiments.function_tokens.consolidation import EXPERIMENT, Settings
from experiments.function_tokens.consolidation.findings import measured
from experiments.function_tokens.consolidation.latents import rows_of
from experiments.function_tokens.consolidation.pipeline import require, second_size
from experiments.function_tokens.settings import Plan
from experiments.function_tokens.subject import Subject
from experiments.registry import judged
from interp import records
from interp.errors import FileError, InterpError, ShapeError
from interp.records import Run
from tests.experiments.function_tokens.conftest import STEPS


def settings(plan: Plan, **changes: Any) -> Settings:
    folder = str(Path(plan.model).with_name("checkpoints"))
    few = {
        "rows": 1024, "batch": 64, "checkpoints": folder, "second": folder, "judged": 20, "step": 8, "gradients": 16,
        "least": 2, "at": (0, STEPS), "ks": (2, 8), "seeds": 2, "counted": 60, "spliced": 6,
    }  # fmt: skip
    return Settings(**{**asdict(plan), **few, **changes})


@pytest.fixture(scope="module")
def record(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> records.Record:
    """The two checkpoints of the tiny model, which is its own second size."""
    chosen, out = settings(plan), tmp_path_factory.mktemp("runs") / "run"
    with records.run(out, EXPERIMENT.path, chosen, 0, preset="tiny", command="interp run ...") as this:
        return this.keep(EXPERIMENT.run(chosen, this))


def test_a_run_measures_what_can_be_judged(record: records.Record) -> None:
    found = {row.finding.id for row in judged(EXPERIMENT, record) if row.measurement is not None}
    assert {"function-9", "function-10", "function-11", "function-12"} <= found


def test_groups_share_the_loss_and_the_gradient_at_every_checkpoint(record: records.Record) -> None:
    first = record.metrics["sizes"][0]
    assert first["steps"] == [0, STEPS]
    assert (first["depth"], first["width"]) == (2, 16)
    for at in (0, 1):
        assert sum(one["loss share"][at][0] for one in first["groups"].values()) == pytest.approx(1)
        assert sum(one["of norms"][at][0] for one in first["gradients"].values()) == pytest.approx(1)
    assert first["groups"].keys() == first["gradients"].keys()
    assert all(one["mean"][0][0] > one["mean"][1][0] for one in first["groups"].values())


def test_a_model_gains_nothing_over_itself(record: records.Record) -> None:
    gained = record.metrics["gain"]["all"]
    assert gained["content_over_function"][:3] == gained["excess"][:3] == [0, 0, 0]


def test_every_checkpoint_has_every_dictionary_on_the_same_rows(record: records.Record) -> None:
    found = record.metrics["dictionaries"]
    assert {(one["step"], one["k"], one["seed"]) for one in found} == {
        (step, k, seed) for step in (0, STEPS) for k in (2, 8) for seed in (0, 1)
    }
    assert {one["rows"] for one in found} == {60}
    assert all(0 <= one["often"] <= one["once"] <= one["width"] for one in found)
    assert all(one["l0"] <= one["k"] for one in found)


def test_findings_follow_from_the_metrics(record: records.Record) -> None:
    again = json.loads(json.dumps(record.metrics))
    assert json.loads(json.dumps(measured(again))) == again["findings"]


def test_every_figure_is_drawn(record: records.Record) -> None:
    found = EXPERIMENT.report(json.loads(json.dumps(record.metrics)))
    assert [panel.name for panel in found] == ["losses", "words", "shares", "tokens", "sizes", "latents", "slopes"]
    assert all(len(panel.caption) > 40 for panel in found)


def test_without_a_second_size_the_first_is_measured_alone(
    plan: Plan, this: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(this, "say", said.append)
    assert second_size(settings(plan, second=str(tmp_path / "none")), this) is None
    assert "interp train docs-shallow" in said[0]
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileError, match="interp train docs-shallow"):
        second_size(settings(plan, second=str(tmp_path / "empty")), this)


@pytest.mark.parametrize("changes", [{"ks": (8,)}, {"ks": (8, 2)}, {"seeds": 0}, {"counted": 0}])
def test_settings_of_no_use_are_refused(plan: Plan, changes: dict[str, Any]) -> None:
    with pytest.raises(InterpError):
        require(replace(settings(plan), **changes))


def test_too_little_text_to_count_on_is_refused(subject: Subject) -> None:
    with pytest.raises(ShapeError, match="lower `counted`"):
        rows_of(subject.model, subject.held_out, 10**6)
