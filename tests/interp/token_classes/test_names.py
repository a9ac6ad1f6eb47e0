"""The names of the room: each resolves, type checkers see the same, and torch waits for the first."""

import ast
import importlib
from pathlib import Path

import interp.token_classes as room
from tests.interp.test_import import HEAVY, modules_after


def test_every_name_resolves_and_type_checkers_see_the_same_names() -> None:
    tree = ast.parse(Path(room.__file__).read_text(encoding="utf8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    declared = {
        (node.module, name.name) for node in block.body if isinstance(node, ast.ImportFrom) for name in node.names
    }
    assert declared == {(f"interp.token_classes.{home}", name) for name, home in room._HOME.items()}
    for name, home in room._HOME.items():
        found = getattr(room, name)
        assert (found.__name__, found.__module__) == (name, f"interp.token_classes.{home}")
        assert found.__doc__, name
    assert dir(room) == room.__all__ == sorted(room._HOME)


def test_importing_the_room_brings_nothing_heavy_and_not_even_torch() -> None:
    assert modules_after("import interp.token_classes") & {*HEAVY, "torch"} == set()


def test_a_function_keeps_its_name_when_the_file_of_that_name_is_imported() -> None:
    module = importlib.import_module("interp.token_classes.pieces")
    assert room.pieces is module.pieces


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(room, "functions")
