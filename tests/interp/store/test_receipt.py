"""A shard without a receipt that fits does not exist."""

import json
from pathlib import Path

import pytest
from xxhash import xxh3_128

from interp.errors import FileError
from interp.store.receipt import FILE, Receipt, Written, finished, read_receipt, rows_file, shard_folder, written


@pytest.fixture
def shard(tmp_path: Path) -> Path:
    """The folder of shard 3 of a store in `tmp_path`, with one file of five bytes."""
    folder = shard_folder(tmp_path, 3)
    folder.mkdir(parents=True)
    (folder / "a").write_bytes(b"12345")
    (folder / FILE).write_text(json.dumps(Receipt(2, {"a": written(folder / "a")}).json()))
    return folder


def test_places_and_names(tmp_path: Path) -> None:
    assert shard_folder(tmp_path, 7) == tmp_path / "shards" / "00007"
    assert shard_folder(tmp_path, 123456).name == "123456"
    assert rows_file(2) == "rows_2.safetensors"


def test_a_receipt_comes_back(shard: Path, tmp_path: Path) -> None:
    receipt = read_receipt(tmp_path, 3)
    assert receipt == Receipt(2, {"a": Written(xxh3_128(b"12345").hexdigest(), 5)})
    assert finished(tmp_path, 3) == receipt


def test_files_are_hashed_as_a_whole(tmp_path: Path) -> None:
    for content in (b"", b"x", bytes(2**20), bytes(2**20 + 1), b"yz" * 2**20):
        (tmp_path / "a").write_bytes(content)
        assert written(tmp_path / "a") == (xxh3_128(content).hexdigest(), len(content))


def test_a_file_that_cannot_be_hashed_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"cannot read .*a: No such file"):
        written(tmp_path / "a")


def test_a_shard_that_is_missing_is_named(shard: Path, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"shard 4 of .* is missing: harvest again"):
        read_receipt(tmp_path, 4)
    (shard / FILE).unlink()
    with pytest.raises(FileError, match=r"shard 3 of .* is missing"):
        read_receipt(tmp_path, 3)
    assert finished(tmp_path, 3) is None


@pytest.mark.parametrize("content", ["", "{", "{}", "[]", "null", '{"rows": 1, "files": {"a": {"bytes": 5}}}'])
def test_a_receipt_that_cannot_be_read_is_a_damaged_shard(content: str, shard: Path, tmp_path: Path) -> None:
    (shard / FILE).write_text(content)
    with pytest.raises(FileError, match=r"shard 3 of .* is damaged: its receipt"):
        read_receipt(tmp_path, 3)
    assert finished(tmp_path, 3) is None


def test_a_file_of_another_size_or_none_is_a_damaged_shard(shard: Path, tmp_path: Path) -> None:
    (shard / "a").write_bytes(b"1234")
    with pytest.raises(FileError, match=r"shard 3 of .* is damaged: a has 4 bytes, 5 were written"):
        read_receipt(tmp_path, 3)
    (shard / "a").unlink()
    with pytest.raises(FileError, match=r"shard 3 of .* is damaged: a is missing"):
        read_receipt(tmp_path, 3)
    assert finished(tmp_path, 3) is None
