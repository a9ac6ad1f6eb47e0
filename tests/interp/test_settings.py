import hashlib
import json
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from interp.errors import InterpError, UnknownNameError
from interp.settings import identity, portable, settings_from_json, settings_json


class Side(Enum):
    BLACK = "black"
    WHITE = "white"


@dataclass(frozen=True)
class Inner:
    width: int = 4
    rates: tuple[float, ...] = (0.1, 0.2)


@dataclass(frozen=True)
class Outer:
    model: str
    games: int = 10
    share: float = 0.5
    keep: bool = True
    note: str | None = None
    labels: Literal["before", "after"] = "after"
    side: Side = Side.BLACK
    corpus: Path = Path("data/games.npz")
    pair: tuple[int, str] = (1, "a")
    inner: Inner = Inner()


FULL = Outer("m", 3, 1.5, False, "x", "before", Side.WHITE, Path("a/b"), (2, "b"), Inner(8, ()))


@pytest.mark.parametrize("settings", [Outer("m"), FULL])
def test_settings_survive_the_way_to_json_and_back(settings: Outer) -> None:
    assert settings_from_json(Outer, json.loads(json.dumps(settings_json(settings)))) == settings


@hypothesis_settings(max_examples=30, deadline=None)
@given(st.builds(Inner, st.integers(), st.lists(st.floats(allow_nan=False, allow_infinity=False)).map(tuple)))
def test_any_settings_survive_and_keep_their_identity(settings: Inner) -> None:
    back = settings_from_json(Inner, json.loads(json.dumps(settings_json(settings))))
    assert back == settings
    assert identity(back) == identity(settings)


def test_missing_fields_take_their_defaults_and_a_field_without_one_is_asked_for() -> None:
    assert settings_from_json(Outer, {"model": "m", "games": 3}) == Outer("m", 3)
    with pytest.raises(InterpError, match="needs the setting 'model'"):
        settings_from_json(Outer, {})


def test_an_unknown_key_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown setting of Outer 'gamse'\. Did you mean 'games'"):
        settings_from_json(Outer, {"model": "m", "gamse": 3})
    with pytest.raises(UnknownNameError, match="Did you mean 'width'"):
        settings_from_json(Outer, {"model": "m", "inner": {"widht": 3}})


@pytest.mark.parametrize(
    "wrong",
    [
        {"games": "3"}, {"games": True}, {"games": 3.0}, {"keep": 1}, {"labels": "during"}, {"side": "red"},
        {"pair": [1]}, {"pair": [1, 2]}, {"inner": 3}, {"inner": {"rates": 0.1}}, {"corpus": None}, {"note": 4},
    ],
)  # fmt: skip
def test_a_value_of_another_type_is_refused_and_the_field_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(InterpError, match=f"Outer.{next(iter(wrong))}|Inner.rates"):
        settings_from_json(Outer, {"model": "m", **wrong})


def test_a_whole_number_is_taken_for_a_float() -> None:
    assert settings_from_json(Outer, {"model": "m", "share": 1}).share == 1.0


def test_what_json_cannot_hold_is_refused() -> None:
    @dataclass(frozen=True)
    class Odd:
        thing: object

    with pytest.raises(InterpError, match="'thing'"):
        settings_json(Odd(object()))
    with pytest.raises(InterpError, match="instance of a dataclass"):
        settings_json({"a": 1})


def test_identity_changes_with_every_field_and_is_stable() -> None:
    changed = [
        replace(Outer("m"), **{name: getattr(FULL, name)}) for name in ("games", "share", "note", "side", "inner")
    ]
    assert len({identity(settings) for settings in [Outer("m"), *changed]}) == 6
    by_hand = b'{"rates":[0.1,0.2],"width":4}'
    assert identity(Inner()) == hashlib.sha256(by_hand).hexdigest()


def test_no_absolute_path_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert settings_json(Outer("m", corpus=tmp_path / "a" / "b"))["corpus"] == "a/b"
    assert portable(tmp_path.parent / "x") == "../x"
    assert portable("x/y") == "x/y"
