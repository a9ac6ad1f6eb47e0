import json
from dataclasses import replace
from pathlib import Path

import pytest

from experiments.othello.dictionaries.settings import Plan
from experiments.othello.edits import EXPERIMENT, Settings
from experiments.othello.edits.pipeline import run
from experiments.othello.edits.report import panels
from experiments.registry import judged
from interp import records
from interp.errors import FileError

TINY = Settings(
    model="othello-tiny", plan=Plan(games=120, rows=1024, batch=256, width=32, k=4), pool=2500, choose=8, report=12,
    last_ply=14, scales=(2.0,), steps=2, probe_games=30, batch=40,
)  # fmt: skip


def _record(out: Path, settings: Settings) -> records.Record:
    with records.run(out, EXPERIMENT.path, settings, 0, preset="tiny", command="interp run ...") as this:
        return this.keep(run(settings, this))


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> records.Record:
    return _record(tmp_path_factory.mktemp("runs") / "run", TINY)


def test_a_run_measures_every_finding_but_those_of_a_file_and_of_too_few_cases(record: records.Record) -> None:
    left_out = {finding.id for finding in EXPERIMENT.findings} - record.metrics["findings"].keys()
    assert left_out == {"othello-12-given", "othello-12-understood"}
    rows = [row for row in judged(EXPERIMENT, record) if row.finding.id not in left_out]
    assert all(row.measurement is not None for row in rows)


def test_every_figure_is_drawn(record: records.Record) -> None:
    found = panels(json.loads(json.dumps(record.metrics)))
    names = [panel.name for panel in found]
    assert len(set(names)) == len(names) >= 5
    assert all(len(panel.caption) > 40 for panel in found)


def test_cases_are_counted(record: records.Record) -> None:
    assert set(record.metrics["cases"]) == {"flip", "erase", "natural", "unnatural"}
    assert all(one["count"] == 12 for one in record.metrics["cases"].values())


def test_a_file_of_cases_that_is_not_there_fails_before_anything_is_trained(tmp_path: Path) -> None:
    with pytest.raises(FileError):
        _record(tmp_path / "run", replace(TINY, given=str(tmp_path / "cases.json")))
    assert not (tmp_path / "trained").exists()
