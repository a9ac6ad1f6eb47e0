"""Rooms whose names wait: each resolves, none is hidden by the file that it is in, type checkers see the same."""

import ast
import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

NAMES = ("dictionaries", "retrieval", "subnetworks", "token_classes", "token_graph")


@pytest.fixture(params=NAMES)
def room(request: pytest.FixtureRequest) -> Any:
    return importlib.import_module(f"interp.{request.param}")


def test_every_name_resolves_and_type_checkers_see_the_same_names(room: Any) -> None:
    tree = ast.parse(Path(room.__file__).read_text(encoding="utf8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    declared = {
        (node.module, name.name) for node in block.body if isinstance(node, ast.ImportFrom) for name in node.names
    }
    homes, modules = vars(room)["_HOME"], vars(room)["_MODULES"]
    names = {(f"{room.__name__}.{home}", name) for name, home in homes.items()}
    assert declared == names | {(room.__name__, name) for name in modules}
    for name in homes:
        assert getattr(room, name).__doc__, name
    for name in modules:
        assert isinstance(getattr(room, name), ModuleType)
    assert dir(room) == room.__all__ == sorted([*homes, *modules])


def test_a_name_comes_from_its_file_also_after_a_file_of_that_name_was_imported(room: Any) -> None:
    for name, home in vars(room)["_HOME"].items():
        module = importlib.import_module(f"{room.__name__}.{home}")
        assert getattr(room, name) is getattr(module, name)
        assert not isinstance(getattr(room, name), ModuleType)


def test_an_unknown_name_is_an_attribute_error_that_names_the_room(room: Any) -> None:
    with pytest.raises(AttributeError, match=rf"module '{room.__name__}' has no attribute 'serach'"):
        _ = room.serach
