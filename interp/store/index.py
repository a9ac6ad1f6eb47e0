"""Where every row of a store comes from."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import Int32, Int64
from torch import Tensor

from interp.errors import FileError, ShapeError
from interp.files import read_tensors


class Trace(NamedTuple):
    """Where one row comes from."""

    sequence: int
    """The number of the sequence in the data that was harvested."""
    position: int
    """The position in this sequence."""
    document: int
    """The document (text, game) that the token belongs to."""
    place: int
    """The index of the token in its document."""
    token: int
    """The token that the model read there."""


class Index(NamedTuple):
    """The same for all rows, column by column."""

    sequence: Int32[Tensor, " row"]
    """The number of the sequence in the data that was harvested."""
    position: Int32[Tensor, " row"]
    """The position in this sequence."""
    document: Int32[Tensor, " row"]
    """The document (text, game) that the token belongs to: the unit of splits and intervals."""
    place: Int32[Tensor, " row"]
    """The index of the token in its document."""
    token: Int32[Tensor, " row"]
    """The token that the model read there."""

    def trace(self, row: int) -> Trace:
        """Where one row comes from."""
        return Trace(*(int(column[row]) for column in self))


def read_index(path: Path, rows: int) -> Index:
    """The index of one shard. Raises `FileError` where it is missing, damaged, or of another number of rows."""
    columns, _ = read_tensors(path)
    wanted = dict.fromkeys(Index._fields, ((rows,), torch.int32))
    if {name: (tuple(column.shape), column.dtype) for name, column in columns.items()} != wanted:
        raise FileError(f"{path} is damaged or no index: need int32 {', '.join(Index._fields)} of {rows} rows each.")
    return Index(**columns)


def joined(parts: Sequence[Index]) -> Index:
    """The index of shards that follow one another."""
    return Index(*(torch.cat(columns) for columns in zip(*parts, strict=True)))


def split(
    documents: Int32[Tensor, " row"], share: float, generator: torch.Generator
) -> tuple[Int64[Tensor, " train"], Int64[Tensor, " validation"]]:
    """Row numbers, ascending: those to train on, and those of about `share` of the documents, drawn for validation.

    Rows of one document are not independent, so all of them lie on one side, and each side has at least one document.
    Raises `ShapeError` for a share that is not between 0 and 1, and for rows of a single document.
    """
    if not 0 < share < 1:
        raise ShapeError(f"share must lie between 0 and 1, not {share}")
    names, place = torch.unique(documents, return_inverse=True)
    if len(names) < 2:
        raise ShapeError(f"{len(names)} document cannot be split: rows of one document are not independent")
    count = min(max(round(share * len(names)), 1), len(names) - 1)
    held = torch.zeros(len(names), dtype=torch.bool)
    held[torch.randperm(len(names), generator=generator, device=generator.device)[:count].cpu()] = True
    return (~held[place]).nonzero()[:, 0], held[place].nonzero()[:, 0]


__all__ = ["Index", "Trace", "joined", "read_index", "split"]
