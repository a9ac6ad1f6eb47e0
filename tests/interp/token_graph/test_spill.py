"""Runs come back from the disk as they were, thousands of them through few files."""

import errno
import gc
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from interp.errors import FileError
from interp.token_graph import runs as running
from interp.token_graph import spill as module
from interp.token_graph.runs import Run, made, merged, merged_in_pieces
from interp.token_graph.spill import FAN, Scratch, Spill

KEPT = [(False, False), (True, False), (False, True), (True, True)]


def some(step: int, kept: tuple[bool, bool] = (True, True)) -> Run:
    """Twenty events of a few hundred cells, at the positions of this step."""
    cells = np.random.default_rng(step).integers(0, 500, 20)
    return made(cells, kept[0], np.arange(20 * step, 20 * step + 20) if kept[1] else None)


def known(run: Run) -> list[list[int] | None]:
    return [None if column is None else column.tolist() for column in run]


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*/*"))


@contextmanager
def few_open_files(more: int) -> Iterator[None]:
    """At most so many more than are open now."""
    gc.collect()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = os.dup(0)  # the lowest number that is free
    os.close(highest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + more, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def refuse(_: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("kept", KEPT)
def test_runs_come_back_in_their_order(kept: tuple[bool, bool], tmp_path: Path) -> None:
    spill = Spill(Scratch(tmp_path), *kept)
    for step in range(5):
        spill.write(some(step, kept))
    assert len(spill) == 5
    for _ in range(2):
        assert [known(run) for run in spill.runs()] == [known(some(step, kept)) for step in range(5)]


def test_cells_alone_may_be_narrow(tmp_path: Path) -> None:
    spill = Spill(Scratch(tmp_path), False, False, np.uint32)
    spill.write(Run(np.array([1, 2**32 - 1], np.uint32), None, None))
    (run,) = spill.runs()
    assert run.cells.dtype == np.uint32
    assert known(run) == [[1, 2**32 - 1], None, None]
    assert [path.stat().st_size for path in tmp_path.glob("*/*")] == [8]


@pytest.mark.parametrize("kept", KEPT)
@pytest.mark.parametrize("piece", [1, 5, 10**6])
def test_what_is_merged_on_the_disk_is_what_is_merged_in_memory(
    kept: tuple[bool, bool], piece: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FAN", 3)
    spill = Spill(Scratch(tmp_path), *kept, piece=piece)
    lengths = []
    for step in range(14):
        spill.write(some(step, kept))
        lengths.append(len(spill))
        assert len(files(tmp_path)) == len(spill), "what was merged is deleted"
    # Before the tenth, nine are one: three of three.
    assert lengths == [1, 2, 3, 2, 3, 4, 3, 4, 5, 2, 3, 4, 3, 4]
    oldest = merged([some(step, kept) for step in range(9)], in_time=True)
    assert known(spill.runs()[0]) == known(oldest), "shorter than all that it is made of: cells come again"
    every = merged([some(step, kept) for step in range(14)], in_time=True)
    assert known(merged(spill.runs(), in_time=True)) == known(every)


def test_thousands_of_runs_need_few_files_and_few_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)
    steps = 0
    real = running.merged

    def counting(*arguments: Any, **settings: Any) -> Run:
        nonlocal steps
        steps += 1
        return real(*arguments, **settings)

    monkeypatch.setattr(running, "merged", counting)
    count, each, piece = 3000, 10, 1000
    cells = np.random.default_rng(0).permutation(count * each)
    spill = Spill(Scratch(tmp_path), True, True, piece=piece)
    with few_open_files(2 * FAN + 10):
        for step in range(count):
            own = slice(step * each, (step + 1) * each)
            spill.write(made(cells[own].copy(), True, np.arange(own.start, own.stop)))
        assert len(files(tmp_path)) == len(spill) <= 2 * FAN
        merging, steps = steps, 0
        found = [known(piece) for piece in merged_in_pieces(spill.runs(), piece, in_time=True)]
    # An entry at a time of each, as when nothing is merged before, would be 10,000 steps or so.
    assert merging < 4 * count * each // piece
    assert steps < 4 * count * each // piece
    assert [cell for one in found for cell in one[0] or []] == list(range(count * each))
    assert [place for one in found for place in one[2] or []] == np.argsort(cells).tolist()


def test_a_full_disk_leaves_the_runs_before_unharmed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FAN", 3)
    spill = Spill(Scratch(tmp_path), True, True)
    for step in range(3):
        spill.write(some(step))
        if step == 1:
            before = files(tmp_path)
            with monkeypatch.context() as full:
                full.setattr(os, "fsync", refuse)
                with pytest.raises(
                    FileError, match=r"No space left.*unharmed.*Free some space there.*`out` of build_in"
                ):
                    spill.write(some(2))
            assert files(tmp_path) == before
    before = files(tmp_path)
    with monkeypatch.context() as full:
        full.setattr(os, "fsync", refuse)
        with pytest.raises(FileError, match="No space left"):
            spill.write(some(3))  # which would first merge the three
    assert files(tmp_path) == before
    assert [known(run) for run in spill.runs()] == [known(some(step)) for step in range(3)]
    spill.write(some(3))
    assert len(spill) == 2
    assert known(merged(spill.runs(), in_time=True)) == known(merged([some(step) for step in range(4)], in_time=True))


def test_a_run_that_cannot_be_read_is_a_clear_error(tmp_path: Path) -> None:
    spill = Spill(Scratch(tmp_path), True, False)
    for step in range(40):
        spill.write(some(step, (True, False)))
    with few_open_files(10), pytest.raises(FileError, match=r"run-\d+: Too many open files.*ulimit -n.*ask again"):
        spill.runs()
    assert len(spill.runs()) == 40
    (path,) = tmp_path.glob("*/run-3")
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(FileError, match=r"cannot read .*run-3"):
        spill.runs()


def test_a_folder_that_cannot_be_written_is_known_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match=r"cannot write .*inside.*choose another folder \(`folder` of GraphBuilder"):
        Scratch(tmp_path / "file" / "inside")
    assert Scratch(tmp_path / "new" / "inside").path("run").parent.is_dir()


def test_the_folder_goes_with_the_scratch(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)
    spill = Spill(scratch, True, True)
    spill.write(some(0))
    assert len(list(tmp_path.iterdir())) == 1
    del spill, scratch
    assert list(tmp_path.iterdir()) == []
