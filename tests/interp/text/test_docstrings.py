from collections.abc import Sequence
from importlib.metadata import Distribution
from pathlib import Path

import pytest

from interp.errors import InterpError
from interp.text import Document, documentation
from interp.text.docstrings import LIBRARIES, installed, modules, prose

A, B, C, D = (f"The {what} sentence is long enough to be kept, since it has more than twelve words." for what in "abcd")


def library(root: Path, name: str, files: dict[str, str], requires: Sequence[str] = ()) -> None:
    """A library as pip would have installed it, its record in the order of `files`."""
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content, encoding="utf8")
    info = root / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    needs = "".join(f"Requires-Dist: {line}\n" for line in requires)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{needs}")
    (info / "RECORD").write_text("".join(f"{path},,\n" for path in [*files, f"{info.name}/METADATA"]))


def doc(*paragraphs: str) -> str:
    return '"""' + "\n\n".join(paragraphs) + '"""\n'


def read(root: Path, *libraries: str) -> list[Document]:
    return list(documentation(libraries, path=[str(root)], quiet=True))


def test_a_document_is_a_module_in_the_order_of_names_whatever_the_order_of_files(tmp_path: Path) -> None:
    files = {"m/b.py": doc(B), "m/__init__.py": doc(A), "m/a/deep.py": doc(C), "single.py": doc(D)}
    expected = [Document("m", A), Document("m.a.deep", C), Document("m.b", B), Document("single", D)]
    library(tmp_path / "one", "lib", files)
    library(tmp_path / "two", "lib", dict(reversed(files.items())))
    assert read(tmp_path / "one", "lib") == read(tmp_path / "two", "lib") == expected


def test_a_paragraph_stays_where_it_occurs_first(tmp_path: Path) -> None:
    library(tmp_path, "lib", {"m/a.py": doc(A, B, A), "m/b.py": doc(B), "m/c.py": doc(C, A)})
    assert read(tmp_path, "lib") == [Document("m.a", f"{A}\n{B}"), Document("m.c", C)]


def test_tests_scripts_and_what_is_not_python_are_left_out(tmp_path: Path) -> None:
    left_out = [
        "m/tests/a.py", "m/test/a.py", "m/testing/a.py", "m/test_a.py", "m/a_test.py", "m/conftest.py", "tests/a.py",
        "m/a.txt", "m/not-a-name.py", "../../bin/script.py", "m/1a.py",
    ]  # fmt: skip
    library(tmp_path / "x" / "y", "lib", {path: doc(A) for path in left_out} | {"m/latest.py": doc(B)})
    assert read(tmp_path / "x" / "y", "lib") == [Document("m.latest", B)]


def test_requirements_are_followed_but_not_those_of_extras_and_of_other_machines(tmp_path: Path) -> None:
    needs = ["Needed>=1", "tool; extra == 'dev'", "other; sys_platform == 'nowhere'", "absent", "lib"]
    library(tmp_path, "lib", {"a.py": doc(A)}, needs)
    library(tmp_path, "needed", {"b.py": doc(B)}, ["deeper[extra]"])
    library(tmp_path, "deeper", {"c.py": doc(C)}, ["lib", "tool; extra == 'extra'"])
    library(tmp_path, "tool", {"d.py": doc(D)})
    library(tmp_path, "other", {"e.py": doc(D)})
    assert [found.name for found in installed(["lib"], [str(tmp_path)])] == ["deeper", "lib", "needed"]
    assert [name for name, _ in read(tmp_path, "lib")] == ["a", "b", "c"]
    assert [name for name, _ in read(tmp_path, "lib", "tool")] == ["a", "b", "c", "d"]


def test_a_library_that_is_not_installed_is_named_at_once(tmp_path: Path) -> None:
    library(tmp_path, "lib", {"a.py": doc(A)})
    with pytest.raises(InterpError, match=r"not installed: missing, other\."):
        documentation(["missing", "lib", "other"], path=[str(tmp_path)])


def test_files_that_are_missing_or_no_python_are_passed_over(tmp_path: Path) -> None:
    files = {"a.py": "def (", "b.py": "\x00", "c.py": "(" * 5000, "d.py": doc(D), "e.py": doc(A)}
    library(tmp_path, "lib", files)
    (tmp_path / "e.py").unlink()
    assert read(tmp_path, "lib") == [Document("d", D)]


def test_docstrings_are_read_from_the_top_of_a_file_to_its_end() -> None:
    source = f'''
"""{A}"""
try:
    class One:
        """{B}"""

        async def two(self):
            r"""{C}"""
except ImportError:
    def three():
        def four():
            """{D}"""
else:
    match x:
        case 1:
            def five(): """Short."""
"""{A} This is no docstring."""
'''
    assert list(prose(source.encode())) == [A, B, C, D]


def test_other_peoples_invalid_escapes_warn_nobody() -> None:
    assert list(prose(f'"""{A}"""\nx = "\\d"\n'.encode())) == [A]


def test_a_long_chain_of_choices_is_no_deep_recursion() -> None:
    chain = "if x == 0:\n    pass\n" + "".join(f"elif x == {n}:\n    pass\n" for n in range(900))
    assert list(prose(f'{chain}else:\n    def f():\n        """{A}"""\n'.encode())) == [A]


def test_the_encoding_that_a_file_declares_is_used() -> None:
    text = A.replace("sentence", "é sentence")
    assert list(prose(f'# -*- coding: latin-1 -*-\n"""{text}"""\n'.encode("latin-1"))) == [text]


def test_the_default_libraries_are_installed_and_have_modules() -> None:
    found = installed(LIBRARIES)
    assert {"torch", "transformers", "sae-lens", "numpy"} <= {str(each.name).lower() for each in found}
    (torch,) = (each for each in found if each.name == "torch")
    files = modules([torch])
    assert files["torch.nn.modules.linear"].is_file()
    assert files["torch"].name == "__init__.py"


def test_progress_is_told_in_modules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    library(tmp_path, "lib", {"a.py": doc(A)})
    list(documentation(["lib"], path=[str(tmp_path)]))
    assert "module 1/1" in capsys.readouterr().err


def test_a_distribution_without_a_record_of_its_files_has_no_modules(tmp_path: Path) -> None:
    library(tmp_path, "lib", {"a.py": doc(A)})
    (tmp_path / "lib-1.0.dist-info" / "RECORD").unlink()
    (found,) = installed(["lib"], [str(tmp_path)])
    assert isinstance(found, Distribution)
    assert modules([found]) == {}
