import json
from dataclasses import replace
from pathlib import Path

import pytest

from experiments.mental_math.alternatives import EXPERIMENT, Settings
from experiments.mental_math.alternatives.findings import measured
from experiments.mental_math.alternatives.settings import PAPER
from experiments.mental_math.questions import Span
from experiments.registry import judged
from interp import records
from interp.findings import Verdict
from tests.experiments.mental_math.alternatives.conftest import PLAN


@pytest.fixture(scope="module")
def record(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> records.Record:
    settings = Settings(
        model=str(trained), contrast=str(trained), spans=(Span("A+B", 9),), plan=PLAN, threshold=0.95, draws=2
    )
    out = tmp_path_factory.mktemp("runs") / "run"
    with records.run(out, EXPERIMENT.path, settings, 0, preset="tiny", command="interp run ...") as this:
        return this.keep(EXPERIMENT.run(settings, this))


def test_a_run_measures_every_finding(record: records.Record) -> None:
    rows = judged(EXPERIMENT, record)
    assert [row.finding.id for row in rows] == ["af1-13", "af1-14"]
    assert all(row.measurement is not None for row in rows)
    assert all(row.verdict is not Verdict.REPRODUCED for row in rows)


def test_the_contrast_is_told_after_the_model_and_not_judged(record: records.Record) -> None:
    model, contrast = record.metrics["subjects"]
    assert model["told"]["task"] == contrast["told"]["task"] == "A+B"
    assert measured([model]) == record.metrics["findings"]


def test_what_must_be_so_is_so(record: records.Record) -> None:
    told = record.metrics["subjects"][0]
    assert all(kept[0][0] == 1 for name, kept in told["waiting"].items() if name in ("conditional mean", "nothing"))
    assert [kept[0] for kept in told["waiting"]["nothing"]] == [1] * (told["depth"] + 1)
    assert told["stand ins"]["conditional mean"][0] == told["peeking"]["peeking as found"][0] == told["last n"][-1][0]
    assert len(told["hidden"]) == len(told["told"]["slots"]) - 1
    assert told["contexts"]["most"][:2] == [1, 2]


def test_the_control_of_the_conditional_mean_is_the_best_rival(record: records.Record) -> None:
    told = record.metrics["subjects"][0]["stand ins"]
    best = max(told[name][0] for name in ("plain mean", "zero", "resample"))
    assert record.metrics["findings"]["af1-13"]["control"][0] == best


def test_every_figure_is_drawn(record: records.Record) -> None:
    found = EXPERIMENT.report(json.loads(json.dumps(record.metrics)))
    assert [panel.name for panel in found] == ["wait_by_stand_in", "alternatives", "slots_seen", "contexts"]
    assert all(len(panel.caption) > 40 for panel in found)


def test_a_model_without_sink_says_nothing_of_the_first_token(record: records.Record) -> None:
    told = record.metrics["subjects"][0]
    ways = {name: kept for name, kept in told["peeking"].items() if not name.startswith("first token")}
    assert measured([{**told, "peeking": ways}]).keys() == {"af1-13"}


def test_presets_ask_about_what_their_models_can_do() -> None:
    assert PAPER.plan.sampling.low == 1
    assert replace(EXPERIMENT.presets["small"], contrast="").spans[0] == Span("A+B", 14)
