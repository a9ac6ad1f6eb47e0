"""What a model reads, sequence by sequence, and where every token of it comes from."""

import hashlib
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Integer
from torch import Tensor

from interp.errors import ShapeError


@dataclass(frozen=True, eq=False)
class Sequences:
    """Token sequences of one length; what is measured on them can be traced back to a place in a document."""

    tokens: Integer[Tensor, "sequence position"]
    """What the model reads."""
    documents: Integer[Tensor, "sequence position"]
    """The document (text, game) that each token belongs to: the unit of splits and intervals."""
    places: Integer[Tensor, "sequence position"]
    """The index of each token in its document; -1 for a token that is in none (a BOS or a separator put before it)."""
    kept: Bool[Tensor, "sequence position"]
    """Positions that count; the model reads the others too, but nothing is measured there."""
    source: str
    """A name for where they come from, for people: "documentation", a path, a dataset's name."""

    def __post_init__(self) -> None:
        if self.tokens.ndim != 2 or not self.tokens.numel():
            raise ShapeError(
                f"need tokens [sequence, position] with at least one of each, not {list(self.tokens.shape)}"
            )
        for name in ("documents", "places", "kept"):
            if getattr(self, name).shape != self.tokens.shape:
                raise ShapeError(
                    f"{name} must have the shape of the tokens, {list(self.tokens.shape)}, "
                    f"not {list(getattr(self, name).shape)}"
                )
        if not self.kept.any():
            raise ShapeError(f"no position of {self.source} counts: `kept` is false everywhere")

    @classmethod
    def of(
        cls,
        tokens: Integer[Tensor, "sequence position"],
        kept: Bool[Tensor, "sequence position"] | None = None,
        source: str = "tokens",
    ) -> "Sequences":
        """Sequences each of which is a document of its own, as games are. Raises `ShapeError`."""
        if tokens.ndim != 2:
            raise ShapeError(f"need tokens [sequence, position], not {list(tokens.shape)}")
        count, length = tokens.shape
        documents = torch.arange(count, dtype=torch.int32)[:, None].expand(count, length)
        places = torch.arange(length, dtype=torch.int32)[None].expand(count, length)
        return cls(
            tokens, documents, places, torch.ones_like(tokens, dtype=torch.bool) if kept is None else kept, source
        )

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def rows(self) -> int:
        """How many positions count."""
        return int(self.kept.sum())

    def part(self, start: int, stop: int) -> "Sequences":
        """Sequences `start` to `stop`, in the same memory. Raises `ShapeError` when none of their positions counts."""
        return Sequences(
            self.tokens[start:stop],
            self.documents[start:stop],
            self.places[start:stop],
            self.kept[start:stop],
            self.source,
        )

    def fingerprint(self) -> str:
        """SHA-256 of tokens, documents, places and what counts: the identity of the data in a store or record."""
        digest = hashlib.sha256(str(list(self.tokens.shape)).encode())
        for tensor in (self.tokens, self.documents, self.places):
            digest.update(tensor.to(torch.int64).contiguous().numpy().tobytes())
        digest.update(self.kept.contiguous().numpy().tobytes())
        return digest.hexdigest()


__all__ = ["Sequences"]
