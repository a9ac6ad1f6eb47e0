"""The smallest subjects: othello-tiny with dictionaries of a few latents, trained for a second."""

import pytest

from experiments.othello.dictionaries.preparing import prepare
from experiments.othello.dictionaries.settings import Plan, Settings
from experiments.othello.dictionaries.subjects import Subjects
from interp.records import Run

TINY = Settings(
    model="othello-tiny", plan=Plan(games=300, rows=2048, batch=256, width=64, k=8), probe_games=60, games=40, batch=40
)


@pytest.fixture(scope="session")
def who(tmp_path_factory: pytest.TempPathFactory) -> Subjects:
    """Measured on forty games each half; widths and kinds are there, too."""
    facts = {"seed": 0, "device": "cpu", "dtype": "float32", "facts": {}}
    return prepare(TINY, Run(tmp_path_factory.mktemp("runs") / "run", facts, lambda _: None))
