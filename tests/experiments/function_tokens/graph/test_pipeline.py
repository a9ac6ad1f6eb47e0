import json
from dataclasses import asdict

import pytest

from experiments.function_tokens.graph import EXPERIMENT, Settings
from experiments.function_tokens.graph.findings import measured
from experiments.function_tokens.settings import Plan
from experiments.function_tokens.subject import Subject
from experiments.registry import judged
from interp import records


@pytest.fixture(scope="module")
def settings(plan: Plan) -> Settings:
    return Settings(
        **asdict(plan), widths=(64,), ks=(2,), sweep_rows=1024, draws=2, parts=3, sizes=(2, 5), shares=(0.2, 0.4)
    )


@pytest.fixture(scope="module")
def record(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> records.Record:
    """The tiny model, its twin with random weights, and two further dictionaries."""
    out = tmp_path_factory.mktemp("runs") / "run"
    with records.run(out, EXPERIMENT.path, settings, 0, preset="tiny", command="interp run ...") as this:
        return this.keep(EXPERIMENT.run(settings, this))


def test_a_run_measures_every_finding_that_two_blocks_can_show(record: records.Record) -> None:
    rows = {row.finding.id: row for row in judged(EXPERIMENT, record)}
    assert list(rows) == [f"function-{number}" for number in range(1, 9)]
    assert [name for name, row in rows.items() if row.measurement is None] == ["function-5"]


def test_every_depth_is_held_against_chance_and_the_untrained_model(record: records.Record) -> None:
    found = record.metrics
    assert [one["depth"] for one in found["trained"]] == [0, 1, 2]
    assert [one["depth"] for one in found["untrained"]] == [1, 2]
    for one in found["trained"]:
        size = len(one["curve"]["frequency"])
        assert size == len(one["curve"]["null"]) == found["subject"]["function_tokens"] == one["points"][-1]
        assert one["curve"]["frequency"] == sorted(one["curve"]["frequency"])
        assert one["curve"]["greedy"][0] >= one["curve"]["frequency"][0]
        assert set(one["shuffled"]) == {"positions", "documents", "bands"}
        assert one["shuffled"]["positions"]["mean"] == pytest.approx(one["coverage"]["null"])
        assert one["sets"]["function"] == pytest.approx(one["curve"]["frequency"][-1])
        assert len(one["portions"]["frequency"]) == len(one["portions"]["null"]) == 3
        assert len(one["portions"]["shuffled"]) == len(one["portions"]["content"]) == 2


def test_the_sweep_has_every_width_and_sparsity_once(record: records.Record) -> None:
    assert [(one["width"], one["k"]) for one in record.metrics["sweep"]] == [(48, 2), (48, 4), (64, 2)]


def test_the_text_is_told_with_other_choices(record: records.Record, subject: Subject) -> None:
    text = record.metrics["text"]
    assert text["size"][0] == len(subject.function)
    chosen = {one["name"]: one for one in text["choices"]}
    assert chosen["40% of the text"]["agreement"] == 1.0
    assert chosen["20% of the text"]["size"] <= chosen["40% of the text"]["size"] == chosen["in most documents"]["size"]
    assert [one["name"] for one in record.metrics["trained"][1]["choices"]] == list(chosen)
    assert text["size in random order"][0] > text["size"][0]


def test_findings_follow_from_the_metrics(record: records.Record) -> None:
    again = json.loads(json.dumps(record.metrics))
    assert json.loads(json.dumps(measured(again))) == again["findings"]


def test_every_figure_is_drawn(record: records.Record) -> None:
    found = EXPERIMENT.report(json.loads(json.dumps(record.metrics)))
    names = ["text", "degrees", "coverage", "by_depth", "other_tokens", "rarefaction", "sweep", "choices"]
    assert [panel.name for panel in found] == names
    assert all(len(panel.caption) > 40 for panel in found)
