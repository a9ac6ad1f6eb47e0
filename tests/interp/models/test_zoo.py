from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import interp


def test_the_zoo_is_what_every_installed_package_ships(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [
        EntryPoint("one", "tests.interp.models.test_zoo:one", "interp.zoo"),
        EntryPoint("two", "tests.interp.models.test_zoo:two", "interp.zoo"),
    ]
    monkeypatch.setattr("interp.models.zoo.entry_points", lambda group: entries if group == "interp.zoo" else [])
    assert interp.zoo() == {"a": Path("a"), "b": Path("b")}


def one() -> dict[str, Path]:
    return {"a": Path("a")}


def two() -> dict[str, Path]:
    return {"b": Path("b")}
