"""A subnetwork: for every weight of some parameters, whether it is kept."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

import numpy as np
import torch
from jaxtyping import Bool
from torch import Tensor

from interp.errors import FileError, ModelError, ShapeError
from interp.files import read_tensors, write_tensors
from interp.models.fingerprint import fingerprint
from interp.models.model import Model
from interp.subnetworks.maskable import parameters
from interp.subnetworks.units import Units

_FORMAT = "subnetwork mask 1"


@dataclass(frozen=True, eq=False)
class Mask:
    """A binary mask over weights of one model. Weights outside its parameters are not its matter: they stay.

    `a | b`, `a & b`, `a - b` (what a keeps and b does not), `~a` and `a == b` are those of sets of weights. Raises
    `ModelError` when the two are of different models, and `ShapeError` when they cover different parameters.
    """

    kept: Mapping[str, Bool[Tensor, "..."]]
    """By Hugging Face name, True where a weight is kept; shaped like the parameters. Not to be written to."""
    model: str
    """Fingerprint of the model (interp/models/fingerprint.py)."""

    def __post_init__(self) -> None:
        if not self.kept:
            raise ShapeError("a mask must cover at least one parameter")
        for name, kept in self.kept.items():
            if kept.dtype != torch.bool:
                raise ShapeError(f"a mask is made of booleans, but that of {name} is {kept.dtype}")
        object.__setattr__(self, "kept", MappingProxyType(dict(self.kept)))

    @classmethod
    def full(cls, model: Model, names: str | Iterable[str] | None = None) -> "Mask":
        """Every weight of the parameters that `names` stand for is kept (see `parameters`; errors as there)."""
        return cls({n: torch.ones_like(w, dtype=torch.bool) for n, w in _of(model, names)}, fingerprint(model))

    @classmethod
    def empty(cls, model: Model, names: str | Iterable[str] | None = None) -> "Mask":
        """None of them is kept."""
        return cls({n: torch.zeros_like(w, dtype=torch.bool) for n, w in _of(model, names)}, fingerprint(model))

    @classmethod
    def of_units(cls, units: Units, kept: Bool[Tensor, " unit"]) -> "Mask":
        """All weights of the units that are True, and no others. Raises `ShapeError` for another number of units."""
        if kept.shape != (units.count,):
            raise ShapeError(f"there are {units.count} units, but kept is {list(kept.shape)}")
        expanded = {n: units.expand(n, kept).expand(shape).clone() for n, shape in units.shapes.items()}
        return cls(expanded, units.model)

    @property
    def size(self) -> int:
        """Number of weights that are kept."""
        return sum(int(kept.sum()) for kept in self.kept.values())

    @property
    def total(self) -> int:
        """Number of weights that it decides about."""
        return sum(kept.numel() for kept in self.kept.values())

    @property
    def share(self) -> float:
        """size / total."""
        return self.size / self.total

    @property
    def digest(self) -> str:
        """SHA-256 of the model's fingerprint, the names, shapes and bits."""
        digest = sha256(self.model.encode())
        for name, kept in sorted(self.kept.items()):
            digest.update(f"{name} {list(kept.shape)}".encode())
            digest.update(_packed(kept).numpy().tobytes())
        return digest.hexdigest()

    def __repr__(self) -> str:
        return f"Mask({self.size:,} of {self.total:,} weights, {self.share:.3%}, model {self.model[:8]})"

    def __or__(self, other: "Mask") -> "Mask":
        return self._with(other, torch.logical_or)

    def __and__(self, other: "Mask") -> "Mask":
        return self._with(other, torch.logical_and)

    def __sub__(self, other: "Mask") -> "Mask":
        return self & ~other

    def __invert__(self) -> "Mask":
        return Mask({name: ~kept for name, kept in self.kept.items()}, self.model)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mask):
            return NotImplemented
        same = self.model == other.model and self.kept.keys() == other.kept.keys()
        return same and all(torch.equal(kept, other.kept[name].to(kept.device)) for name, kept in self.kept.items())

    __hash__ = None  # type: ignore[assignment]

    def _with(self, other: "Mask", both: Callable[[Tensor, Tensor], Tensor]) -> "Mask":
        if self.model != other.model:
            raise ModelError(f"these masks are of different models: {self.model[:8]} and {other.model[:8]}")
        _require_same_places(self.kept, other.kept)
        return Mask({n: both(kept, other.kept[n].to(kept.device)) for n, kept in self.kept.items()}, self.model)

    def save(self, path: Path | str) -> None:
        """Write the mask to a safetensors file, a bit a weight. Raises `FileError` when that is not possible."""
        shapes = {name: list(kept.shape) for name, kept in self.kept.items()}
        facts = {"format": _FORMAT, "model": self.model, "shapes": json.dumps(shapes), "digest": self.digest}
        write_tensors(Path(path), {name: _packed(kept) for name, kept in self.kept.items()}, facts)

    @classmethod
    def load(cls, path: Path | str, model: Model | None = None) -> "Mask":
        """The mask in a file that `save` wrote, on the device of `model` where one is given.

        Raises `FileError` for a file that is missing, damaged, or no mask, and `ModelError` when it is a mask of
        another model than `model`.
        """
        packed, facts = read_tensors(Path(path))
        if facts.get("format") != _FORMAT:
            raise FileError(f"{path} is no mask, or one that a newer version wrote: its format is not {_FORMAT!r}")
        try:
            shapes = {str(name): tuple(map(int, shape)) for name, shape in json.loads(facts["shapes"]).items()}
            kept = {name: _unpacked(packed[name], shape) for name, shape in shapes.items()}
            mask = cls(kept, facts["model"])
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise FileError(f"{path} is damaged: {error}. Delete it and make it again.") from error
        if packed.keys() != kept.keys() or mask.digest != facts.get("digest"):
            raise FileError(f"{path} is damaged: its bits are not those that were written. Delete it.")
        return mask if model is None else cls(require_of(mask, model), mask.model)


