import json
from dataclasses import replace
from pathlib import Path

import pytest

from experiments.bigrams.core_plus_circuit import EXPERIMENT
from experiments.bigrams.core_plus_circuit.findings import measured
from experiments.bigrams.core_plus_circuit.measure import BESIDE, require
from experiments.bigrams.core_plus_circuit.settings import Settings
from experiments.bigrams.settings import Plan
from experiments.registry import judged
from interp import ShapeError, records

TINY = EXPERIMENT.presets["tiny"]
ADDED = (0.01, 0.02)


@pytest.fixture(scope="module")
def record(plan: Plan, runs: Path) -> records.Record:
    """Of the tiny model: 2 blocks, 2 masks."""
    settings = Settings(**vars(plan), added=ADDED)
    with records.run(
        runs / "core_plus_circuit", EXPERIMENT.path, settings, 0, preset="tiny", command="interp run ..."
    ) as this:
        return this.keep(EXPERIMENT.run(settings, this))


def test_a_run_measures_its_finding_where_its_cores_lack_something(record: records.Record) -> None:
    (row,) = judged(EXPERIMENT, record)
    assert row.finding.id == "bigram-19"
    lacking = min(core["right"] for core in record.metrics["core"]) > record.metrics["full"]["right"]
    assert (row.measurement is not None) == lacking
    assert record.metrics["findings"] == json.loads(json.dumps(measured(record.metrics)))


def test_every_mask_has_the_size_that_was_asked_for(record: records.Record, plan: Plan) -> None:
    metrics = record.metrics
    total = metrics["subject"]["weights"]
    core = round(plan.core * total)
    assert [told["size"] for told in metrics["core"]] == [core] * plan.seeds
    assert (metrics["full"]["size"], metrics["empty"]["size"]) == (total, 0)
    assert [one["share"] for one in metrics["added"]] == list(ADDED)
    for one in metrics["added"]:
        seeds, added = plan.seeds if one["share"] == metrics["judged"] else 1, round(one["share"] * total)
        for kind in BESIDE:
            assert [told["size"] for told in one[kind]] == [added + (kind != "alone") * core] * seeds


def test_every_figure_is_drawn(record: records.Record) -> None:
    found = EXPERIMENT.report(json.loads(json.dumps(record.metrics)))
    assert [panel.name for panel in found] == ["added", "circuit_location"]


def test_settings_that_cannot_be_run_are_refused_before_anything_runs() -> None:
    for wrong in ({"judged": 0.03}, {"added": (0.02, 0.01)}, {"added": (0.0, 0.01)}, {"added": (0.01, 0.97)}):
        with pytest.raises(ShapeError, match="added"):
            require(replace(TINY, **wrong))
