import json
from pathlib import Path

import pytest

from experiments.mental_math.necessity import EXPERIMENT, Settings
from experiments.mental_math.necessity.findings import measured
from experiments.mental_math.necessity.settings import TINY
from experiments.mental_math.questions import Span
from experiments.registry import judged
from interp import records
from interp.findings import Verdict
from tests.experiments.mental_math.alternatives.conftest import PLAN


def recorded(settings: Settings, out: Path) -> records.Record:
    with records.run(out, EXPERIMENT.path, settings, 0, preset="tiny", command="interp run ...") as this:
        return this.keep(EXPERIMENT.run(settings, this))


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> records.Record:
    """The preset tiny: two blocks wait and one transfers."""
    return recorded(TINY, tmp_path_factory.mktemp("runs") / "run")


def test_the_planted_block_is_the_one_that_destroys(planted: records.Record) -> None:
    told = planted.metrics["subjects"][0]
    assert told["chosen"]["transfer blocks, from 0"] == [2]
    assert [kept[0] >= 0.95 for kept in told["blocks"]["one"]] == [True, True, False, True]
    verdicts = {row.finding.id: row.verdict for row in judged(EXPERIMENT, planted)}
    assert verdicts["af1-10"] is Verdict.DIRECTION
    assert verdicts.keys() == {"af1-10", "af1-11", "af1-12"}


def test_findings_follow_from_the_metrics(planted: records.Record) -> None:
    subjects = planted.metrics["subjects"]
    assert measured(json.loads(json.dumps(subjects))) == planted.metrics["findings"]
    less = {**subjects[0], "heads": None, "looking": None}
    assert measured([less]).keys() == {"af1-10"}


def test_every_figure_is_drawn(planted: records.Record) -> None:
    found = EXPERIMENT.report(json.loads(json.dumps(planted.metrics)))
    assert [panel.name for panel in found] == ["knockouts", "pruning", "surviving_heads"]
    assert all(len(panel.caption) > 40 for panel in found)


def test_figures_of_heads_are_left_out_where_there_are_none(planted: records.Record) -> None:
    one = {**planted.metrics["subjects"][0], "heads": None, "looking": None}
    assert [panel.name for panel in EXPERIMENT.report({"subjects": [one]})] == ["knockouts"]


def test_a_contrast_is_told_beside_and_not_judged(trained: Path, tmp_path: Path) -> None:
    settings = Settings(model=str(trained), contrast=str(trained), spans=(Span("A+B", 9),), plan=PLAN, orders=2)
    found = recorded(settings, tmp_path / "run").metrics
    assert len(found["subjects"]) == 2
    assert not found["subjects"][0]["chosen"]["found"]
    assert measured(found["subjects"][:1]) == found["findings"]
