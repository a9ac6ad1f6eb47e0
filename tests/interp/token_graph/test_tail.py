"""What memory does not hold goes to the disk and comes back sorted."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from interp.errors import FileError
from interp.token_graph.runs import joined
from interp.token_graph.spill import Scratch, Spill
from interp.token_graph.tail import Tail


def made(room: int, counts: bool, first: bool, folder: Path) -> Tail:
    return Tail(room, 40, Spill(Scratch(folder), counts, first), counts, first)


def add(tail: Tail, step: int) -> None:
    tail.reserve(20)
    tail.add(some(step), np.arange(20 * step, 20 * step + 20))


def some(step: int) -> np.ndarray:
    return np.random.default_rng(step).integers(0, 500, 20)


@pytest.mark.parametrize(("counts", "first"), [(True, True), (True, False), (False, True)])
@pytest.mark.parametrize("room", [60, 100, 10**6])
def test_cells_come_back_whatever_there_is_room_for(counts: bool, first: bool, room: int, tmp_path: Path) -> None:
    tail = made(room, counts, first, tmp_path)
    for step in range(30):
        add(tail, step)
        assert tail._held() <= room
    assert (len(tail._spill) > 0) == (room < 500)
    cells, places, times = np.unique(np.concatenate([some(step) for step in range(30)]), True, return_counts=True)
    for _ in range(2):
        found = joined(tail.pieces())
        assert found.cells.tolist() == cells.tolist()
        assert found.counts is None or found.counts.tolist() == times.tolist()
        assert found.first is None or found.first.tolist() == places.tolist()
        assert (found.counts is not None, found.first is not None) == (counts, first)


def test_cells_that_repeat_themselves_need_no_disk(tmp_path: Path) -> None:
    tail = made(60, True, False, tmp_path)
    for _ in range(50):
        add(tail, 0)
    assert len(tail._spill) == 0
    assert joined(tail.pieces()).cells.tolist() == np.unique(some(0)).tolist()


def test_a_full_disk_leaves_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    tail = made(45, True, False, tmp_path)
    add(tail, 0)
    add(tail, 1)
    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(FileError, match="No space left"):
        add(tail, 2)
    monkeypatch.undo()
    assert [*tmp_path.glob("*/*")] == []
    assert joined(tail.pieces()).cells.tolist() == np.unique(np.concatenate([some(0), some(1)])).tolist()
    add(tail, 2)
    assert len(tail._spill) == 1
