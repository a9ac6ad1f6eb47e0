"""Files appear whole or not at all."""

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from interp.errors import FileError, InterpError
from interp.files import read_json, read_tensors, write_bytes, write_json, write_tensors, write_text
from tests.interp.training.faults import Faults

CALLS = 8
"""Open, write, flush, fsync, close, rename, and open and fsync of the folder."""


def _error(number: int) -> OSError:
    return OSError(number, os.strerror(number))


class Death(BaseException):
    """No handler sees it."""


def test_bytes_text_and_json_come_back(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a", b"\0\xff")
    write_text(tmp_path / "b", "Zürich\n")
    write_json(tmp_path / "c", {"x": [1, 0.1, None, True, "ß"]})
    assert (tmp_path / "a").read_bytes() == b"\0\xff"
    assert (tmp_path / "b").read_bytes() == "Zürich\n".encode()
    assert read_json(tmp_path / "c") == {"x": [1, 0.1, None, True, "ß"]}


def test_folders_on_the_way_are_made_and_nothing_else_stays(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a" / "b" / "c", b"1")
    write_bytes(tmp_path / "a" / "b" / "c", b"22")
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["c"]
    assert (tmp_path / "a" / "b" / "c").read_bytes() == b"22"


def test_an_empty_file_can_be_written(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a", b"")
    assert (tmp_path / "a").read_bytes() == b""


@pytest.mark.parametrize("torn", [False, True])
@pytest.mark.parametrize("at", range(CALLS))
@pytest.mark.parametrize("death", [False, True])
def test_whichever_call_fails_the_old_file_or_the_new_one_is_there(
    at: int, death: bool, torn: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    write_bytes(path, b"old content")
    faults = Faults(at, Death if death else lambda: _error(errno.ENOSPC), torn)
    faults.install(monkeypatch)
    with pytest.raises(Death if death else FileError) as caught:
        write_bytes(path, b"new content")
    assert path.read_bytes() == (b"old content" if at < 6 else b"new content")
    if not death:
        assert str(caught.value).startswith(f"cannot write {path}: No space left on device.")
        assert [one.name for one in tmp_path.iterdir()] == ["a"]
    monkeypatch.undo()
    write_bytes(path, b"at last")
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("a", b"at last")]


def test_every_call_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = Faults(-1, Death)
    faults.install(monkeypatch)
    write_bytes(tmp_path / "a", b"1")
    assert faults.calls == CALLS


def test_a_file_system_that_cannot_flush_folders_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Faults(CALLS - 1, lambda: _error(errno.EINVAL)).install(monkeypatch)
    write_bytes(tmp_path / "a", b"1")
    assert (tmp_path / "a").read_bytes() == b"1"


def test_a_file_in_place_of_the_folder_is_a_clear_error(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a", b"1")
    with pytest.raises(FileError, match=r"cannot write .*b: .*(File exists|Not a directory).*--out"):
        write_bytes(tmp_path / "a" / "b", b"2")
    assert (tmp_path / "a").read_bytes() == b"1"


def test_the_error_is_ours_and_an_os_error() -> None:
    assert issubclass(FileError, InterpError)
    assert issubclass(FileError, OSError)


@pytest.mark.parametrize("content", [float("nan"), [float("inf")], {"a": {"b": -float("inf")}}])
def test_json_that_is_no_json_is_refused_and_the_old_file_stays(content: Any, tmp_path: Path) -> None:
    write_json(tmp_path / "a", 1)
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "a", content)
    assert read_json(tmp_path / "a") == 1


def test_json_is_for_people_too(tmp_path: Path) -> None:
    write_json(tmp_path / "a", {"b": 1})
    assert (tmp_path / "a").read_text() == '{\n  "b": 1\n}\n'


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'{"a": 1} 2'])
def test_json_that_is_not_whole_is_a_clear_error(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(FileError, match=r"cannot read .*a: "):
        read_json(tmp_path / "a")


def test_what_is_missing_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"cannot read .*a: .*No such file"):
        read_json(tmp_path / "a")
    with pytest.raises(FileError, match=r"cannot read .*a: .*missing or damaged"):
        read_tensors(tmp_path / "a")


def test_tensors_of_every_kind_come_back_to_the_bit(tmp_path: Path) -> None:
    tensors: dict[str, Tensor] = {
        "scalar": torch.tensor(1 / 3, dtype=torch.float64),
        "none": torch.zeros(0, 4),
        "half": torch.tensor([1.0, float("nan"), float("-inf")], dtype=torch.bfloat16),
        "flags": torch.tensor([True, False]),
        "turned": torch.arange(6).view(2, 3).t(),
        "parameter": torch.nn.Parameter(torch.ones(2)),
        "part": torch.arange(10)[3:5],
    }
    write_tensors(tmp_path / "a", tensors, {"note": json.dumps({"x": "ü"})})
    found, metadata = read_tensors(tmp_path / "a")
    assert metadata == {"note": json.dumps({"x": "ü"})}
    assert found.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert found[name].dtype == tensor.dtype
        assert torch.equal(found[name].nan_to_num(7), tensor.detach().nan_to_num(7)), name


def test_no_tensors_come_back(tmp_path: Path) -> None:
    write_tensors(tmp_path / "a", {}, {"note": "nothing"})
    assert read_tensors(tmp_path / "a") == ({}, {"note": "nothing"})


def test_no_metadata_comes_back(tmp_path: Path) -> None:
    write_tensors(tmp_path / "a", {"x": torch.zeros(1)})
    assert read_tensors(tmp_path / "a")[1] == {}


def test_tensors_read_stay_when_their_file_is_replaced(tmp_path: Path) -> None:
    write_tensors(tmp_path / "a", {"x": torch.arange(1000)})
    found, _ = read_tensors(tmp_path / "a")
    write_tensors(tmp_path / "a", {"x": torch.zeros(1000)})
    assert torch.equal(found["x"], torch.arange(1000))


def test_a_tensor_file_cut_anywhere_is_a_clear_error(tmp_path: Path) -> None:
    write_tensors(tmp_path / "a", {"x": torch.arange(3), "y": torch.ones(2, 2)}, {"note": "1"})
    content = (tmp_path / "a").read_bytes()
    for length in range(len(content)):
        (tmp_path / "b").write_bytes(content[:length])
        with pytest.raises(FileError, match=r"cannot read .*b: .*missing or damaged"):
            read_tensors(tmp_path / "b")
