import json
from pathlib import Path

import pytest

from experiments.bigrams.geometry import EXPERIMENT, Settings
from experiments.bigrams.geometry.findings import measured
from experiments.bigrams.settings import Plan
from experiments.registry import judged
from interp import records


@pytest.fixture(scope="module")
def record(plan: Plan, runs: Path) -> records.Record:
    """Of the tiny model: 2 blocks, 2 masks."""
    settings = Settings(**vars(plan), parts=3, untrained=1)
    with records.run(runs / "geometry", EXPERIMENT.path, settings, 0, preset="tiny", command="interp run ...") as this:
        return this.keep(EXPERIMENT.run(settings, this))


def test_a_run_measures_every_finding(record: records.Record) -> None:
    rows = judged(EXPERIMENT, record)
    assert [row.finding.id for row in rows] == ["bigram-9", "bigram-10", "bigram-11"]
    assert all(row.measurement is not None for row in rows)


def test_every_kind_has_a_shape_for_each_of_its_seeds(record: records.Record) -> None:
    counts = {kind: len(shapes) for kind, shapes in record.metrics["shapes"].items()}
    assert counts == {"full": 1, "bigram": 2, "random": 2, "empty": 1, "untrained": 1}
    for shapes in record.metrics["shapes"].values():
        assert all([len(one[key]) for key in one] == [3, 3, 3] for one in shapes)
    assert len(record.metrics["turn without a part"]) == 3


def test_the_last_depth_is_not_turned_from_itself(record: records.Record) -> None:
    for shapes in record.metrics["shapes"].values():
        for one in shapes:
            assert one["to output"][-1] == pytest.approx(0, abs=1e-6)
            assert [one["similarity"][depth][depth] for depth in range(3)] == pytest.approx([1] * 3)


def test_findings_follow_from_the_metrics(record: records.Record) -> None:
    again = json.loads(json.dumps(record.metrics))
    assert json.loads(json.dumps(measured(again))) == again["findings"]


def test_every_figure_is_drawn(record: records.Record) -> None:
    found = EXPERIMENT.report(json.loads(json.dumps(record.metrics)))
    assert [panel.name for panel in found] == ["rotation", "covariance"]
    assert all(len(panel.caption) > 40 for panel in found)


def test_masks_have_the_wanted_size(record: records.Record, plan: Plan) -> None:
    assert record.metrics["share"] == pytest.approx(plan.core, abs=1e-3)