def require_of(mask: Mask, model: Model) -> dict[str, Bool[Tensor, "..."]]:
    """What the mask keeps, on the devices of the model's parameters.

    Raises `ModelError` when it is a mask of another model, or of this one with other weights.
    """
    if mask.model != (own := fingerprint(model)):
        raise ModelError(
            f"the mask is of the model {mask.model[:8]}, but {model.name} is {own[:8]}: other weights, another "
            "checkpoint, or weights that a mask has already changed"
        )
    return {name: mask.kept[name].to(weight.device) for name, weight in parameters(model, mask.kept).items()}


def _of(model: Model, names: str | Iterable[str] | None) -> Iterable[tuple[str, Tensor]]:
    return ((name, weight.detach()) for name, weight in parameters(model, names).items())


def _require_same_places(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> None:
    apart = sorted(one.keys() ^ other.keys())
    if apart:
        raise ShapeError(f"these masks cover different parameters: only one of them covers {apart[0]}")
    for name, kept in one.items():
        if kept.shape != other[name].shape:
            raise ShapeError(f"these masks of {name} are {list(kept.shape)} and {list(other[name].shape)}")


def _packed(kept: Bool[Tensor, "..."]) -> Tensor:
    return torch.from_numpy(np.packbits(kept.cpu().numpy().reshape(-1)))


def _unpacked(packed: Tensor, shape: tuple[int, ...]) -> Bool[Tensor, "..."]:
    count = int(np.prod(shape, dtype=np.int64))
    if packed.dtype != torch.uint8 or packed.shape != ((count + 7) // 8,):
        raise ValueError(f"{list(packed.shape)} bytes do not hold a mask {list(shape)}")
    return torch.from_numpy(np.unpackbits(packed.numpy(), count=count).astype(bool).reshape(shape))
