"""The smallest subjects: othello-tiny with dictionaries of a few latents, trained for a second."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from experiments.othello.dictionaries.preparing import prepare
from experiments.othello.dictionaries.rooms import rooms
from experiments.othello.dictionaries.settings import Plan, Settings
from experiments.othello.dictionaries.subjects import Subjects
from interp.records import Run

TINY = Settings(
    model="othello-tiny", plan=Plan(games=300, rows=2048, batch=256, width=64, k=8), probe_games=60, games=40, batch=40
)


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the runs: what `who` is made with lies there."""
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="session")
def who(runs: Path) -> Subjects:
    """Measured on forty games each half; widths and kinds are there, too."""
    facts = {"seed": 0, "device": "cpu", "dtype": "float32", "facts": {}}
    return prepare(TINY, Run(runs / "prepared", facts, lambda _: None))


@pytest.fixture(scope="session")
def measured_once(who: Subjects) -> Callable[[str], dict[str, Any]]:
    """What a room measures of `who`, by the name of the room: once for all tests."""
    return cache(lambda room: rooms()[room].measure(who))


@pytest.fixture(scope="session")
def numbers(measured_once: Callable[[str], dict[str, Any]]) -> Callable[[str], dict[str, Any]]:
    """The same as a record gives it back: lists in place of intervals."""

    def of(room: str) -> dict[str, Any]:
        back: dict[str, Any] = json.loads(json.dumps(measured_once(room), allow_nan=False))
        return back

    return of
