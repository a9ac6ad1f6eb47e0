"""That the benchmark of stores measures what it says, with small numbers and a stand-in for the peer."""

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest
import torch
from torch import Tensor

from benchmarks import store
from benchmarks.options import Options
from interp.errors import FileError


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"WIDTH": 8, "BATCH": 16, "BUFFER": 512, "SHARD": 256, "SHARDS": 4, "ROUNDS": 2}.items():
        monkeypatch.setattr(store, name, value)
    monkeypatch.setattr(store, "_peer", stand_in)


def stand_in(data: Tensor) -> Iterator[Tensor]:
    return cycle(data.split(16))


def test_both_tables_have_their_rows_and_bars(tmp_path: Path) -> None:
    writing, reading = store.tables(Options(out=tmp_path))
    assert [row.name for row in writing.rows] == [store.WRITTEN, store.WHOLE, store.BARE]
    assert [row.name for row in reading.rows] == [store.OURS, store.PEER, store.COPY, store.GATHER]
    assert all(len(row.calls) == 2 for table in (writing, reading) for row in table.rows)
    bare, written = (writing.row(name).seconds.median for name in (store.BARE, store.WRITTEN))
    assert writing.bars[0].value == pytest.approx(bare / written)
    assert reading.bars[0].value == reading.row(store.PEER).pairs.median


def test_the_store_that_is_read_is_whole_and_holds_the_rows(tmp_path: Path) -> None:
    data = torch.randn(1024, 8).half()
    made = store._store(data, tmp_path / "store")
    made.verify(quiet=True)
    assert torch.equal(made[store.SITE].tensor(), data)
    assert made.trace(1000).sequence == 1000 // 128
    with pytest.raises(FileError):
        made.manifest.read(tmp_path)


def test_rows_that_nobody_put_in_stop_the_benchmark() -> None:
    data = torch.randn(64, 8).half()
    store._require_rows(data[5:9].float(), data)
    with pytest.raises(ValueError, match="never been put in"):
        store._require_rows(data[5:9] + 1, data)
