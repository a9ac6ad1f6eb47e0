"""The receipt of a shard: what is in its folder, to the byte. A shard without one does not exist."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from xxhash import xxh3_128

from interp.errors import FileError
from interp.files import read_json

FILE = "receipt.json"
INDEX = "index.safetensors"
_PART = 2**20
"""Bytes read at a time: they fit a cache."""


class Written(NamedTuple):
    """A file of a shard."""

    xxh3_128: str
    """Hash of its content, in hexadecimal, against damage and mistakes. SHA-256 would take several times as long as the
    disk on a processor without instructions for it."""
    bytes: int
    """Its size."""


@dataclass(frozen=True)
class Receipt:
    """What one shard holds."""

    rows: int
    """Rows of every site and of the index; 0 where nothing of the shard's sequences is kept."""
    files: Mapping[str, Written]
    """By file name; all files of the shard but the receipt."""

    def json(self) -> dict[str, Any]:
        """As it is written."""
        return {"rows": self.rows, "files": {name: one._asdict() for name, one in sorted(self.files.items())}}


def shard_folder(store: Path, shard: int) -> Path:
    """Where a shard lies."""
    return store / "shards" / f"{shard:05}"


def rows_file(site: int) -> str:
    """Name of the file with the rows of the manifest's `site`-th site."""
    return f"rows_{site}.safetensors"


def read_receipt(store: Path, shard: int) -> Receipt:
    """The receipt of a shard, its files being there in the right sizes. Raises `FileError` naming the shard."""
    folder = shard_folder(store, shard)
    path = folder / FILE
    if not path.is_file():
        raise FileError(f"shard {shard} of {store} is missing: harvest again into the same folder to complete it.")
    try:
        found = read_json(path)
        receipt = Receipt(
            int(found["rows"]), {name: Written(**entry) for name, entry in sorted(found["files"].items())}
        )
    except (FileError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise FileError(f"shard {shard} of {store} is damaged: its receipt cannot be read ({error}).") from error
    for name, entry in receipt.files.items():
        size = (folder / name).stat().st_size if (folder / name).is_file() else None
        if size != entry.bytes:
            what = "is missing" if size is None else f"has {size} bytes, {entry.bytes} were written"
            raise FileError(
                f"shard {shard} of {store} is damaged: {name} {what}. "
                "Harvest again into the same folder to write it anew."
            )
    return receipt


def written(path: Path) -> Written:
    """What a file's receipt has to say, read anew from the disk. Raises `FileError` where it cannot be read."""
    digest, size = xxh3_128(), 0
    try:
        with open(path, "rb") as handle:
            while part := handle.read(_PART):
                digest.update(part)
                size += len(part)
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror or error}") from error
    return Written(digest.hexdigest(), size)


def finished(store: Path, shard: int) -> Receipt | None:
    """The receipt of a shard that is whole; None where it is to be written (again)."""
    try:
        return read_receipt(store, shard)
    except FileError:
        return None


__all__ = ["FILE", "INDEX", "Receipt", "Written", "finished", "read_receipt", "rows_file", "shard_folder", "written"]
