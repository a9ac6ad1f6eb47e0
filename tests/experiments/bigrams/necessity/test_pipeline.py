import json
from pathlib import Path
from typing import Any

import pytest

from experiments.bigrams.necessity import EXPERIMENT, Settings
from experiments.bigrams.necessity.findings import measured
from experiments.bigrams.necessity.masks import KINDS
from experiments.bigrams.settings import Plan
from experiments.registry import judged
from interp import records
from interp.errors import InterpError

SIZES: dict[str, Any] = {"windows": 12, "prompts": 5, "prompt": 3, "written": 5}


@pytest.fixture(scope="module")
def record(plan: Plan, runs: Path) -> records.Record:
    """Of the tiny model: 2 blocks, 2 masks."""
    settings = Settings(**vars(plan), **SIZES)
    with records.run(runs / "necessity", EXPERIMENT.path, settings, 0, preset="tiny", command="interp run ...") as this:
        return this.keep(EXPERIMENT.run(settings, this))


def test_a_run_measures_every_finding(record: records.Record) -> None:
    rows = judged(EXPERIMENT, record)
    assert [row.finding.id for row in rows] == ["bigram-14", "bigram-15"]
    assert all(row.measurement is not None for row in rows)


def test_every_kind_is_as_large_and_measured_in_both_ways_with_every_fill(record: records.Record, plan: Plan) -> None:
    kinds = record.metrics["kinds"]
    assert list(kinds) == list(KINDS)
    assert {kind["size"] for kind in kinds.values()} == {round(plan.core * record.metrics["subject"]["weights"])}
    for kind in kinds.values():
        for way in ("ablated", "alone"):
            assert {fill: len(found) for fill, found in kind[way].items()} == {"zero": 2, "mean": 2, "resample": 2}
        assert len(kind["top share"]) == 2
        assert all(0 < share <= 1 for share in kind["top share"])


def test_random_weights_of_equal_magnitude_are_larger_than_just_random_ones_and_the_largest_largest(
    record: records.Record,
) -> None:
    kinds = record.metrics["kinds"]
    for own, count, magnitude, top in zip(
        *(kinds[kind]["mean magnitude"] for kind in ("bigram", "count", "magnitude", "top")), strict=True
    ):
        assert abs(own - magnitude) < abs(own - count) or own == pytest.approx(magnitude, rel=0.05)
        assert top >= max(own, count, magnitude)


def test_findings_follow_from_the_metrics(record: records.Record) -> None:
    again = json.loads(json.dumps(record.metrics))
    assert json.loads(json.dumps(measured(again))) == again["findings"]


def test_every_figure_and_page_is_made(record: records.Record) -> None:
    again = json.loads(json.dumps(record.metrics))
    found = EXPERIMENT.report(again)
    assert [panel.name for panel in found] == ["ablation", "repetition"]
    assert all(len(panel.caption) > 40 for panel in found)
    assert EXPERIMENT.pages is not None
    pages = EXPERIMENT.pages(again)
    assert len(pages) == 3
    assert all("without bigram subnetwork" in page.body for page in pages)


def test_continuations_must_fit_a_window_and_no_search_is_made_before(plan: Plan, tmp_path: Path) -> None:
    settings = Settings(**vars(plan), **SIZES | {"prompt": 4})
    run = records.run(tmp_path / "run", EXPERIMENT.path, settings, 0, preset="tiny", command="interp run ...")
    with pytest.raises(InterpError, match="9 tokens, and windows have 8"), run as this:
        EXPERIMENT.run(settings, this)
