import json
from pathlib import Path

import pytest

from experiments.bigrams.overlap import EXPERIMENT, Settings
from experiments.bigrams.overlap.findings import measured
from experiments.bigrams.settings import Plan
from experiments.registry import judged
from interp import records
from interp.errors import InterpError


@pytest.fixture(scope="module")
def record(plan: Plan, runs: Path) -> records.Record:
    """Of the tiny model; of one size there is a single mask."""
    settings = Settings(**vars(plan) | {"optimal": (0.5, 0.3, 0.2)})
    with records.run(runs / "overlap", EXPERIMENT.path, settings, 0, preset="tiny", command="interp run ...") as this:
        return this.keep(EXPERIMENT.run(settings, this))


def test_a_run_measures_every_finding(record: records.Record) -> None:
    rows = judged(EXPERIMENT, record)
    assert [row.finding.id for row in rows] == ["bigram-12", "bigram-13", "bigram-18"]
    assert all(row.measurement is not None for row in rows)


def test_sizes_that_findings_are_about_have_a_mask_for_every_seed(record: records.Record) -> None:
    optimal, total = record.metrics["optimal"], record.metrics["subject"]["weights"]
    assert [one["share"] for one in optimal] == [0.5, 0.3, 0.2]
    assert [len(one["masks"]) for one in optimal] == [2, 1, 2]
    assert [one["masks"][0]["size"] for one in optimal] == [round(one["share"] * total) for one in optimal]
    assert [len(one["pairs"]) for one in optimal] == [2, 2, 2]


def test_random_masks_are_as_large_as_the_sparsest(record: records.Record) -> None:
    sparsest = record.metrics["optimal"][-1]["masks"]
    assert [mask["size"] for mask in record.metrics["random"]] == [mask["size"] for mask in sparsest]
    assert record.metrics["empty"]["size"] == 0
    assert len(record.metrics["between seeds"]) == 1


def test_random_masks_overlap_as_chance_says(record: records.Record) -> None:
    for pair in record.metrics["random pairs"]:
        assert abs(pair["free"]["z"]) < 5
        assert pair["free"]["expected"] == pytest.approx(pair["a"] * pair["b"] / pair["total"], rel=0.5)


def test_findings_follow_from_the_metrics(record: records.Record) -> None:
    again = json.loads(json.dumps(record.metrics))
    assert json.loads(json.dumps(measured(again))) == again["findings"]


def test_every_figure_is_drawn(record: records.Record) -> None:
    found = EXPERIMENT.report(json.loads(json.dumps(record.metrics)))
    assert [panel.name for panel in found] == ["optimal_pruning", "overlap"]
    assert all(len(panel.caption) > 40 for panel in found)


@pytest.mark.parametrize("shares", [(0.2,), (0.1, 0.05)])
def test_sizes_that_cannot_be_compared_are_refused_before_any_search(
    shares: tuple[float, ...], plan: Plan, tmp_path: Path
) -> None:
    settings = Settings(**vars(plan) | {"optimal": shares})
    run = records.run(tmp_path / "run", EXPERIMENT.path, settings, 0, preset="tiny", command="interp run ...")
    with pytest.raises(InterpError, match="--optimal"), run as this:
        EXPERIMENT.run(settings, this)
