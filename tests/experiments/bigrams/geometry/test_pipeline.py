import json

import pytest

from experiments.bigrams.geometry import EXPERIMENT
from experiments.bigrams.geometry.findings import measured
from experiments.registry import judged
from interp import records

TINY = EXPERIMENT.presets["tiny"]


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> records.Record:
    """The preset tiny."""
    out = tmp_path_factory.getbasetemp() / "bigrams" / "geometry"  # beside the others, so that searches are made once
    with records.run(out, EXPERIMENT.path, TINY, 0, preset="tiny", command="interp run ...") as this:
        return this.keep(EXPERIMENT.run(TINY, this))


def test_a_run_measures_every_finding(record: records.Record) -> None:
    rows = judged(EXPERIMENT, record)
    assert [row.finding.id for row in rows] == ["bigram-9", "bigram-10", "bigram-11"]
    assert all(row.measurement is not None for row in rows)


def test_every_kind_has_a_shape_for_each_of_its_seeds(record: records.Record) -> None:
    counts = {kind: len(shapes) for kind, shapes in record.metrics["shapes"].items()}
    assert counts == {"full": 1, "bigram": 2, "random": 2, "empty": 1, "untrained": 1}
    for shapes in record.metrics["shapes"].values():
        assert all([len(one[key]) for key in one] == [5, 5, 5] for one in shapes)
    assert len(record.metrics["turn without a part"]) == TINY.parts


def test_the_last_depth_is_not_turned_from_itself(record: records.Record) -> None:
    for shapes in record.metrics["shapes"].values():
        for one in shapes:
            assert one["to output"][-1] == pytest.approx(0, abs=1e-6)
            assert [one["similarity"][depth][depth] for depth in range(5)] == pytest.approx([1] * 5)


def test_findings_follow_from_the_metrics(record: records.Record) -> None:
    again = json.loads(json.dumps(record.metrics))
    assert json.loads(json.dumps(measured(again))) == again["findings"]


def test_every_figure_is_drawn(record: records.Record) -> None:
    found = EXPERIMENT.report(json.loads(json.dumps(record.metrics)))
    assert [panel.name for panel in found] == ["rotation", "covariance"]
    assert all(len(panel.caption) > 40 for panel in found)


def test_masks_have_the_wanted_size(record: records.Record) -> None:
    assert record.metrics["share"] == pytest.approx(TINY.core, abs=1e-5)
    assert record.metrics["subject"]["model"] == "docs-small"
