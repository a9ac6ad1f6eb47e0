from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from experiments.othello.dictionaries import EXPERIMENT, pipeline
from experiments.othello.dictionaries.report import panels
from experiments.othello.dictionaries.rooms import rooms
from experiments.othello.dictionaries.settings import Settings
from experiments.othello.dictionaries.subjects import Subjects
from experiments.registry import judged
from interp import records


@pytest.fixture(scope="module")
def record(runs: Path, who: Subjects, measured_once: Callable[[str], dict[str, Any]]) -> records.Record:
    """Of a run whose subjects and numbers are those that the tests of the rooms have, too."""

    def prepared(settings: Settings, this: records.Run) -> Subjects:
        assert (settings, this.seed) == (who.settings, who.seed)
        return who

    def shared(room: str, found: Subjects) -> dict[str, Any]:
        assert found is who
        return measured_once(room)

    known = {name: room._replace(measure=partial(shared, name)) for name, room in rooms().items()}
    with (
        pytest.MonkeyPatch.context() as patch,
        records.run(runs / "run", EXPERIMENT.path, who.settings, 0, preset="tiny", command="interp run ...") as this,
    ):
        patch.setattr(pipeline, "prepare", prepared)
        patch.setattr(pipeline, "rooms", lambda: known)
        return this.keep(pipeline.run(who.settings, this))


def test_every_finding_that_is_measured_gets_a_verdict(record: records.Record) -> None:
    known = {finding.id for finding in EXPERIMENT.findings}
    assert record.metrics["findings"].keys() <= known
    assert len(record.metrics["findings"]) >= len(known) - 2  # kinds without a common L0 leave theirs out
    rows = [row for row in judged(EXPERIMENT, record) if row.finding.id in record.metrics["findings"]]
    assert all(row.measurement is not None for row in rows)


def test_the_story_comes_first_and_every_room_has_its_figures(record: records.Record) -> None:
    found = panels(record.metrics)
    names = [panel.name for panel in found]
    assert names[0] == "story"
    assert len(set(names)) == len(names) > len(rooms())
    assert all(len(panel.caption) > 40 for panel in found)


def test_dictionaries_lie_beside_the_run_and_activations_are_gone(record: records.Record, runs: Path) -> None:
    assert (runs / "trained").is_dir()
    assert not list(runs.rglob("store"))
    assert records.read_record(runs / "run").metrics == record.metrics
