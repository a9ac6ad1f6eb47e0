"""Read one shard out of a model: rows in the type of the store, checked, straight from the passing tensors."""

from contextlib import suppress
from functools import partial
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int32, Integer
from torch import Tensor

from interp.activations.taps import Tap, tapped
from interp.activations.watch import Enough
from interp.errors import ModelError, ShapeError
from interp.models.model import Model
from interp.models.sites import KINDS, Site, site
from interp.sequences import Sequences
from interp.store.manifest import Manifest


class Part(NamedTuple):
    """The sequences of one shard."""

    shard: int
    """Its number."""
    first: int
    """The number of its first sequence in the data."""
    tokens: Integer[Tensor, "sequence position"]
    """As in `Sequences`; so are the next three."""
    documents: Integer[Tensor, "sequence position"]
    """Documents of the tokens."""
    places: Integer[Tensor, "sequence position"]
    """Places of the tokens in them."""
    kept: Bool[Tensor, "sequence position"]
    """What is measured; nothing, perhaps."""

    @classmethod
    def of(cls, data: Sequences, manifest: Manifest, shard: int) -> "Part":
        """The part of the data that a shard covers, in memory of its own, so that no more than that has to travel."""
        begin, end = manifest.span(shard)
        fields = (data.tokens, data.documents, data.places, data.kept)
        return cls(shard, begin, *(field[begin:end].clone() for field in fields))

    def origins(self) -> dict[str, Int32[Tensor, " row"]]:
        """Where each row comes from."""
        count, length = self.tokens.shape
        columns = {
            "sequence": torch.arange(self.first, self.first + count)[:, None].expand(count, length),
            "position": torch.arange(length)[None].expand(count, length),
            "document": self.documents,
            "place": self.places,
            "token": self.tokens,
        }
        return {name: column[self.kept].to(torch.int32) for name, column in columns.items()}


class Gatherer:
    """A model with room for the rows of two shards: one may be written while the next is read."""

    def __init__(self, model: Model, manifest: Manifest):
        self.model, self.manifest = model, manifest
        self.sites: list[Site] = [site(name) for name in manifest.sites]
        self._rooms: list[list[Tensor]] = [[], []]

    def __call__(self, part: Part) -> list[Float[Tensor, " row ..."]]:
        """The rows of every site, valid until the call after the next.

        Raises `ShapeError` or `ModelError` for what no store should hold: NaN, infinity, constant rows.
        """
        count = int(part.kept.sum())
        rows = self._room(count)
        taking = _Taking(self.sites, rows)
        with torch.no_grad(), tapped(self.model, taking.taps()):
            for begin in range(0, len(part.tokens), self.manifest.batch):
                end = begin + self.manifest.batch
                if not taking.begin(part.kept[begin:end]):
                    continue
                with suppress(Enough):
                    self.model.hf(input_ids=self.model.checked(part.tokens[begin:end]), use_cache=False)
                taking.require_all(self.model)
        if count:
            tokens = part.tokens[part.kept]
            for one, found, ranges in zip(self.sites, rows, taking.ranges, strict=True):
                where = f"{one} in shard {part.shard} (sequences {part.first} to {part.first + len(part.tokens) - 1})"
                _require_finite(where, torch.stack(ranges).cpu(), self.manifest, self.model)
                if bool((tokens != tokens[0]).any()):
                    _require_varied(where, found)
        return rows

    def _room(self, count: int) -> list[Tensor]:
        """Memory for `count` rows of every site, that of the shard before the last where it is large enough."""
        self._rooms.reverse()
        if not self._rooms[0] or len(self._rooms[0][0]) < count:
            pinned, dtype = self.model.device.type == "cuda", self.manifest.torch_dtype
            self._rooms[0] = [
                torch.empty((count, *shape), dtype=dtype, pin_memory=pinned) for shape in self.manifest.shapes
            ]
        return [room[:count] for room in self._rooms[0]]


class _Taking:
    """Takes the kept rows out of the tensors that pass, and their range before they are cast."""

    def __init__(self, sites: list[Site], rows: list[Tensor]):
        self.sites, self.rows = sites, rows
        self.ranges: list[list[Tensor]] = [[] for _ in sites]
        self.end = 0

    def taps(self) -> list[Tap]:
        return [Tap(one, partial(self.take, number)) for number, one in enumerate(self.sites)]

    def begin(self, kept: Bool[Tensor, "sequence position"]) -> bool:
        """Get ready for a batch; whether any of it is kept."""
        self.chosen = kept.flatten().nonzero().squeeze(1)
        self.all = len(self.chosen) == kept.numel()
        self.where = slice(self.end, self.end + len(self.chosen))
        self.end += len(self.chosen)
        self.missing = set(range(len(self.sites)))
        return bool(len(self.chosen))

    def take(self, number: int, tensor: Tensor) -> None:
        rows = tensor.movedim(KINDS[self.sites[number].kind].position_axis, 1).flatten(0, 1)
        if not self.all:
            rows = rows.index_select(0, self.chosen.to(rows.device))
        self.ranges[number].append(torch.stack(torch.aminmax(rows)))
        self.rows[number][self.where].copy_(rows)
        self.missing.discard(number)
        if not self.missing:
            raise Enough

    def require_all(self, model: Model) -> None:
        if self.missing:
            names = ", ".join(self.sites[number].name for number in sorted(self.missing))
            raise ModelError(f"{model.name} never passed {names}: its anatomy does not fit how it computes.")


def _require_finite(where: str, ranges: Float[Tensor, "batch 2"], manifest: Manifest, model: Model) -> None:
    """Raise where the model gives what is not finite, or the cast to the type of the store makes it so.

    Casting keeps order: all rows stay finite if the smallest and the largest number do. A NaN is both.
    """
    ends = torch.stack([ranges[:, 0].amin(), ranges[:, 1].amax()])
    if not ends.isfinite().all():
        raise ModelError(
            f"{where} holds NaN or infinity, as {model.name} computes it in {str(model.dtype).removeprefix('torch.')}. "
            "Look for damaged weights, or load the model with dtype='float32'. All other shards are unharmed."
        )
    if not ends.to(manifest.torch_dtype).isfinite().all():
        raise ShapeError(
            f"{where} reaches {ends.abs().max().item():.6g}, more than {manifest.dtype} can hold "
            f"({torch.finfo(manifest.torch_dtype).max:.6g}). Harvest with dtype='bfloat16' or 'float32' into another "
            "folder. All other shards are unharmed."
        )


def _require_varied(where: str, rows: Float[Tensor, " row ..."]) -> None:
    """Raise where all rows are the same, although the tokens are not."""
    if len(rows) > 1 and torch.equal(rows[0], rows[-1]) and bool((rows == rows[0]).all()):
        raise ShapeError(
            f"{where} is constant: all {len(rows)} rows are the same, {rows[0].flatten()[0].item():.3g} first. "
            "There is nothing to learn from; look for a dead site, or for numbers too small for the dtype of the store."
        )
