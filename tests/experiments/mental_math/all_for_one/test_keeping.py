from pathlib import Path

import pytest

from experiments.mental_math.all_for_one.keeping import kept, or_reason
from interp.errors import FileError, ShapeError


def never() -> dict[str, int]:
    raise AssertionError("it was finished before")


def test_what_is_finished_is_not_made_again(tmp_path: Path) -> None:
    path = tmp_path / "work" / "one.json"
    first = kept(path, {"seed": 0}, lambda: {"share": 0.1 + 0.2})
    assert kept(path, {"seed": 0}, never) == first == {"share": 0.1 + 0.2}


def test_another_identity_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    kept(path, {"seed": 0}, lambda: {"share": 1})
    assert kept(path, {"seed": 1}, lambda: {"share": 2}) == {"share": 2}
    assert kept(path, {"seed": 1}, never) == {"share": 2}


def test_a_damaged_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    kept(path, {}, lambda: {"share": 1})
    path.write_text(path.read_text()[:20])
    with pytest.raises(FileError, match=r"one\.json"):
        kept(path, {}, never)


def test_what_fails_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        kept(tmp_path / "one.json", {}, never)
    assert not list(tmp_path.iterdir())


def test_a_task_that_cannot_be_asked_leaves_its_reason() -> None:
    def refuse() -> dict[str, int]:
        raise ShapeError("too few contexts")

    assert or_reason(refuse) == {"refused": "too few contexts"}
    assert or_reason(lambda: {"share": 1}) == {"share": 1}
    with pytest.raises(AssertionError):
        or_reason(never)
