import json
from dataclasses import asdict
from pathlib import Path

import pytest

from experiments.bigrams.search import EXPERIMENT, Settings
from experiments.bigrams.search.findings import measured
from experiments.bigrams.settings import Plan
from experiments.registry import judged
from interp import records

IDS = ["bigram-1", "bigram-2", "bigram-4", "bigram-5", "bigram-17"]


@pytest.fixture(scope="module")
def record(plan: Plan, runs: Path) -> records.Record:
    """The tiny model, and its first checkpoint as a model of another size."""
    first = str(Path(plan.model).with_name("checkpoints") / "step-000000")
    settings = Settings(**asdict(plan), exact=(0.1,), ladder=(first,))
    with records.run(runs / "search", EXPERIMENT.path, settings, 0, preset="tiny", command="interp run ...") as this:
        return this.keep(EXPERIMENT.run(settings, this))


def test_a_run_measures_every_finding_that_one_model_can_show(record: records.Record) -> None:
    rows = {row.finding.id: row for row in judged(EXPERIMENT, record)}
    assert list(rows) == ["bigram-1", "bigram-2", "bigram-3", "bigram-4", "bigram-5", "bigram-16", "bigram-17"]
    assert [name for name, row in rows.items() if row.measurement is not None] == IDS


def test_every_mask_stands_beside_random_ones_of_its_size(record: records.Record) -> None:
    assert [one["lam"] for one in record.metrics["curve"]] == [0.0, 2.0]
    assert all(one["random"]["size"] == one["size"] for one in record.metrics["curve"])
    sizes = [one["size"] for one in record.metrics["core"]]
    assert len(sizes) == 2
    assert {name: [one["size"] for one in found] for name, found in record.metrics["controls"].items()} == {
        "random, same count": sizes, "random, same magnitude": sizes,
        "largest weights of each matrix": sizes, "largest weights of the model": sizes,
    }  # fmt: skip
    assert [one["size"] for one in record.metrics["exact"]] == [round(0.1 * record.metrics["weights"])]
    assert record.metrics["empty"]["size"] == 0


def test_the_rule_of_the_paper_chooses_on_the_curve(record: records.Record) -> None:
    curve, chosen = record.metrics["curve"], record.metrics["chosen"]
    assert curve[chosen["place"]]["r"][0] >= curve[0]["r"][0] - 0.04
    assert [one["size"] for one in chosen["random"]] == [curve[chosen["place"]]["size"]] * 2


def test_other_models_have_curves_of_their_own(record: records.Record) -> None:
    (other,) = record.metrics["ladder"]
    assert (other["model"], other["weights"]) == ("step-000000", record.metrics["weights"])
    assert [one["lam"] for one in other["curve"]] == [0.0, 2.0]
    assert other["full"]["r"] != record.metrics["full"]["r"]


def test_findings_follow_from_the_metrics(record: records.Record) -> None:
    again = json.loads(json.dumps(record.metrics))
    assert json.loads(json.dumps(measured(again))) == again["findings"]


def test_every_figure_is_drawn(record: records.Record) -> None:
    found = EXPERIMENT.report(json.loads(json.dumps(record.metrics)))
    assert [panel.name for panel in found] == ["sizes", "losses", "location", "kinds"]
    assert all(len(panel.caption) > 40 for panel in found)
