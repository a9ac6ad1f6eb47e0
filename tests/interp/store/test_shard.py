"""Shards are safetensors files like any other, and appear whole or not at all."""

import errno
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from interp.errors import FileError, ShapeError
from interp.store.receipt import FILE, INDEX, finished, read_receipt, shard_folder, written
from interp.store.shard import write_shard
from tests.interp.training.faults import Faults

DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


def _index(rows: int) -> dict[str, Tensor]:
    return {"sequence": torch.arange(rows, dtype=torch.int32), "token": torch.full((rows,), 7, dtype=torch.int32)}


def _rows(rows: int, dtype: torch.dtype, *shape: int) -> Tensor:
    return torch.randn(rows, *shape, generator=torch.Generator().manual_seed(0)).to(dtype)


@pytest.mark.parametrize("count", [0, 1, 5])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_safetensors_reads_what_was_written(dtype: torch.dtype, count: int, tmp_path: Path) -> None:
    rows, index = [_rows(count, dtype, 3), _rows(count, dtype, 2, 5)], _index(count)
    receipt = write_shard(tmp_path, 2, rows, index)
    folder = shard_folder(tmp_path, 2)
    for number, expected in enumerate(rows):
        found = load_file(folder / f"rows_{number}.safetensors")
        assert list(found) == ["rows"]
        assert found["rows"].dtype == dtype
        assert torch.equal(found["rows"], expected)
    found = load_file(folder / INDEX)
    assert found.keys() == index.keys()
    assert all(torch.equal(found[name], index[name]) for name in index)
    assert (receipt.rows, read_receipt(tmp_path, 2)) == (count, receipt)


def test_large_rows_are_written_in_parts_and_hashed_as_one(tmp_path: Path) -> None:
    rows = _rows(1000, torch.float32, 777)
    write_shard(tmp_path, 0, [rows], _index(1000))
    path = shard_folder(tmp_path, 0) / "rows_0.safetensors"
    assert torch.equal(load_file(path)["rows"], rows)
    assert read_receipt(tmp_path, 0).files[path.name] == written(path)


def test_the_receipt_lists_every_other_file_with_its_hash(tmp_path: Path) -> None:
    receipt = write_shard(tmp_path, 0, [_rows(5, torch.float16, 3)], _index(5))
    folder = shard_folder(tmp_path, 0)
    assert {path.name for path in folder.iterdir()} == {*receipt.files, FILE}
    assert {name: written(folder / name) for name in receipt.files} == receipt.files


def test_rows_begin_at_an_even_place_of_their_file(tmp_path: Path) -> None:
    for number, width in enumerate((1, 10, 100, 1000, 10000)):
        write_shard(tmp_path, number, [_rows(2, torch.float16, width)], _index(2))
        content = (shard_folder(tmp_path, number) / "rows_0.safetensors").read_bytes()
        begin = 8 + int.from_bytes(content[:8], "little")
        assert begin % 64 == 0
        assert len(content) == begin + 2 * 2 * width


def test_the_same_rows_make_the_same_bytes(tmp_path: Path) -> None:
    receipts = [write_shard(tmp_path, number, [_rows(5, torch.float16, 3)], _index(5)) for number in (0, 1)]
    assert receipts[0] == receipts[1]


def test_a_shard_takes_the_place_of_one_that_is_there(tmp_path: Path) -> None:
    write_shard(tmp_path, 0, [_rows(5, torch.float16, 3)] * 2, _index(5))
    receipt = write_shard(tmp_path, 0, [_rows(4, torch.float16, 3)], _index(4))
    assert finished(tmp_path, 0) == receipt
    assert [path.name for path in (tmp_path / "shards").iterdir()] == ["00000"]
    assert len(list(shard_folder(tmp_path, 0).iterdir())) == 3


def test_rows_and_index_of_different_lengths_are_refused(tmp_path: Path, unchecked: None) -> None:
    with pytest.raises(ShapeError, match="must have 5 rows"):
        write_shard(tmp_path, 0, [_rows(4, torch.float16, 3)], _index(5))
    with pytest.raises(ShapeError, match="must have 4 rows"):
        write_shard(tmp_path, 0, [_rows(4, torch.float16, 3)], _index(4) | {"place": torch.zeros(3, dtype=torch.int32)})
    assert list(tmp_path.iterdir()) == []


def test_whichever_call_fails_for_a_full_disk_no_litter_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(at: int) -> Faults:
        faults = Faults(at, lambda: OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), torn=True)
        with pytest.MonkeyPatch.context() as patch:
            faults.install(patch)
            write_shard(tmp_path, 1, [_rows(5, torch.float16, 3)], _index(5))
        return faults

    whole = write_shard(tmp_path, 0, [_rows(5, torch.float16, 3)], _index(5))
    calls = write(-1).calls
    # Files of two, three and one parts with four calls each beside them, two flushes of folders and the rename.
    assert calls == (2 + 4) + (3 + 4) + (1 + 4) + 2 * 2 + 1
    for at in range(calls):
        with pytest.raises(FileError, match=r"cannot write .*00001.*No space left on device.*unharmed"):
            write(at)
        names = {path.name for path in (tmp_path / "shards").iterdir()}
        # The last two calls flush the folder in which the whole shard already stands.
        assert names == {"00000", "00001"} if at in (0, calls - 2, calls - 1) else names <= {"00000", "00001"}
        assert finished(tmp_path, 0) == whole
