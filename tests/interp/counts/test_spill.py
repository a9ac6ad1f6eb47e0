"""Runs on the disk."""

import errno
import gc
import os
from pathlib import Path

import numpy as np
import pytest

from interp.counts.runs import Run
from interp.counts.spill import Spill
from interp.errors import FileError


def run(*pairs: int) -> Run:
    return Run(np.array(pairs, dtype=np.int64), np.arange(1, len(pairs) + 1, dtype=np.int64))


def entries(several: list[Run]) -> list[list[list[int]]]:
    return [[one.pairs.tolist(), one.counts.tolist()] for one in several]


def test_runs_come_back_and_the_folder_goes_with_the_object(tmp_path: Path) -> None:
    spill = Spill(tmp_path / "new")
    spill.write(run(3, 5, 2**62))
    spill.write(run(1))
    spill.write(run(2, 3))
    assert entries(spill.runs()) == [[[3, 5, 2**62], [1, 2, 3]], [[1], [1]], [[2, 3], [1, 2]]]
    spill.drop(1)
    assert entries(spill.runs()) == [[[3, 5, 2**62], [1, 2, 3]]]
    assert len(list((tmp_path / "new").glob("*/*"))) == 1
    del spill
    gc.collect()
    assert list((tmp_path / "new").iterdir()) == []


def test_two_may_share_a_folder(tmp_path: Path) -> None:
    some, others = Spill(tmp_path), Spill(tmp_path)
    some.write(run(1))
    others.write(run(2))
    assert entries(some.runs()) == [[[1], [1]]]
    assert entries(others.runs()) == [[[2], [1]]]


def test_without_a_folder_the_system_has_one_and_only_when_it_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    spill = Spill()
    assert list(tmp_path.iterdir()) == []
    spill.write(run(1))
    assert len(list(tmp_path.glob("counts-*/run-0"))) == 1
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    with pytest.raises(FileError, match="the temporary folder of the system: No such file"):
        Spill().write(run(1))


def test_a_run_that_does_not_fit_leaves_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spill = Spill(tmp_path)
    spill.write(run(1))

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match="No space left"):
        spill.write(run(2))
    assert len(list(tmp_path.glob("*/*"))) == 1
    monkeypatch.undo()
    spill.write(run(3))
    assert entries(spill.runs()) == [[[1], [1]], [[3], [1]]]
