from dataclasses import replace
from pathlib import Path

import pytest

from experiments.language import trainers
from experiments.language.checkpoints import log_steps
from experiments.language.settings import TrainSettings
from experiments.language.trainers import TRAINERS, command, start


def test_every_trainer_has_more_steps_than_warm_up_and_a_dozen_checkpoints() -> None:
    assert TRAINERS.keys() == {"docs-small", "docs-shallow", "docs-tiny"}
    for trainer in TRAINERS.values():
        assert trainer.settings.steps > trainer.settings.warmup
        kept = log_steps(trainer.settings.steps, trainer.settings.checkpoints)
        assert len(kept) >= 12
        assert (kept[0], kept[-1]) == (0, trainer.settings.steps)


def test_the_small_model_has_the_size_that_the_zoo_asks_for() -> None:
    shape = TRAINERS["docs-small"].settings.shape
    assert (shape.depth, shape.width, shape.vocabulary) == (4, 128, 4096)


def test_the_command_names_the_model_or_the_settings_that_differ() -> None:
    assert command(TRAINERS["docs-tiny"].settings) == "interp train docs-tiny"
    assert command(replace(TrainSettings(), corpus="a.txt")) == "interp train docs-small --corpus a.txt"


def test_a_start_trains_into_the_model_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(trainers, "run", lambda *words, **named: asked.append((*words, named["command"])))
    assert start(TrainSettings(), tmp_path, "cpu") == tmp_path / "model"
    assert asked == [(TrainSettings(), tmp_path, "cpu", "interp train docs-small")]
