"""Prompts that a model is to go on with, and the position of each at which it is steered."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Int64, Integer
from torch import Tensor

from interp.errors import ShapeError
from interp.sequences import Sequences


@dataclass(frozen=True, eq=False)
class Prompts:
    """Prompts of one length."""

    tokens: Int64[Tensor, "prompt position"]
    """What the model reads."""
    at: Int64[Tensor, " prompt"]
    """The position of each prompt at which it is steered."""
    documents: Int64[Tensor, " prompt"]
    """The document that each is taken from: the unit of intervals."""

    def __post_init__(self) -> None:
        """Raises `ShapeError` for no prompts and for positions that are not in them."""
        if self.tokens.ndim != 2 or not self.tokens.numel():
            raise ShapeError(f"need prompts [prompt, position] of at least one token, not {list(self.tokens.shape)}")
        if not len(self.at) == len(self.documents) == len(self.tokens):
            raise ShapeError(f"{len(self.tokens)} prompts, {len(self.at)} positions, {len(self.documents)} documents")
        if (self.at < 0).any() or (self.at >= self.tokens.shape[1]).any():
            raise ShapeError(f"prompts of {self.tokens.shape[1]} tokens cannot be steered at {self.at.tolist()}")

    @classmethod
    def of(cls, tokens: Integer[Tensor, "prompt position"]) -> "Prompts":
        """Prompts that are steered at their last token, each a document of its own."""
        if tokens.ndim != 2 or not tokens.numel():
            raise ShapeError(f"need prompts [prompt, position] of at least one token, not {list(tokens.shape)}")
        numbers = torch.arange(len(tokens))
        return cls(tokens.long(), torch.full_like(numbers, tokens.shape[1] - 1), numbers)

    def __len__(self) -> int:
        """How many there are."""
        return len(self.tokens)

    def some(self, count: int) -> "Prompts":
        """At most `count` of them, from all over."""
        if len(self) <= count:
            return self
        chosen = torch.linspace(0, len(self) - 1, count).long()
        return Prompts(self.tokens[chosen], self.at[chosen], self.documents[chosen])


def cut(
    sequences: Sequences,
    length: int,
    steered: Bool[Tensor, " token"],
    *,
    ends: Bool[Tensor, " token"] | None = None,
    distance: int = 0,
    bos: int | None = None,
) -> Prompts:
    """The latest prompt of `length` tokens in each sequence that has a `steered` token `distance` before its end.

    So token class and distance from the end are set apart: the steered token is of a class, and the last one of
    another (`ends`; any where that is None). A prompt lies in one document and holds kept tokens only; `bos` is put
    before it and is not counted in `length`. Sequences without such a prompt are left out. Raises `ShapeError` when
    none has one, and for a distance that is not inside the prompt.
    """
    if not 0 <= distance < length:
        raise ShapeError(f"a prompt of {length} tokens has no token {distance} before its last")
    tokens = sequences.tokens.long()
    if tokens.shape[1] < length:
        raise ShapeError(f"sequences of {tokens.shape[1]} tokens hold no prompt of {length}")
    documents = sequences.documents.long().unfold(1, length, 1)
    good = sequences.kept.unfold(1, length, 1).all(2) & (documents == documents[..., :1]).all(2)
    windows = tokens.unfold(1, length, 1)
    good &= steered[windows[..., length - 1 - distance]]
    if ends is not None:
        good &= ends[windows[..., -1]]
    rows = good.any(1).nonzero()[:, 0]
    if not len(rows):
        raise ShapeError(f"no sequence of {sequences.source} has such a prompt of {length} tokens")
    last = good.shape[1] - 1 - good[rows].flip(1).int().argmax(1)
    found = windows[rows, last]
    if bos is not None:
        found = torch.cat([torch.full_like(found[:, :1], bos), found], 1)
    place = found.shape[1] - 1 - distance
    return Prompts(found, torch.full((len(rows),), place), documents[rows, last, 0])


__all__ = ["Prompts", "cut"]
