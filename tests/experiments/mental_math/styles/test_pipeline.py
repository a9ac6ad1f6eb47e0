import json
from dataclasses import replace
from pathlib import Path

import pytest

from experiments.mental_math.styles import EXPERIMENT, pipeline
from experiments.mental_math.subject import prepare
from interp import records
from interp.errors import InterpError
from interp.records import Record

TINY = replace(EXPERIMENT.presets["tiny"], styles=("original", "verbal math"), tasks=("A+B",))


def run(folder: Path, settings: object = TINY) -> Record:
    with records.run(folder, EXPERIMENT.path, settings, 0, preset="tiny", command="interp run") as this:
        return this.keep(EXPERIMENT.run(settings, this))  # type: ignore[arg-type]


def test_the_planted_setting_is_found_on_bare_sums_and_unknown_styles_are_not_answered(tmp_path: Path) -> None:
    metrics = run(tmp_path).metrics
    layers, styles = metrics["setting"]["layers"], metrics["tasks"]["A+B"]
    assert (layers["wait"], layers["transfer"]) == (2, 1)
    assert styles["original"]["given"][0] >= 0.95
    assert styles["original"]["no transfer"][0] < 0.3
    assert not styles["verbal math"]["answered"]
    assert metrics["findings"] == {}
    assert EXPERIMENT.report(json.loads(json.dumps(metrics)))
    assert not list(tmp_path.rglob("sweeps/*.json"))


def test_a_run_that_was_stopped_goes_on_with_the_sweeps_that_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def stopping(model: object, wording: object, *rest: object) -> object:
        asked.append(wording)
        if len(asked) == 2:
            raise KeyboardInterrupt
        return prepare(model, wording, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline, "prepare", stopping)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path)
    run(tmp_path)
    assert [wording.style for wording in asked] == ["original", "verbal math", "verbal math"]  # type: ignore[attr-defined]


def test_without_the_plain_style_nothing_can_be_chosen(tmp_path: Path) -> None:
    with pytest.raises(InterpError, match="original"):
        run(tmp_path, replace(TINY, styles=("verbal math",)))
