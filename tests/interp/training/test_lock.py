"""One process a folder."""

import errno
import fcntl
import os
from pathlib import Path

import pytest

from interp.errors import FileError
from interp.training.lock import locked


def test_a_folder_is_made_and_can_be_locked_again_later(tmp_path: Path) -> None:
    for _ in range(2):
        with locked(tmp_path / "a" / "b"):
            assert (tmp_path / "a" / "b").is_dir()


def test_a_locked_folder_is_refused(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(FileError, match=r"another process is training in .* --out"), locked(tmp_path):
        pytest.fail("two at once")


def test_the_error_says_what_is_done_there(tmp_path: Path) -> None:
    with (
        locked(tmp_path, "harvesting into"),
        pytest.raises(FileError, match=f"another process is harvesting into {tmp_path}"),
        locked(tmp_path, "harvesting into"),
    ):
        pytest.fail("two at once")


def test_two_folders_do_not_mind_each_other(tmp_path: Path) -> None:
    with locked(tmp_path / "a"), locked(tmp_path / "b"):
        pass


def test_the_lock_goes_with_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError), locked(tmp_path):
        raise KeyError
    with locked(tmp_path):
        pass


def test_a_file_system_without_locks_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(FileError, match=r"cannot lock .*No locks available.*--out"), locked(tmp_path):
        pytest.fail("not locked")


def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("interp.training.lock.open", refuse, raising=False)
    with pytest.raises(FileError, match=r"cannot write to .*Permission denied.*--out"), locked(tmp_path):
        pytest.fail("not locked")
