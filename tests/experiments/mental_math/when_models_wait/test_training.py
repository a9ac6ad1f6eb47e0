import json
from dataclasses import replace
from pathlib import Path

import pytest

from experiments.mental_math.when_models_wait import EXPERIMENT
from experiments.mental_math.when_models_wait import training as module
from experiments.mental_math.when_models_wait.settings import STUDIED, Candidate, Settings
from experiments.mental_math.when_models_wait.training import trained, training
from interp.settings import settings_json

QUICK = Settings(models=(Candidate("one", steps=2), Candidate("two, deeper", depth=2, steps=2)), width=16, batch=4)


def test_a_model_is_trained_once_and_a_stopped_study_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    one = trained(replace(QUICK, models=QUICK.models[:1]), 0, tmp_path, "cpu", said.append)
    both = trained(QUICK, 0, tmp_path, "cpu", said.append)
    assert both[0] == one[0]
    assert [line.split(": ")[1] for line in said] == ["one", "two, deeper"]
    monkeypatch.setattr(module, "run", None)
    assert trained(QUICK, 0, tmp_path, "cpu", said.append) == both
    assert all((folder / "training.json").exists() for folder in both)


def test_models_of_other_settings_or_another_seed_get_folders_of_their_own(tmp_path: Path) -> None:
    few = replace(QUICK, models=QUICK.models[:1])
    folders = [
        trained(settings, seed, tmp_path, "cpu", lambda _: None)[0]
        for settings, seed in ((few, 0), (few, 1), (replace(few, batch=8), 0))
    ]
    assert len(set(folders)) == 3


def test_a_model_is_known_again_when_trainings_have_learnt_a_further_setting(tmp_path: Path) -> None:
    few = replace(QUICK, models=QUICK.models[:1])
    (model,) = trained(few, 0, tmp_path, "cpu", lambda _: None)
    record = json.loads((model / "training.json").read_text())
    del record["settings"]["wait"]
    (model / "training.json").write_text(json.dumps(record))
    older = model.parent.rename(tmp_path / "one-older")
    assert trained(few, 0, tmp_path, "cpu", lambda _: None) == [older / "model"]


def test_no_circuit_is_planted_and_seeds_of_runs_never_meet() -> None:
    plans = [training(Settings(), one, seed) for seed in (0, 1) for one in STUDIED]
    assert {plan.circuit for plan in plans} == {"none"}
    assert [plan.seed for plan in plans[:3]] == [0, 1, 2]
    assert [plan.seed for plan in plans[10:13]] == [3, 4, 5]


def test_the_ten_models_differ_from_the_base_in_one_thing_each() -> None:
    base = settings_json(Candidate(""))
    changed = [{key for key, value in settings_json(one).items() if value != base[key]} - {"name"} for one in STUDIED]
    assert len(STUDIED) == 10
    assert [len(keys) for keys in changed] == [0] + 9 * [1]
    assert set.union(*changed) == {"seed", "depth", "operands", "weight_decay", "steps", "spare"}


def test_what_each_preset_trains_is_in_its_settings() -> None:
    for preset in EXPERIMENT.presets.values():
        shown = settings_json(preset)["models"]
        assert [one["name"] for one in shown] == [one.name for one in preset.models]
        assert all({"depth", "steps", "spare"} <= one.keys() for one in shown)
