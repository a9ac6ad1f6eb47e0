"""Cells come back sorted and once, from memory and from the disk."""

import errno
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from interp.errors import FileError
from interp.token_graph import pool as module
from interp.token_graph.pool import Pool
from interp.token_graph.spill import Scratch, Spill
from tests.interp.token_graph.test_tail import some


def made(room: int, folder: Path, kind: type[np.integer[Any]] = np.int64) -> Pool:
    return Pool(room, Spill(Scratch(folder), False, False, kind), kind)


def add(pool: Pool, step: int) -> None:
    pool.reserve(20)
    pool.add(some(step))


def cells(pool: Pool) -> np.ndarray:
    return np.concatenate([piece.cells for piece in pool.pieces()])


@pytest.mark.parametrize("kind", [np.int64, np.uint32])
@pytest.mark.parametrize("room", [45, 100, 10**5])
@pytest.mark.parametrize("piece", [7, 2**19])
def test_cells_come_back_whatever_there_is_room_for(
    kind: type[np.integer[Any]], room: int, piece: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PIECE", piece)
    monkeypatch.setattr(module, "BLOCK", piece)
    pool = made(room, tmp_path, kind)
    for step in range(12):
        add(pool, step)
    assert (len(pool._spill) > 0) == (room < 500)
    for _ in range(2):
        found = cells(pool)
        assert found.dtype == kind
        assert found.tolist() == np.unique(np.concatenate([some(step) for step in range(12)])).tolist()
    add(pool, 12)
    assert cells(pool).tolist() == np.unique(np.concatenate([some(step) for step in range(13)])).tolist()


@pytest.mark.parametrize("block", [1, 2, 3, 100])
def test_what_is_there_twice_is_thinned_in_place(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", block)
    for given in ([], [4], [4, 4, 4], [1, 2, 3, 4], [1, 1, 1, 1, 2, 3, 3, 4, 4, 4], [1, 2, 3, 3, 3, 3, 3]):
        cells = np.array(given, np.int64)
        assert cells[: module._thinned(cells)].tolist() == sorted(set(given))


def test_cells_that_repeat_themselves_need_no_disk(tmp_path: Path) -> None:
    pool = made(60, tmp_path)
    for _ in range(50):
        assert not pool.tight(20)
        add(pool, 0)
    assert len(pool._spill) == 0
    assert cells(pool).tolist() == np.unique(some(0)).tolist()


def test_a_full_disk_leaves_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    pool = made(45, tmp_path)
    add(pool, 0)
    add(pool, 1)
    assert pool.tight(20)
    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(FileError, match="No space left"):
        pool.reserve(20)
    monkeypatch.undo()
    assert [*tmp_path.glob("*/*")] == []
    assert cells(pool).tolist() == np.unique(np.concatenate([some(0), some(1)])).tolist()
    add(pool, 2)
    assert len(pool._spill) == 1


def test_room_is_what_sorting_takes() -> None:
    assert Pool.room(1700, np.int64) == 100
    assert Pool.room(1700, np.uint32) == 188
