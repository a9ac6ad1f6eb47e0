"""`import interp` costs next to nothing: what is heavy waits until something needs it."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import interp

HEAVY = ("transformers", "transformer_lens", "sae_lens", "wandb", "matplotlib", "datasets", "ray", "jinja2", "tyro")


EVERYTHING = (
    "import interp, torch, probes; [getattr(room, name) for room in "
    "(interp, interp.dictionaries, interp.token_classes, interp.token_graph) for name in room.__all__]"
)
"""All names that bring torch and nothing else that is heavy."""


@cache
def modules_after(statement: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{statement}\nimport sys; print('\\n'.join(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.split(".")[0] for name in done.stdout.split()}


def test_importing_the_package_brings_nothing_heavy_and_not_even_torch() -> None:
    assert modules_after("import interp") & {*HEAVY, "torch"} == set()


def test_using_names_brings_only_torch() -> None:
    found = modules_after(EVERYTHING)
    assert found & {*HEAVY, "scipy", "pandas", "networkx"} == set()
    assert "torch" in found


def test_the_command_line_starts_without_the_libraries_of_its_experiments() -> None:
    found = modules_after("from experiments.cli import main; main(['--help'])")
    assert found & {"transformers", "transformer_lens", "sae_lens", "matplotlib", "datasets"} == set()


def test_every_public_name_resolves_and_type_checkers_see_the_same_names() -> None:
    tree = ast.parse(Path(interp.__file__).read_text(encoding="utf8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    declared = {alias.asname for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert declared | {"__version__"} == set(interp.__all__)
    homes = {(node.module, name.name) for node in block.body if isinstance(node, ast.ImportFrom) for name in node.names}
    assert homes == {(home, name) for name, home in interp._HOME.items()} | {("interp", room) for room in interp._ROOMS}
    for name, home in interp._HOME.items():
        found = getattr(interp, name)
        assert (found.__name__, found.__module__) == (name, home)
        assert found.__doc__, name
    assert set(dir(interp)) == set(interp.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(interp, "captur")


def test_dictionaries_wait_for_sae_lens_until_one_is_opened() -> None:
    assert modules_after(EVERYTHING) & {"sae_lens", "transformer_lens", "transformers"} == set()
