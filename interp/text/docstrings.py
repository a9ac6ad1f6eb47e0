"""The default corpus, which needs no network: English documentation that is already on the machine."""

import ast
import inspect
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import Distribution
from pathlib import Path, PurePosixPath

from interp.errors import InterpError
from interp.progress import Reporter
from interp.text.document import Document
from interp.text.prose import is_prose, paragraphs

LIBRARIES = ("sae-lens", "torch", "transformer-lens")
"""Libraries that this project installs with most of what it needs; theirs and what they require is the corpus."""
_TESTS = {"conftest", "test", "testing", "tests"}
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
_Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def documentation(
    libraries: Iterable[str] = LIBRARIES, *, path: Sequence[str] | None = None, quiet: bool = False
) -> Iterator[Document]:
    """The prose paragraphs of the docstrings of `libraries` and of all that they require; a document is a module.

    Modules come in the order of their names, tests left out, and are read but never imported. A paragraph, one line
    each, stays where it occurs first. The text is a function of the installed versions alone: requirements of extras
    are not followed, so that a developer's tools change nothing. `path` is where to look for libraries (default:
    `sys.path`). Some 40 seconds for the default. Raises `InterpError` when one of `libraries` is not installed.
    """
    files = modules(installed(libraries, path))
    return _read(files, Reporter(len(files), unit="module", quiet=quiet))


def _read(files: dict[str, Path], report: Reporter) -> Iterator[Document]:
    seen: set[str] = set()
    for done, (name, file) in enumerate(sorted(files.items()), 1):
        # dict.fromkeys: a set that keeps the order.
        new = [p for p in dict.fromkeys(prose(file.read_bytes())) if p not in seen] if file.is_file() else []
        seen.update(new)
        report(done)
        if new:
            yield Document(name, "\n".join(new))


def prose(source: bytes) -> Iterator[str]:
    """The prose paragraphs of a Python file, from its top to its end; none for a file that is not valid Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of other people's invalid escapes
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for docstring in _docstrings(tree):
        yield from filter(is_prose, paragraphs(inspect.cleandoc(docstring)))


def _docstrings(tree: ast.Module) -> Iterator[str]:
    """The docstrings of a file from its top to its end. Only statements are looked at: they are few.

    Not by recursion, since every `elif` is a level deeper than the one before it.
    """
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, _Documented) and (docstring := ast.get_docstring(node, clean=False)):
            yield docstring
        below = [child for block in _BLOCKS for child in getattr(node, block, ())]
        waiting += reversed(below)


def modules(distributions: Iterable[Distribution]) -> dict[str, Path]:
    """Where the modules of installed libraries lie, by dotted name; tests and what cannot be imported left out."""
    found: dict[str, Path] = {}
    for distribution in distributions:
        for file in distribution.files or ():
            if (name := _module(file)) is not None:
                found.setdefault(name, Path(str(distribution.locate_file(file))))
    return found


def _module(file: PurePosixPath) -> str | None:
    parts = file.with_suffix("").parts
    if file.suffix != ".py" or not all(part.isidentifier() for part in parts):
        return None
    if any(part in _TESTS or part.startswith("test_") or part.endswith("_test") for part in parts):
        return None
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def installed(libraries: Iterable[str], path: Sequence[str] | None = None) -> list[Distribution]:
    """The distributions of `libraries` and of all that they require on this machine without extras, by name.

    A requirement that is not installed is passed over. Raises `InterpError` when one of `libraries` is not.
    """
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    first = list(libraries)
    waiting, found = list(first), dict[str, Distribution | None]()
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in found:
            continue
        context = Distribution.discover(name=name, path=list(sys.path if path is None else path))
        distribution = found[name] = next(iter(context), None)
        for needed in map(Requirement, (distribution.requires if distribution else None) or ()):
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                waiting.append(needed.name)
    if missing := [name for name in first if found[canonicalize_name(name)] is None]:
        raise InterpError(f"not installed: {', '.join(missing)}. Their documentation cannot be read without them.")
    return [distribution for _, distribution in sorted(found.items()) if distribution is not None]


__all__ = ["LIBRARIES", "documentation", "installed", "modules", "prose"]
