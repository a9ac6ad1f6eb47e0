from pathlib import Path

import pytest

from experiments import registry


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The registry knows the toy experiment only, and the working directory and the records are empty."""
    monkeypatch.setattr(registry, "MODULES", ("tests.experiments.toy",))
    monkeypatch.setattr(registry, "TRAINER_MODULES", ("tests.experiments.toy",))
    monkeypatch.setattr(registry, "records_folder", lambda paper: tmp_path / "kept" / paper)
    monkeypatch.chdir(tmp_path)
    return tmp_path
