"""The rows of one site: as many tensors on the disk as the store has shards, read as if they were one in memory."""

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from math import prod
from operator import index
from pathlib import Path
from typing import Any, NamedTuple, SupportsIndex

import numpy as np
import torch
from jaxtyping import Int64, Shaped, UInt8
from torch import Tensor

from interp.errors import ShapeError
from interp.store.mapped import mapped


class Part(NamedTuple):
    """A file with some of the rows."""

    path: Path
    """A safetensors file with the one tensor "rows"."""
    rows: int
    """How many it has."""


class Rows:
    """Activations [row, ...] of one site, on the disk. What is asked for is read, and what is given out is a copy.

    `rows[i]`, `rows[a:b]` and `rows[ids]` (integers in any order, or a mask) are tensors in the type of the store;
    numpy and scikit-learn see an array. Reading neighbouring rows is fastest.
    """

    def __init__(self, parts: Sequence[Part], row: tuple[int, ...], dtype: torch.dtype) -> None:
        self._parts = [part for part in parts if part.rows]
        self._starts = np.array([0, *accumulate(part.rows for part in self._parts)], dtype=np.int64)
        self._maps: list[Tensor | None] = [None] * len(self._parts)
        self.row, self.dtype = row, dtype

    def __len__(self) -> int:
        return int(self._starts[-1])

    def __repr__(self) -> str:
        return f"Rows({list(self.shape)}, {self.dtype})"

    @property
    def shape(self) -> torch.Size:
        """[row, *shape of a row]."""
        return torch.Size((len(self), *self.row))

    def __getitem__(self, key: SupportsIndex | slice | Shaped[Tensor, "..."]) -> Shaped[Tensor, "..."]:
        """One row, a range of rows, or the rows with these numbers in the order asked for.

        Raises `IndexError` for one row beyond the ends and `ShapeError` for several.
        """
        if isinstance(key, slice):
            return self._slice(range(*key.indices(len(self))))
        if isinstance(key, Tensor) and key.ndim:
            return self._gather(self._numbers(key))
        place = index(key)
        if not -len(self) <= place < len(self):
            raise IndexError(f"there is no row {place}: the store has {len(self)}")
        return self._slice(range(place % len(self), place % len(self) + 1))[0]

    def __iter__(self) -> Iterator[Tensor]:
        for rows in self.batches(4096):
            yield from rows

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """All rows as an array; numpy has no bfloat16 and sees float32 instead."""
        if copy is False:
            raise ValueError("rows of a store are always copied")
        rows = self.tensor()
        return np.asarray((rows.float() if rows.dtype is torch.bfloat16 else rows).numpy(), dtype)

    def tensor(self) -> Shaped[Tensor, "row ..."]:
        """All rows, in memory."""
        return self[:]

    def batches(self, size: int) -> Iterator[Shaped[Tensor, "row ..."]]:
        """All rows in order, `size` at a time; the last batch may have fewer."""
        if size < 1:
            raise ShapeError(f"a batch has at least one row, not {size}")
        return (self[start : start + size] for start in range(0, len(self), size))

    def copy_into(self, ids: Int64[Tensor, " row"], out: UInt8[Tensor, "row byte"]) -> None:
        """Put the bytes of the rows with these numbers, which must ascend, into `out`, a row of bytes for each."""
        edges = np.searchsorted(ids.numpy(), self._starts)
        for place, (begin, end) in enumerate(pairwise(edges)):
            if begin < end:
                local = ids[begin:end] - int(self._starts[place])
                torch.index_select(self._map(place), 0, local, out=out[begin:end])

    @property
    def bytes(self) -> int:
        """Of one row."""
        return prod(self.row) * self.dtype.itemsize

    def _slice(self, wanted: range) -> Tensor:
        if wanted.step != 1:
            return self._gather(torch.from_numpy(np.arange(wanted.start, wanted.stop, wanted.step)))
        out = torch.empty(len(wanted), self.bytes, dtype=torch.uint8)
        place = int(np.searchsorted(self._starts, wanted.start, side="right")) - 1
        done = 0
        while done < len(wanted):
            begin = wanted.start + done - int(self._starts[place])
            found = self._map(place)[begin : begin + len(wanted) - done]
            out[done : done + len(found)] = found
            done, place = done + len(found), place + 1
        return self._typed(out)

    def _gather(self, ids: Int64[Tensor, " row"]) -> Tensor:
        out = torch.empty(len(ids), self.bytes, dtype=torch.uint8)
        if (ids[1:] >= ids[:-1]).all():
            self.copy_into(ids, out)
            return self._typed(out)
        # The disk is read in its own order, whatever the order asked for.
        ascending, order = ids.sort()
        self.copy_into(ascending, out)
        return self._typed(torch.empty_like(out).index_copy_(0, order, out))

    def _numbers(self, key: Shaped[Tensor, "..."]) -> Int64[Tensor, " row"]:
        """Row numbers that are in range."""
        if key.ndim != 1 or key.is_floating_point() or (key.dtype is torch.bool and len(key) != len(self)):
            raise ShapeError(
                f"rows are chosen by integers [row], or by a mask of all {len(self)} rows, "
                f"not by {key.dtype} {list(key.shape)}"
            )
        ids = key.nonzero()[:, 0] if key.dtype is torch.bool else key.to(torch.int64)
        if len(ids) and not (ids.min() >= 0 and ids.max() < len(self)):
            raise ShapeError(
                f"row numbers run from 0 to {len(self) - 1}, these from {int(ids.min())} to {int(ids.max())}"
            )
        return ids.cpu()

    def _typed(self, out: UInt8[Tensor, "row byte"]) -> Tensor:
        return out.view(self.dtype).view(len(out), *self.row)

    def _map(self, place: int) -> UInt8[Tensor, "row byte"]:
        found = self._maps[place]
        if found is None:
            part = self._parts[place]
            found = self._maps[place] = mapped(part.path, (part.rows, *self.row), self.dtype)
        return found


__all__ = ["Part", "Rows"]
