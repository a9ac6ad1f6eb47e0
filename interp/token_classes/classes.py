"""Every token in one of a few named classes."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from interp.errors import ShapeError
from interp.token_classes.function import TokenSet


@dataclass(frozen=True, eq=False)
class Classes:
    """The class of every token id."""

    names: tuple[str, ...]
    """Of the classes."""
    of: Int64[Tensor, " token"]
    """The number of each token's class; -1 for a token that is in none and does not count."""

    def __post_init__(self) -> None:
        """Raises `ShapeError` for no class, a name twice, and numbers that are no class."""
        if not self.names or len(set(self.names)) < len(self.names):
            raise ShapeError(f"classes need names, each its own, not {list(self.names)}")
        if self.of.ndim != 1 or not len(self.of):
            raise ShapeError(f"need the class of every token [token], not {list(self.of.shape)}")
        if int(self.of.min()) < -1 or int(self.of.max()) >= len(self.names):
            raise ShapeError(f"classes are numbered 0 to {len(self.names) - 1}, and -1 for none")

    @classmethod
    def by(cls, masks: Mapping[str, Bool[Tensor, " token"]]) -> "Classes":
        """Classes that are told by masks [token]. Raises `ShapeError` where two have a token in common."""
        if len({len(mask) for mask in masks.values()}) > 1:
            raise ShapeError(f"the masks must all be of one vocabulary: {[len(mask) for mask in masks.values()]}")
        rows = torch.stack(list(masks.values())) if masks else torch.zeros(0, 1, dtype=torch.bool)
        shared = (rows.sum(0) > 1).nonzero()[:, 0]
        if len(shared):
            raise ShapeError(f"token {int(shared[0])} is in two of the classes {list(masks)}")
        number = torch.arange(len(rows))[:, None]
        return cls(tuple(masks), torch.where(rows, number, -1).amax(0) if masks else rows[:0, 0].long())

    @classmethod
    def two(cls, function: TokenSet) -> "Classes":
        """The tokens of a set, and all others: "function" and "content"."""
        content = function.content
        return cls.by({function.name: function.mask, content.name: content.mask})

    @classmethod
    def with_words(cls, function: TokenSet, word_initial: Bool[Tensor, " token"]) -> "Classes":
        """The tokens of a set; those of the others that begin a word; and those that do not.

        After the first token of a word its second is easy: a loss of content tokens that mixes the last two classes
        depends on how the tokenizer cuts words. Raises `ShapeError` for flags of another vocabulary.
        """
        if len(word_initial) != function.vocabulary:
            raise ShapeError(f"flags of {len(word_initial)} tokens for a set of {function.vocabulary}")
        content = function.content
        return cls.by(
            {
                function.name: function.mask,
                f"{content.name}, word-initial": content.mask & word_initial,
                f"{content.name}, other": content.mask & ~word_initial,
            }
        )

    @property
    def vocabulary(self) -> int:
        """Number of token ids."""
        return len(self.of)


__all__ = ["Classes"]
