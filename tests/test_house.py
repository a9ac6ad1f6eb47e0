"""The rules of the house that a machine can check."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("interp", "probes", "experiments")
FILES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
ABOVE = {"interp": {"probes", "experiments"}, "probes": {"experiments"}, "experiments": set[str]()}


def imports(nodes: list[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


class Facts(NamedTuple):
    """What the rules ask about a file."""

    path: Path
    imports: set[str]
    reads_only_tensors: bool
    functions: dict[str, int]
    """Lines by name."""


@cache
def files() -> list[Facts]:
    """Every file, read once for all rules."""
    found = []
    for path in FILES:
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf8"))))
        lengths = {f"{node.name}:{node.lineno}": _length(node) for node in nodes if isinstance(node, ast.FunctionDef)}
        found.append(Facts(path, set(imports(nodes)), all(map(_reads_only_tensors, nodes)), lengths))
    return found


def test_imports_run_downward_only() -> None:
    wrong = [
        f"{file.path.relative_to(ROOT)} imports {name}"
        for file in files()
        for name in file.imports
        if name.split(".")[0] in ABOVE[file.path.relative_to(ROOT).parts[0]] | {"tests", "benchmarks", "notebooks"}
    ]
    assert wrong == []


def test_nothing_pickles_or_uses_the_removed_model_class() -> None:
    banned = {"pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
    assert [str(file.path) for file in files() if banned & {name.split(".")[0] for name in file.imports}] == []
    for file in files():
        assert file.reads_only_tensors, file.path
        assert "HookedTransformer" not in file.path.read_text(encoding="utf8"), file.path


def _reads_only_tensors(node: ast.AST) -> bool:
    """Whether a node is no `torch.load(...)`, or one that says itself that nothing in the file is executed."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "load":
        return True
    if not ast.unparse(node.func).endswith("torch.load"):
        return True
    said = {word.arg: word.value for word in node.keywords}.get("weights_only")
    return isinstance(said, ast.Constant) and said.value is True


def test_the_rule_about_pickles_sees_every_way_to_write_it() -> None:
    calls = {
        "torch.load(path)": False,
        "torch.load(path, weights_only=False)": False,
        "torch.load(path, weights_only=trusted)": False,
        "[torch.load(path, 'cpu', **options)]": False,
        "torch.load(path, map_location='cpu', weights_only=True)": True,
        "model.load(path)": True,
    }
    for text, allowed in calls.items():
        assert all(_reads_only_tensors(node) for node in ast.walk(ast.parse(text))) is allowed, text


def test_functions_fit_on_a_screen_and_files_do_one_thing() -> None:
    long = [
        f"{file.path.relative_to(ROOT)}:{name}"
        for file in files()
        for name, lines in file.functions.items()
        if lines > 60
    ]
    assert long == []
    assert [str(path) for path in FILES if len(path.read_text(encoding="utf8").splitlines()) > 350] == []


def _length(node: ast.FunctionDef) -> int:
    body = node.body[1:] if ast.get_docstring(node) else node.body
    return (node.end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_nothing_of_this_machine_is_written_into_the_project() -> None:
    suffixes = {".py", ".md", ".json", ".jsonl", ".toml", ".txt", ".ipynb", ".html"}
    kept = [p for folder in (*PACKAGES, "tests", "benchmarks", "notebooks") for p in (ROOT / folder).rglob("*")]
    kept += [p for p in ROOT.iterdir() if p.is_file()]
    for path in kept:
        if path.suffix in suffixes and path != Path(__file__):
            text = path.read_text(encoding="utf8")
            for prefix in ("/" + "home/", "/" + "root/", "/" + "work/", "/" + "Users/"):
                assert prefix not in text, f"{path.relative_to(ROOT)} holds an absolute path"


@pytest.mark.parametrize("package", PACKAGES)
def test_every_room_has_its_tests(package: str) -> None:
    """tests/ mirrors the packages: a file, or at least its folder, has a test of its own."""
    missing = []
    for path in (ROOT / package).rglob("*.py"):
        inside = path.relative_to(ROOT)
        if path.name.startswith("__"):
            continue
        mirror = ROOT / "tests" / inside.parent
        if not (mirror / f"test_{path.name}").exists() and not any(mirror.glob("test_*.py")):
            missing.append(str(inside))
    assert missing == []


def test_zoo_models_stay_small() -> None:
    for folder in (ROOT / "experiments").glob("*/models/*"):
        assert sum(path.stat().st_size for path in folder.iterdir()) < 12e6, folder
