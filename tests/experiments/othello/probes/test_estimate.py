from pathlib import Path

import pytest

from experiments.othello.probes import Settings
from experiments.othello.probes.estimate import estimate


def test_more_games_take_longer_and_hold_more_in_proportion(folder: Path) -> None:
    def of(games: int) -> tuple[float, float]:
        settings = Settings(model=str(folder), dropout_model="", train_games=games, test_games=games)
        found = estimate(settings, "cpu", "float32")
        assert "not on this machine" not in found.models[0]
        return found.seconds, found.memory

    few, many = of(500), of(500_000)
    assert many[0] > 50 * few[0] > 0  # the machine may be a few times busier in one of the two
    assert many[1] > 50 * few[1] > 0


def test_a_model_that_is_not_there_is_timed_by_a_stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    from experiments.othello.model import Shape

    monkeypatch.setattr("experiments.othello.subject.PUBLISHED", Shape(size=4, depth=1, width=8, heads=2))
    found = estimate(Settings(model="./nowhere", train_games=20, test_games=5), "cpu", "float32")
    assert "not on this machine" in found.models[0]
