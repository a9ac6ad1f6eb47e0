"""The log: whole rows only, cut back to a step."""

import json
from pathlib import Path

import pytest

from interp.errors import FileError
from interp.training import log


def _rows(folder: Path, *steps: int) -> None:
    for step in steps:
        log.append(folder, {"step": step, "loss": step / 3})


def test_rows_come_back_as_they_were_written(tmp_path: Path) -> None:
    rows = [{"step": 1, "loss": 1 / 3}, {"step": 2, "loss": 1e-300}, {"step": 3, "loss": -0.0}]
    for row in rows:
        log.append(tmp_path, row, flush=True)
    assert log.read(tmp_path) == rows
    assert isinstance(log.read(tmp_path)[0]["step"], int)


def test_every_row_is_one_line_of_json(tmp_path: Path) -> None:
    _rows(tmp_path, 1, 2)
    assert [json.loads(line)["step"] for line in (tmp_path / log.FILE).read_text().splitlines()] == [1, 2]


def test_no_log_is_no_rows(tmp_path: Path) -> None:
    assert log.read(tmp_path) == []
    log.rewind(tmp_path, 0)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_log_is_no_rows(tmp_path: Path) -> None:
    (tmp_path / log.FILE).touch()
    assert log.read(tmp_path) == []


@pytest.mark.parametrize("torn", ["{", '{"step": 9}', '{"step": 9, "loss": 0.', "\0" * 50 + "\n", "[]\n", "\ufffd\n"])
def test_a_torn_end_is_not_read(torn: str, tmp_path: Path) -> None:
    _rows(tmp_path, 1, 2)
    with open(tmp_path / log.FILE, "a", encoding="utf8") as handle:
        handle.write(torn)
    assert [row["step"] for row in log.read(tmp_path)] == [1, 2]
    log.rewind(tmp_path, 2)
    _rows(tmp_path, 3)
    assert [row["step"] for row in log.read(tmp_path)] == [1, 2, 3]


def test_bytes_that_are_no_text_are_torn_too(tmp_path: Path) -> None:
    _rows(tmp_path, 1)
    with open(tmp_path / log.FILE, "ab") as handle:
        handle.write(b'{"step": 2, "\xff\xfe\n')
    assert [row["step"] for row in log.read(tmp_path)] == [1]


@pytest.mark.parametrize(("step", "kept"), [(0, []), (2, [2]), (6, [2, 4, 6])])
def test_rewinding_drops_what_came_after(step: int, kept: list[int], tmp_path: Path) -> None:
    _rows(tmp_path, 2, 4, 6)
    log.rewind(tmp_path, step)
    assert [row["step"] for row in log.read(tmp_path)] == kept


def test_rewinding_a_whole_log_leaves_its_bytes(tmp_path: Path) -> None:
    _rows(tmp_path, 2, 4)
    before = (tmp_path / log.FILE).read_bytes()
    log.rewind(tmp_path, 4)
    assert (tmp_path / log.FILE).read_bytes() == before


def test_a_log_that_somebody_cut_is_warned_about(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="lacks rows before step 4"):
        log.rewind(tmp_path, 4)
    _rows(tmp_path, 2)
    with pytest.warns(UserWarning, match="lacks rows before step 4"):
        log.rewind(tmp_path, 4)
    assert [row["step"] for row in log.read(tmp_path)] == [2]


def test_a_folder_in_place_of_the_log_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / log.FILE).mkdir()
    with pytest.raises(FileError, match=r"cannot write .*log\.jsonl: Is a directory"):
        _rows(tmp_path, 1)
    with pytest.raises(FileError, match=r"cannot read .*log\.jsonl: Is a directory"):
        log.read(tmp_path)
