"""Harvest: fill a store with what passes at sites while a model reads a corpus. Killed, it goes on where it stopped."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from jaxtyping import Integer
from torch import Tensor

from interp import executors
from interp.errors import FileError
from interp.files import asides
from interp.models.model import Model
from interp.models.sites import Site
from interp.progress import Reporter
from interp.sequences import Sequences
from interp.store.gather import Gatherer, Part
from interp.store.identity import identify
from interp.store.manifest import FILE as MANIFEST
from interp.store.manifest import Manifest
from interp.store.receipt import Receipt, finished
from interp.store.shard import write_shard
from interp.training.lock import locked

if TYPE_CHECKING:
    from interp.store.store import Store


def harvest(
    model: Model,
    data: Sequences | Integer[Tensor, "sequence position"],
    sites: Site | str | Iterable[Site | str],
    out: str | os.PathLike[str],
    *,
    dtype: torch.dtype | str = "float16",
    shard: int | None = None,
    batch: int = 32,
    executor: str = "serial",
    workers: int = 1,
    quiet: bool = False,
) -> "Store":
    """The activations of `model` at `sites` for every kept position of `data`, in the folder `out`.

    All sites are read in one pass, which ends after the deepest. The folder holds a manifest that says of what model,
    data and settings it is, and shards of `shard` sequences each (default: up to 65,536 positions or 512 MiB), every
    row of which can be traced to sequence, position, document and token. The model reads `batch` sequences at a time,
    never those of two shards together: so a shard does not depend on what was done before, nor by whom.

    Killed at any moment and called again with the same arguments, it writes the missing shards and ends with the same
    files, bit for bit (on the same machine and thread count; others warn). With `executor="ray"` the shards are made
    by `workers` Ray actors, each with a copy of the model on a device of its own, and are the same bits too.

    Raises `FileError` when `out` is in use, holds the harvest of other settings, another model or other data, or
    cannot be written; `ModelError` for NaN and infinity, or a model in training mode or under edits; `ShapeError` for
    bad tokens, no tokens, constant activations and numbers too large for `dtype`. Finished shards survive them all.
    """
    from interp.store.store import Store

    executors.require(executor, workers)
    folder = Path(out)
    sequences = data if isinstance(data, Sequences) else Sequences.of(data)
    manifest = identify(model, sequences, sites, dtype, shard, batch)
    with locked(folder, "harvesting into"):
        _begin(folder, manifest)
        done = {number: receipt for number in range(manifest.shards) if (receipt := finished(folder, number))}
        todo = [number for number in range(manifest.shards) if number not in done]
        report = Reporter(
            manifest.rows, unit="row", start=sum(receipt.rows for receipt in done.values()), quiet=quiet or not todo
        )
        parts = (Part.of(sequences, manifest, number) for number in todo)
        count = report.start
        for rows in _all(model, manifest, folder, parts, executor, workers):
            count += rows
            report(count)
    return Store(folder)


def _all(
    model: Model, manifest: Manifest, folder: Path, parts: Iterable[Part], executor: str, workers: int
) -> Iterator[int]:
    """Make the shards of `parts`; the numbers of their rows, as they are done."""
    if executor == "serial":
        with _overlapping(model, manifest, folder) as make_shard:
            yield from executors.each(lambda: make_shard, parts, executor=executor, workers=workers)
        return
    kind = model.device.type
    with _off_its_gpu(model):
        settings = (kind, torch.get_num_threads(), torch.get_float32_matmul_precision())
        make = partial(_worker, model, manifest, folder.absolute(), *settings)
        yield from executors.each(make, parts, executor=executor, workers=workers, gpus=1.0 if kind == "cuda" else 0.0)


def _worker(
    model: Model, manifest: Manifest, folder: Path, device: str, threads: int, precision: str
) -> Callable[[Part], int]:
    """In a process of its own: as many threads as where the harvest was called, for the same bits."""
    torch.set_num_threads(threads)
    torch.set_float32_matmul_precision(precision)
    model.hf.to(device)
    gatherer = Gatherer(model, manifest)

    def make_shard(part: Part) -> int:
        # Nothing is left in the air when a shard is reported: the process may be killed next.
        return write_shard(folder, part.shard, gatherer(part), part.origins()).rows

    return make_shard


@contextmanager
def _overlapping(model: Model, manifest: Manifest, folder: Path) -> Iterator[Callable[[Part], int]]:
    """A shard is written behind the back of the model, which reads the next one; an error there is raised here."""
    gatherer = Gatherer(model, manifest)
    with ThreadPoolExecutor(1, "shards") as pool:
        writing: Future[Receipt] | None = None

        def make_shard(part: Part) -> int:
            nonlocal writing
            rows = gatherer(part)
            if writing is not None:
                writing.result()
            writing = pool.submit(write_shard, folder, part.shard, rows, part.origins())
            return int(part.kept.sum())

        yield make_shard
        if writing is not None:
            writing.result()


@contextmanager
def _off_its_gpu(model: Model) -> Iterator[None]:
    """While it is copied to other processes: there, the number of this process's GPU may mean another one, or none."""
    device = model.device
    model.hf.cpu()
    try:
        yield
    finally:
        model.hf.to(device)


def _begin(folder: Path, manifest: Manifest) -> None:
    """Write the manifest, or compare it with the one that is there; clear away what a killed harvest left half done.

    As long as there is no shard there is nothing to mix with, so another manifest takes the old one's place.
    """
    shards = folder / "shards"
    some = any(shards.glob("[0-9]*"))
    if some and not (folder / MANIFEST).exists():
        raise FileError(f"{folder} has shards but no {MANIFEST}: whose they are is unknown. Choose another `out`.")
    if some:
        Manifest.read(folder).require_same(manifest, folder)
    try:
        shards.mkdir(exist_ok=True)
        for aside in asides(shards):
            shutil.rmtree(aside)
    except OSError as error:
        raise FileError(f"cannot write to {shards}: {error.strerror}. Choose another folder as `out`.") from error
    if not some:
        manifest.write(folder)


__all__ = ["harvest"]
