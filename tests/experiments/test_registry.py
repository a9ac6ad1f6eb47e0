import dataclasses
from pathlib import Path
from typing import Any

import pytest

from experiments import registry
from experiments.registry import Experiment
from interp.errors import InterpError, UnknownNameError
from interp.findings import ledger
from interp.ledger import to_markdown
from interp.records import Record
from interp.settings import settings_from_json, settings_json
from tests.experiments.toy import EXPERIMENT, Coin, ToySettings


def test_experiments_are_found_by_the_name_of_their_module(toy: Path) -> None:
    assert registry.names() == ["experiments/toy"]
    assert registry.experiments() == {"experiments/toy": EXPERIMENT}
    assert registry.experiment("experiments/toy").settings is ToySettings
    assert [finding.id for finding in registry.findings()] == ["toy-heads"]
    assert list(registry.trainers()) == ["toy-model"]
    assert registry.records() == []


def test_unknown_names_are_errors_with_the_nearest(toy: Path) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'experiments/toy'"):
        registry.experiment("experiments/tyo")
    with pytest.raises(UnknownNameError, match="Did you mean 'toy-model'"):
        registry.trainer("toy-modle")


def test_an_experiment_must_be_called_as_its_file(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.experiments.toy.EXPERIMENT", dataclasses.replace(EXPERIMENT, name="game", findings=()))
    with pytest.raises(InterpError, match="name it as the file"):
        registry.experiments()


@dataclasses.dataclass(frozen=True)
class WithSeed:
    seed: int = 0


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"presets": {"small": ToySettings()}}, "needs presets tiny and small"),
        ({"presets": {"tiny": Coin(), "small": ToySettings()}}, "of one type"),
        ({"presets": {"tiny": ToySettings(), "small": ToySettings(), "huge": ToySettings()}}, "needs presets"),
        ({"presets": {"tiny": WithSeed(), "small": WithSeed()}}, "without fields called"),
        ({"name": "other"}, "does not measure"),
        ({"inputs": ("file",)}, "no settings"),
    ],
)
def test_a_malformed_experiment_cannot_be_made(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(InterpError, match=says):
        dataclasses.replace(EXPERIMENT, **changes)


def test_a_preset_stands_whatever_files_are_named_besides() -> None:
    other, fair = ToySettings(games=7), ToySettings(coin=Coin(0.5))
    experiment = dataclasses.replace(EXPERIMENT, presets={"tiny": other, "small": ToySettings()}, inputs=("games",))
    assert experiment.stands(other, "small")
    assert not experiment.stands(fair, "small")
    assert not EXPERIMENT.stands(other, "small")


def test_a_measured_finding_that_the_experiment_lacks_is_an_error() -> None:
    record = Record({"experiment": "experiments/toy", "preset": "tiny", "seed": 0}, {"findings": {"toy-haeds": {}}})
    with pytest.raises(UnknownNameError, match="Did you mean 'toy-heads'"):
        registry.judged(EXPERIMENT, record)


def real() -> list[Experiment[Any]]:
    return list(registry.experiments().values())


def test_the_settings_of_every_preset_survive_the_way_to_json_and_back() -> None:
    for experiment in real():
        for settings in experiment.presets.values():
            assert settings_from_json(experiment.settings, settings_json(settings)) == settings


def test_every_committed_record_was_made_with_its_preset_as_it_stands_now() -> None:
    """Otherwise the ledger would judge a run that the printed command no longer makes."""
    for record in registry.records():
        experiment = registry.experiment(record.run["experiment"])
        settings = settings_from_json(experiment.settings, record.run["settings"])
        assert experiment.stands(settings, record.run["preset"]), f"run {record.run['command']} --record again"


def test_committed_records_name_no_path_of_a_machine() -> None:
    for paper in {name.split("/")[0] for name in registry.names()}:
        for path in registry.records_folder(paper).glob("*.json"):
            for word in ('"/', " /", "=/"):
                assert word not in path.read_text(), f"{path.name} holds {word}"


def test_findings_md_is_what_the_committed_records_say() -> None:
    """Neither edited by hand nor older than the records: `interp findings --write` makes it."""
    path = Path(registry.__file__).parents[1] / "FINDINGS.md"
    assert path.read_text(encoding="utf8") == to_markdown(ledger(registry.findings(), registry.records()))
