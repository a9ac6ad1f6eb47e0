"""A store: activations of a model at some sites on the disk, every row of which is known by its text."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from functools import cached_property
from hashlib import sha256
from itertools import accumulate
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Int64, Shaped
from torch import Tensor

from interp.errors import FileError, ModelError, ShapeError, UnknownNameError, unknown
from interp.models.fingerprint import fingerprint
from interp.models.model import Model
from interp.models.sites import Site, site
from interp.progress import Reporter
from interp.store.index import Index, Trace, joined, read_index, split
from interp.store.manifest import Manifest
from interp.store.receipt import FILE, INDEX, Receipt, read_receipt, rows_file, shard_folder, written
from interp.store.rows import Part, Rows
from interp.store.stream import BUFFER, CHUNK, Stream


class Store:
    """Opens what `harvest` wrote: `store[resid(5)]` are the rows of a site, `store.stream(...)` batches for training.

    Row i of every site comes from one and the same token, `store.trace(i)`. Opening reads the manifest and the
    receipts and looks at the sizes of all files; `verify` reads their contents.
    """

    def __init__(self, folder: str | Path) -> None:
        """Raises `FileError` for a folder without a store, one that is not complete, and files of a wrong size."""
        self.folder = Path(folder)
        self.manifest = Manifest.read(self.folder)
        self.sites: tuple[Site, ...] = tuple(site(name) for name in self.manifest.sites)
        self._receipts = _receipts(self.folder, self.manifest)
        self._starts = np.array([0, *accumulate(receipt.rows for receipt in self._receipts)], dtype=np.int64)
        if len(self) != self.manifest.rows:
            raise FileError(
                f"{self.folder} is damaged: its shards have {len(self)} rows, its manifest says {self.manifest.rows}."
            )
        self._rows: dict[Site, Rows] = {}

    def __len__(self) -> int:
        return int(self._starts[-1])

    def __repr__(self) -> str:
        names = ", ".join(self.manifest.sites)
        return f"Store({str(self.folder)!r}, {len(self)} rows of {self.manifest.model} at {names})"

    def __contains__(self, asked: Site | str) -> bool:
        try:
            return self._site(asked) in self.sites
        except UnknownNameError:
            return False

    def __getitem__(self, asked: Site | str) -> Rows:
        """The rows of a site. Raises `UnknownNameError` for one that was not harvested."""
        found = self._site(asked)
        if found not in self._rows:
            number = self.sites.index(found)
            parts = [
                Part(shard_folder(self.folder, shard) / rows_file(number), receipt.rows)
                for shard, receipt in enumerate(self._receipts)
            ]
            self._rows[found] = Rows(parts, self.manifest.shapes[number], self.manifest.torch_dtype)
        return self._rows[found]

    @cached_property
    def index(self) -> Index:
        """Where all rows come from, in memory: 20 bytes a row."""
        return joined([self._index(shard) for shard in range(len(self._receipts))])

    def trace(self, row: int) -> Trace:
        """Where one row comes from; reads the index of its shard only. Raises `ShapeError` beyond the last row."""
        if not 0 <= row < len(self):
            raise ShapeError(f"rows run from 0 to {len(self) - 1}, there is no row {row}")
        shard = int(np.searchsorted(self._starts, row, side="right")) - 1
        return self._index(shard).trace(row - int(self._starts[shard]))

    def split(
        self, share: float, generator: torch.Generator
    ) -> tuple[Int64[Tensor, " train"], Int64[Tensor, " validation"]]:
        """Row numbers to train on and, of about `share` of the documents, to validate on; both ascend.

        No document lies on both sides. Raises `ShapeError` for a store of one document.
        """
        return split(self.index.document, share, generator)

    def stream(
        self,
        sites: Site | str | Iterable[Site | str],
        batch: int,
        *,
        seed: int,
        rows: Shaped[Tensor, "..."] | None = None,
        buffer: int = BUFFER,
        chunk: int = CHUNK,
    ) -> Stream:
        """Batches of rows in random order for training, the same rows at every site; see `Stream` and `Order`.

        `rows` limits them to some rows (one side of a split); their order does not matter. `buffer` rows are shuffled
        together and kept in memory; they come in chunks of `chunk` neighbours from all over the store. Raises
        `UnknownNameError` for sites that were not harvested and `ShapeError` for fewer rows than a batch.
        """
        asked = [sites] if isinstance(sites, Site | str) else list(sites)
        found = {self._site(one): self[one] for one in asked}
        return Stream(
            found, batch, seed=seed, chosen=rows, buffer=buffer, chunk=chunk, source=f"store {self.fingerprint()}"
        )

    def fingerprint(self) -> str:
        """SHA-256 of what the manifest says and of the hashes of all files: the identity of what lies here."""
        about = {name: value for name, value in asdict(self.manifest).items() if name != "made_with"}
        receipts = [receipt.json() for receipt in self._receipts]
        return sha256(json.dumps([about, receipts], sort_keys=True).encode()).hexdigest()

    def require(self, model: Model) -> None:
        """Raise `ModelError` unless the store was harvested from a model with these weights."""
        found = fingerprint(model)
        if found != self.manifest.model_fingerprint:
            raise ModelError(
                f"{self.folder} holds activations of {self.manifest.model} with weights "
                f"{self.manifest.model_fingerprint[:12]}..., {model.name} has weights {found[:12]}...: harvest this "
                "model into a folder of its own."
            )

    def verify(self, *, quiet: bool = False) -> None:
        """Read every file and compare it with its receipt. Raises `FileError` naming all that were altered."""
        files = [
            (shard, name, entry)
            for shard, receipt in enumerate(self._receipts)
            for name, entry in receipt.files.items()
        ]
        report = Reporter(len(files), unit="file", quiet=quiet)
        bad = []
        for done, (shard, name, entry) in enumerate(files, 1):
            path = shard_folder(self.folder, shard) / name
            if not path.is_file() or written(path) != entry:
                bad.append(str(path.relative_to(self.folder)))
            report(done)
        if bad:
            raise FileError(
                f"{len(bad)} of {len(files)} files of {self.folder} are not what was written: {', '.join(bad)}. "
                "Delete the folders of these shards and harvest again into the same folder."
            )

    def _site(self, asked: Site | str) -> Site:
        """A site of the store, by itself or by any name of it."""
        try:
            found = site(asked) if isinstance(asked, str) else asked
        except UnknownNameError:
            found = None
        if found not in self.sites:
            raise unknown("site of this store", str(asked), self.manifest.sites)
        return found

    def _index(self, shard: int) -> Index:
        return read_index(shard_folder(self.folder, shard) / INDEX, self._receipts[shard].rows)


def _receipts(folder: Path, manifest: Manifest) -> list[Receipt]:
    """The receipts of all shards. Raises `FileError` for missing ones, and naming every one that is damaged."""
    there = [shard for shard in range(manifest.shards) if (shard_folder(folder, shard) / FILE).is_file()]
    if len(there) < manifest.shards:
        raise FileError(
            f"{folder} is not complete: {len(there)} of its {manifest.shards} shards are there. Run the same harvest "
            "again: it goes on where it ended."
        )
    found, wrong = [], []
    wanted = {INDEX, *(rows_file(number) for number in range(len(manifest.sites)))}
    for shard in there:
        try:
            receipt = read_receipt(folder, shard)
        except FileError as error:
            wrong.append(str(error))
            continue
        if set(receipt.files) != wanted:
            wrong.append(f"shard {shard} of {folder} is damaged: its receipt lists {', '.join(receipt.files)}.")
        found.append(receipt)
    if wrong:
        raise FileError("\n".join(wrong))
    return found


__all__ = ["Store"]
