"""What a store is: everything that decides its bits, written before the first activation."""

import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from math import ceil
from pathlib import Path
from typing import Any

import torch

from interp.errors import FileError, unknown
from interp.files import read_json, write_json

FILE = "manifest.json"
FORMAT = 1
PROCESSING = "none: as the Hugging Face module computes them"
DTYPES = {
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
    "float32": torch.float32,
    "float64": torch.float64,
}


@dataclass(frozen=True)
class Manifest:
    """The identity of a store. Two harvests may share a folder only where all of it but `made_with` is equal."""

    model: str
    """Name of the model, for people."""
    model_fingerprint: str
    """SHA-256 of the weights (`interp.models.fingerprint`)."""
    config_fingerprint: str
    """SHA-256 of the model's configuration, which decides what the weights compute."""
    data: str
    """Name of the data, for people."""
    data_fingerprint: str
    """SHA-256 of tokens, documents, places and what is kept (`Sequences.fingerprint`)."""
    sites: tuple[str, ...]
    """TransformerLens names, in the order of the files `rows_<i>.safetensors`."""
    shapes: tuple[tuple[int, ...], ...]
    """Shape of one row of each site: (width,), (head, d_head) or, for patterns, (head, key)."""
    dtype: str
    """A key of `DTYPES`: the type on the disk."""
    batch: int
    """Sequences that the model reads at a time: another number changes last bits."""
    per_shard: int
    """Sequences of a shard; the last one may have fewer."""
    sequences: int
    """Sequences in all."""
    rows: int
    """Positions kept in all."""
    processing: str = PROCESSING
    """What was done to the activations."""
    format: int = FORMAT
    """Version of the layout of the folder."""
    made_with: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """Versions, device and threads of the process that began: others may change last bits, and warn."""

    @property
    def shards(self) -> int:
        """How many shards the store has."""
        return ceil(self.sequences / self.per_shard)

    @property
    def torch_dtype(self) -> torch.dtype:
        """The type on the disk."""
        return DTYPES[self.dtype]

    def span(self, shard: int) -> tuple[int, int]:
        """First sequence of a shard, and the one after its last."""
        return shard * self.per_shard, min((shard + 1) * self.per_shard, self.sequences)

    def write(self, folder: Path) -> None:
        """Put it into the folder of the store. Raises `FileError`."""
        write_json(folder / FILE, {"shards": self.shards, **asdict(self)})

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """The manifest of a store. Raises `FileError` where it is missing, damaged or of another format."""
        path = folder / FILE
        if not path.is_file():
            raise FileError(f"{folder} is no store of activations: there is no {FILE} in it.")
        found = read_json(path)
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            version = found.get("format") if isinstance(found, dict) else None
            raise FileError(f"cannot read {path}: it has format {version!r}, this version reads format {FORMAT}.")
        try:
            shards = found.pop("shards")
            found["sites"] = tuple(found["sites"])
            found["shapes"] = tuple(tuple(shape) for shape in found["shapes"])
            manifest = cls(**found)
            whole = manifest.shards == shards and manifest.dtype in DTYPES
            whole = whole and len(manifest.sites) == len(manifest.shapes)
        except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
            raise FileError(f"cannot read {path}: {error}. It is damaged.") from error
        if not whole:
            raise FileError(f"cannot read {path}: its fields do not fit together. It is damaged.")
        return manifest

    def require_same(self, asked: "Manifest", folder: Path) -> None:
        """Raise `FileError` naming every field in which what is `asked` for differs from this, that of `folder`.

        A difference in `made_with` only warns.
        """
        different = [
            f"{one.name} is {getattr(self, one.name)!r} there, {getattr(asked, one.name)!r} was asked for"
            for one in fields(self)
            if one.compare and getattr(self, one.name) != getattr(asked, one.name)
        ]
        if different:
            raise FileError(
                f"{folder} holds another harvest: {'; '.join(different)}. What lies there is unharmed. "
                "Choose another folder as `out`, or ask for the same."
            )
        others = [
            f"{name} {self.made_with.get(name)}, now {now}"
            for name, now in asked.made_with.items()
            if self.made_with.get(name) != now
        ]
        if others:
            warnings.warn(
                f"{folder} was begun with {'; '.join(others)}: activations may differ in their last bits",
                stacklevel=4,
            )


def dtype_name(asked: torch.dtype | str) -> str:
    """The name of a floating-point type as it stands in a manifest; an unknown one raises `UnknownNameError`."""
    name = str(asked).removeprefix("torch.")
    if name not in DTYPES:
        raise unknown("dtype of a store", name, DTYPES)
    return name


__all__ = ["DTYPES", "FILE", "FORMAT", "PROCESSING", "Manifest", "dtype_name"]
