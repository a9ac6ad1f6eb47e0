from dataclasses import replace
from pathlib import Path

import pytest

from experiments.othello import trainers
from experiments.othello.train import TrainSettings
from experiments.othello.trainers import TRAINERS, command, start


def test_every_trainer_has_more_steps_than_warm_up() -> None:
    assert TRAINERS.keys() == {"othello-small", "othello-tiny", "othello-dropout", "othello-paper"}
    for trainer in TRAINERS.values():
        assert trainer.settings.steps > trainer.settings.warmup


def test_the_small_model_sees_at_least_a_million_games() -> None:
    settings = TRAINERS["othello-small"].settings
    assert settings.steps * settings.batch >= 1_000_000
    assert (settings.shape.size, settings.shape.depth, settings.shape.width) == (8, 6, 128)


def test_the_command_names_the_model_or_the_settings_that_differ() -> None:
    assert command(TRAINERS["othello-tiny"].settings) == "interp train othello-tiny"
    assert command(replace(TrainSettings(), games=4096)) == "interp train othello-small --games 4096"


def test_a_start_trains_into_the_model_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(trainers, "run", lambda *words, **named: asked.append((*words, named["command"])))
    assert start(TrainSettings(), tmp_path, "cpu") == tmp_path / "model"
    assert asked == [(TrainSettings(), tmp_path, "cpu", "interp train othello-small")]
