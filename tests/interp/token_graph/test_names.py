"""The names of the room: each resolves, and type checkers see the same."""

import ast
from pathlib import Path
from types import ModuleType

import interp.token_graph as room
from tests.interp.test_import import HEAVY, modules_after


def test_every_name_resolves_and_type_checkers_see_the_same_names() -> None:
    tree = ast.parse(Path(room.__file__).read_text(encoding="utf8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    declared = {
        (node.module, name.name) for node in block.body if isinstance(node, ast.ImportFrom) for name in node.names
    }
    names = {(f"interp.token_graph.{home}", name) for name, home in room._HOME.items()}
    assert declared == names | {("interp.token_graph", name) for name in room._MODULES}
    for name, home in room._HOME.items():
        found = getattr(room, name)
        assert (found.__name__, found.__module__) == (name, f"interp.token_graph.{home}")
        assert found.__doc__, name
    for name in room._MODULES:
        found = getattr(room, name)
        assert isinstance(found, ModuleType)
        assert found.__doc__, name
    assert dir(room) == room.__all__ == sorted([*room._HOME, *room._MODULES])


def test_importing_the_room_brings_nothing_heavy_and_not_even_torch() -> None:
    assert modules_after("import interp.token_graph") & {*HEAVY, "torch", "numpy"} == set()


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(room, "graphs")
