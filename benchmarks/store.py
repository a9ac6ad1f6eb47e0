"""Activations on disk: writing a shard against the bare disk, mixed rows for training against SAELens's buffer."""

from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from jaxtyping import Float16
from torch import Tensor

import interp
from benchmarks.options import Options
from benchmarks.tables import Table, at_least
from benchmarks.timing import Contestant, interleaved, rows, stopwatch
from interp.files import write_parts
from interp.store.index import Index
from interp.store.manifest import Manifest
from interp.store.shard import write_shard
from interp.store.store import Store

WIDTH, BATCH, BUFFER = 512, 4096, 2**18
SHARD, SHARDS = 2**16, 8
"""Rows of a shard, and shards of the store that is read: two buffers full."""
ROUNDS = 5
"""Rounds at most: a call of the slow ones takes seconds."""
SITE = interp.resid(1)
WRITTEN, WHOLE, BARE = "write_shard", "one write, fsync", "writes of 1 MiB, fsync"
OURS, PEER, COPY, GATHER = "Stream", "SAELens mixing_buffer", "memcpy", "index_select"


def tables(options: Options) -> list[Table]:
    """Two tables: megabytes written a second, and mixed rows read a second."""
    generator = torch.Generator().manual_seed(options.seed)
    data = torch.randn(SHARDS * SHARD, WIDTH, generator=generator).half()
    with TemporaryDirectory() as folder:
        return [_writing(data[:SHARD], Path(folder) / "written", options), _reading(data, Path(folder), options)]


def _writing(data: Float16[Tensor, "row width"], folder: Path, options: Options) -> Table:
    """A shard with its hashes, index and receipt, against its bytes alone in one file: new files in every call."""
    index, numbers = _index(0, len(data)), count()
    size = data.nbytes + sum(column.nbytes for column in index.values())
    content = [tensor.contiguous().view(torch.uint8).flatten().numpy().data for tensor in (data, *index.values())]
    # Neither way of writing is the faster one everywhere, so the floor is measured in both.
    pieces = [whole[begin : begin + 2**20] for whole in content for begin in range(0, len(whole), 2**20)]
    folder.mkdir()
    contestants = [
        Contestant(WRITTEN, lambda: write_shard(folder, next(numbers), [data], index), size / 1e6),
        Contestant(WHOLE, lambda: _write_bare(folder / f"{next(numbers)}", content), size / 1e6),
        Contestant(BARE, lambda: _write_bare(folder / f"{next(numbers)}", pieces), size / 1e6),
    ]
    table = _table("Writing a shard", f"{len(data):,} x {data.shape[1]}, float16", "MB", BARE, contestants, options)
    for name in (BARE, WHOLE):
        share = table.row(name).seconds.median / table.row(WRITTEN).seconds.median
        table.bars.append(at_least(f"{WRITTEN} reaches at least 0.8 of the rate of {name}", share, 0.8))
    return table


def _write_bare(folder: Path, parts: list[memoryview]) -> None:
    """Into a folder of its own, as a shard is: file systems spread folders over the disk and keep files together."""
    folder.mkdir()
    write_parts(folder / "bytes", parts)


def _reading(data: Float16[Tensor, "row width"], folder: Path, options: Options) -> Table:
    """A buffer of rows in each call, its filling included; the floors copy as many rows from memory."""
    store = _store(data, folder / "store")
    stream = store.stream(SITE, BATCH, seed=options.seed, buffer=BUFFER)
    steps, batches = count(), _peer(data)
    if not torch.equal(stream(0)[SITE], data[stream.ids(0)].float()):
        raise ValueError("the stream gave other rows than the store was made of")
    served = list(islice(batches, BUFFER // 2 // BATCH))  # it fills its buffer first, and then serves half of it a time
    _require_rows(torch.stack([batch[0] for batch in served]), data)
    room, places = torch.empty_like(data[:BUFFER]), torch.split(torch.randperm(len(data))[:BUFFER], BATCH)
    contestants = [
        Contestant(OURS, lambda: [None for _ in range(BUFFER // BATCH) if not stream(next(steps))], BUFFER),
        Contestant(PEER, lambda: _drain(batches, BUFFER // 2 // BATCH), BUFFER // 2),
        Contestant(COPY, lambda: room.copy_(data[:BUFFER]), BUFFER),
        Contestant(GATHER, lambda: [None for some in places if not len(data.index_select(0, some))], BUFFER),
    ]
    setting = f"{WIDTH} wide, float16, batches of {BATCH:,}, buffer of {BUFFER:,} rows"
    table = _table("Mixed rows for training", setting, "rows", OURS, contestants, options)
    claim = f"{OURS} gives at least 20 times as many rows as {PEER}"
    table.bars.append(at_least(claim, table.row(PEER).pairs.median, 20))
    return table


def _table(
    title: str, setting: str, unit: str, reference: str, contestants: list[Contestant], options: Options
) -> Table:
    rounds, warmup = min(options.repetitions, ROUNDS), min(options.warmup, 1)
    seconds = interleaved(contestants, rounds, warmup=warmup, seed=options.seed, measure=stopwatch())
    return Table(title, setting, unit, reference, rows(contestants, seconds, reference))


def _peer(data: Float16[Tensor, "row width"]) -> Iterator[Tensor]:
    """SAELens's buffer over rows that lie in memory already, given to it a batch at a time, for ever."""
    from sae_lens.training.mixing_buffer import mixing_buffer

    found: Iterator[Tensor] = mixing_buffer(
        BUFFER, BATCH, (batch for _ in count() for batch in torch.split(data, BATCH))
    )
    return found


def _drain(batches: Iterator[Tensor], number: int) -> None:
    for _ in islice(batches, number):
        pass


def _require_rows(found: Tensor, among: Tensor) -> None:
    """What is handed out is what was put in: each row of `found`, told by its first numbers, is one of `among`."""
    known = {tuple(row) for row in among[:, :4].tolist()}
    if not all(tuple(row) in known for row in found[:, :4].tolist()):
        raise ValueError("rows came out that had never been put in")


def _store(data: Float16[Tensor, "row width"], folder: Path) -> Store:
    """A store of made-up rows, one sequence and document for each 128 of them."""
    nothing = "0" * 64
    about: dict[str, Any] = {
        "model": "none", "model_fingerprint": nothing, "config_fingerprint": nothing, "data": "made up",
        "data_fingerprint": nothing, "dtype": "float16", "batch": 1, "per_shard": SHARD // 128,
        "sequences": len(data) // 128, "rows": len(data),
    }  # fmt: skip
    folder.mkdir()
    Manifest(sites=(SITE.name,), shapes=((WIDTH,),), **about).write(folder)
    for shard, part in enumerate(torch.split(data, SHARD)):
        write_shard(folder, shard, [part], _index(shard * SHARD, len(part)))
    return Store(folder)


def _index(first: int, number: int) -> dict[str, Tensor]:
    """Any numbers: nobody looks at them here."""
    return {name: torch.arange(first, first + number, dtype=torch.int32) // 128 for name in Index._fields}
