"""A real death in the middle of a shard, and a process that goes on as if nothing had been."""

from pathlib import Path

import pytest

from interp.errors import FileError
from interp.store.receipt import finished
from tests.forked import victim
from tests.interp.store.harvested import harvested, left
from tests.interp.store.victim import main


def test_killed_while_it_writes_it_ends_bit_equal(tmp_path: Path) -> None:
    folder = tmp_path / "killed"

    def writing() -> bool:
        return bool(list(folder.glob("shards/.00001.*.aside/rows_1.safetensors")))

    with (
        victim(main, folder, 1, reached=writing),
        pytest.raises(FileError, match="another process is harvesting"),
    ):
        harvested(folder)
    assert [finished(folder, shard) is not None for shard in range(4)] == [True, False, False, False]
    harvested(folder)
    harvested(tmp_path / "whole")
    assert left(folder) == left(tmp_path / "whole")
