"""Rows of a store in random order, batch by batch, for training: the batch of any step without those before it."""

from collections.abc import Mapping
from hashlib import sha256
from math import prod

import torch
from jaxtyping import Float32, Int64, Shaped
from torch import Tensor

from interp.errors import ShapeError
from interp.models.sites import Site
from interp.store.order import Order
from interp.store.rows import Rows

CHUNK = 64
"""Neighbouring rows that are read together."""
BUFFER = 2**18
"""Rows that are shuffled together."""


class Stream:
    """`stream(step)` gives the rows of that step at every site: the same ones, in float32, flat.

    A pure function of the store, the arguments and the step, so that training goes on with the same bits after it was
    killed. `interp.store.order.Order` says in which order rows come: every epoch without repetition, `count % batch`
    rows left out of it.

    One buffer is kept in memory, in the type of the store: `buffer` rows x width x bytes, for each site. Going
    through steps in order reads every row once an epoch; a jump reads one buffer. Not to be used by two threads.
    """

    def __init__(
        self,
        rows: Mapping[Site, Rows],
        batch: int,
        *,
        seed: int,
        chosen: Shaped[Tensor, "..."] | None = None,
        buffer: int = BUFFER,
        chunk: int = CHUNK,
        source: str = "",
    ) -> None:
        if not rows:
            raise ShapeError("a stream needs at least one site")
        self._rows, self._chosen = dict(rows), None if chosen is None else _ascending(chosen, rows)
        count = len(next(iter(rows.values()))) if self._chosen is None else len(self._chosen)
        self.order = Order(count, batch, seed=seed, buffer=buffer, chunk=chunk)
        self._source = source
        self._held: tuple[int, int] | None = None
        self._ids = self._shuffled = torch.empty(0, dtype=torch.int64)
        self._buffers: dict[Site, Tensor] = {}

    @property
    def steps_per_epoch(self) -> int:
        """Batches in one pass over the rows."""
        return self.order.steps_per_epoch

    @property
    def identity(self) -> str:
        """What the batches are, so that a training resumes on no others; the store's part is its fingerprint."""
        order, chosen = self.order, b"all" if self._chosen is None else self._chosen.numpy().tobytes()
        about = f"batch {order.batch} seed {order.seed} buffer {order.buffer} chunk {order.chunk}"
        return f"{self._source} {' '.join(map(str, self._rows))} rows {sha256(chosen).hexdigest()} {about}"

    @property
    def widths(self) -> dict[Site, int]:
        """Numbers in a row of each site, its axes flattened."""
        return {site: prod(rows.row) for site, rows in self._rows.items()}

    @property
    def width(self) -> int:
        """The width that all sites have. Raises `ShapeError` where they differ: see `widths`."""
        found = set(self.widths.values())
        if len(found) > 1:
            raise ShapeError(f"the sites of this stream have several widths: {sorted(found)}")
        return found.pop()

    def __call__(self, step: int) -> dict[Site, Float32[Tensor, "batch width"]]:
        """The batch of a step, the same rows for every site. Raises `ShapeError` where one holds NaN or infinity."""
        places = self._places(step)
        found = {}
        for site, rows in self._rows.items():
            batch = self._buffers[site].index_select(0, places).view(rows.dtype).float()
            if not batch.sum().isfinite():  # a sum costs little, and is finite where every number is, or nearly always
                _require_finite(batch, self._ids[places], site)
            found[site] = batch
        return found

    def ids(self, step: int) -> Int64[Tensor, " batch"]:
        """The row numbers of the batch of a step: `store.trace(row)` leads from there to the text."""
        places = self._places(step)  # which may put other rows into the buffer
        return self._ids[places]

    def _places(self, step: int) -> Int64[Tensor, " batch"]:
        """The places of a batch in the buffer, which is filled if it holds another."""
        epoch, buffer, start = self.order.locate(step)
        if self._held != (epoch, buffer):
            self._fill(epoch, buffer)
        return self._shuffled[start : start + self.order.batch]

    def _fill(self, epoch: int, buffer: int) -> None:
        self._held = None  # until all of it is there: an interrupted fill must not pass for a whole one
        held = torch.from_numpy(self.order.held(epoch, buffer))
        self._ids = held if self._chosen is None else self._chosen[held]
        for site, rows in self._rows.items():
            if site not in self._buffers:
                self._buffers[site] = torch.empty(self.order.largest, rows.bytes, dtype=torch.uint8)
            rows.copy_into(self._ids, self._buffers[site][: len(held)])
        self._shuffled = torch.from_numpy(self.order.shuffled(epoch, buffer))
        self._held = epoch, buffer


def _ascending(chosen: Tensor, rows: Mapping[Site, Rows]) -> Int64[Tensor, " row"]:
    """Row numbers in the order of the disk. Raises `ShapeError` unless they are different rows of the store."""
    count = len(next(iter(rows.values())))
    if chosen.ndim != 1 or chosen.is_floating_point() or chosen.dtype is torch.bool:
        raise ShapeError(f"rows must be chosen by integers [row], not by {chosen.dtype} {list(chosen.shape)}")
    ids = chosen.to("cpu", torch.int64).sort().values
    if (ids[1:] == ids[:-1]).any():
        twice = int(ids[1:][ids[1:] == ids[:-1]][0])
        raise ShapeError(f"row {twice} is chosen more than once: an epoch has every row once")
    if len(ids) and not (ids[0] >= 0 and ids[-1] < count):
        raise ShapeError(f"rows run from 0 to {count - 1}, the chosen ones from {int(ids[0])} to {int(ids[-1])}")
    return ids


def _require_finite(batch: Float32[Tensor, "batch width"], ids: Int64[Tensor, " batch"], site: Site) -> None:
    """Raise `ShapeError` for NaN and infinity; a finite batch whose sum overflows is left alone."""
    bad = ~batch.isfinite().all(1)
    if bad.any():
        raise ShapeError(
            f"NaN or infinity at {site} in {int(bad.sum())} of {len(batch)} rows, first in row "
            f"{int(ids[bad][0])} of the store (store.trace tells its text). float16 ends at 65504: harvest in bfloat16 "
            "or float32, or leave such rows out with rows=..."
        )


__all__ = ["BUFFER", "CHUNK", "Stream"]
