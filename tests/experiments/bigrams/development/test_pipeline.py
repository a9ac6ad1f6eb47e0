import json
from dataclasses import asdict
from pathlib import Path

import pytest
import torch

from experiments.bigrams.development import EXPERIMENT, Settings
from experiments.bigrams.development.findings import measured
from experiments.bigrams.development.measure import linear_map
from experiments.bigrams.settings import Plan
from experiments.bigrams.subject import Subject
from experiments.registry import judged
from interp import records
from interp.subnetworks.mask import Mask


@pytest.fixture(scope="module")
def record(plan: Plan, runs: Path) -> records.Record:
    """The two checkpoints of the tiny model."""
    folder = Path(plan.model).with_name("checkpoints")
    settings = Settings(**asdict(plan), checkpoints=str(folder), at=(0, 60), fit=16)
    with records.run(
        runs / "development", EXPERIMENT.path, settings, 0, preset="tiny", command="interp run ..."
    ) as this:
        return this.keep(EXPERIMENT.run(settings, this))


def test_a_run_measures_every_finding(record: records.Record) -> None:
    rows = judged(EXPERIMENT, record)
    assert [row.finding.id for row in rows] == ["bigram-6", "bigram-7", "bigram-8"]
    assert all(row.measurement is not None for row in rows)


def test_masks_of_all_checkpoints_have_one_size(record: records.Record) -> None:
    along = record.metrics["along"]
    assert [one["step"] for one in along] == [0, 60]
    assert {core["size"] for one in along for core in one["core"]} == {round(0.2 * record.metrics["weights"])}
    assert [len(one["core"]) for one in along] == [2, 2]


def test_embeddings_are_measured_with_blocks_of_every_seed(record: records.Record) -> None:
    found = record.metrics["embeddings"]
    assert len(found["random blocks"]) == len(found["random"]) == 2
    assert -1 <= found["linear"][0] <= 1
    assert found["trained"]["empty"]["size"] == 0


def test_findings_follow_from_the_metrics(record: records.Record) -> None:
    again = json.loads(json.dumps(record.metrics))
    assert json.loads(json.dumps(measured(again))) == again["findings"]


def test_every_figure_is_drawn(record: records.Record) -> None:
    found = EXPERIMENT.report(json.loads(json.dumps(record.metrics)))
    assert [panel.name for panel in found] == ["along", "place", "embeddings"]
    assert all(len(panel.caption) > 40 for panel in found)


def test_where_the_blocks_are_an_affine_map_the_linear_map_is_the_model(subject: Subject) -> None:
    """Without weights the blocks add a constant (their biases), up to the little that ridge regression shrinks."""
    from experiments.bigrams.scoring import score

    empty = Mask.empty(subject.model)
    assert linear_map(subject, empty, 160).value == pytest.approx(score(subject, empty)["r"].value, abs=0.05)
    assert torch.is_grad_enabled()
