import json
from pathlib import Path

import pytest

from experiments.othello.dictionaries import EXPERIMENT, Settings
from experiments.othello.dictionaries.pipeline import run
from experiments.othello.dictionaries.report import panels
from experiments.othello.dictionaries.rooms import rooms
from experiments.othello.dictionaries.settings import Plan
from experiments.registry import judged
from interp import records

TINY = Settings(
    model="othello-tiny", plan=Plan(games=120, rows=1024, batch=256, width=32, k=4), probe_games=30, games=24, batch=30,
    sweep=False,
)  # fmt: skip


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def record(runs: Path) -> records.Record:
    with records.run(runs / "run", EXPERIMENT.path, TINY, 0, preset="tiny", command="interp run ...") as this:
        return this.keep(run(TINY, this))


def test_every_finding_that_is_measured_gets_a_verdict(record: records.Record) -> None:
    known = {finding.id for finding in EXPERIMENT.findings}
    assert record.metrics["findings"].keys() <= known
    assert len(record.metrics["findings"]) >= len(known) - 2  # without a sweep, widths and kinds are not compared
    rows = [row for row in judged(EXPERIMENT, record) if row.finding.id in record.metrics["findings"]]
    assert all(row.measurement is not None for row in rows)


def test_the_story_comes_first_and_every_room_has_its_figures(record: records.Record) -> None:
    found = panels(json.loads(json.dumps(record.metrics)))
    names = [panel.name for panel in found]
    assert names[0] == "story"
    assert len(set(names)) == len(names) > len(rooms())
    assert all(len(panel.caption) > 40 for panel in found)


def test_dictionaries_lie_beside_the_run_and_activations_are_gone(record: records.Record, runs: Path) -> None:
    assert (runs / "trained").is_dir()
    assert not list(runs.rglob("store"))
    assert records.read_record(runs / "run").metrics == record.metrics
