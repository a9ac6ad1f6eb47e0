"""N-gram counts: sparse, ascending, and in one file."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import Int64
from torch import Tensor

from interp.counts.numbers import require_order
from interp.counts.runs import Run, merged, summed
from interp.errors import FileError, ShapeError
from interp.files import read_tensors, write_tensors

FORMAT = "interp.counts 1"
"""In the header of every file of counts."""


class Seen(NamedTuple):
    """The contexts that were seen with a token after them."""

    contexts: Int64[Tensor, " context"]
    """Their numbers, ascending; order 1 has only the empty context, 0."""
    totals: Int64[Tensor, " context"]
    """Tokens seen after each context."""
    kinds: Int64[Tensor, " context"]
    """Different tokens seen after each context: its pairs, which stand side by side."""


@dataclass(frozen=True, eq=False)
class Counts:
    """How often each n-gram of one order was seen."""

    pairs: Int64[Tensor, " pair"]
    """context * vocabulary + token of everything that was seen, ascending; a context is a number in the same way."""
    counts: Int64[Tensor, " pair"]
    """How often each was seen, at least once."""
    vocabulary: int
    """Number of token ids, seen or not."""
    order: int
    """Tokens of an n-gram, the predicted one included."""
    separator: int | None
    """The token that begins a document."""

    def __post_init__(self) -> None:
        """Raises `ShapeError` for what are no counts."""
        require_order(self.vocabulary, self.order)
        _require_columns(self.pairs, self.counts)
        if not len(self.pairs):
            return
        if not bool((self.pairs[1:] > self.pairs[:-1]).all()):
            raise ShapeError("pairs must ascend, each of them once")
        if not 0 <= int(self.pairs[0]) <= int(self.pairs[-1]) < self.vocabulary**self.order:
            raise ShapeError(f"pairs must lie below vocabulary ** order, {self.vocabulary} ** {self.order}")
        if int(self.counts.min()) < 1:
            raise ShapeError("every pair must have been seen at least once")

    def __len__(self) -> int:
        """Different n-grams."""
        return len(self.pairs)

    @cached_property
    def tokens(self) -> int:
        """Tokens that were counted: those with a whole context before them."""
        return int(self.counts.sum())

    @cached_property
    def seen(self) -> Seen:
        """The pairs by their context."""
        contexts, kinds = torch.unique_consecutive(self.pairs // self.vocabulary, return_counts=True)
        sums, ends = torch.nn.functional.pad(self.counts.cumsum(0), (1, 0)), kinds.cumsum(0)
        return Seen(contexts, sums[ends] - sums[ends - kinds], kinds)

    @classmethod
    def of(cls, run: Run, vocabulary: int, order: int, separator: int | None) -> "Counts":
        """The counts of a run, in the same memory. Raises `ShapeError`."""
        return cls(torch.from_numpy(run.pairs), torch.from_numpy(run.counts), vocabulary, order, separator)

    @classmethod
    def merged(cls, several: Sequence["Counts"]) -> "Counts":
        """The counts of several texts together. Raises `ShapeError` for none, and for counts of different kinds."""
        if not several:
            raise ShapeError("need at least one Counts to merge")
        kinds = {(one.vocabulary, one.order, one.separator) for one in several}
        if len(kinds) > 1:
            listed = "; ".join(f"vocabulary {v}, order {o}, separator {s}" for v, o, s in sorted(kinds, key=str))
            raise ShapeError(f"only counts of one vocabulary, order and separator can be merged, not {listed}")
        run = merged([Run(one.pairs.numpy(), one.counts.numpy()) for one in several])
        return cls.of(run, several[0].vocabulary, several[0].order, several[0].separator)

    def __add__(self, other: "Counts") -> "Counts":
        return Counts.merged([self, other])

    def shorter(self) -> "Counts":
        """The counts of one order less: of the same tokens, whatever the earliest token of their context was.

        Tokens without a whole context (the first ones of a sequence) are not among them. Raises `ShapeError` for
        unigrams.
        """
        if self.order < 2:
            raise ShapeError("there is nothing shorter than unigrams")
        run = summed((self.pairs % self.vocabulary ** (self.order - 1)).numpy(), self.counts.numpy())
        return Counts.of(run, self.vocabulary, self.order - 1, self.separator)

    def save(self, path: str | Path) -> None:
        """One safetensors file, whole or not at all. Raises `FileError` when it cannot be written."""
        kind = {"vocabulary": self.vocabulary, "order": self.order, "tokens": self.tokens}
        metadata = {"format": FORMAT} | {name: str(value) for name, value in kind.items()}
        metadata |= {} if self.separator is None else {"separator": str(self.separator)}
        write_tensors(Path(path), {"pairs": self.pairs, "counts": self.counts}, metadata)

    @classmethod
    def load(cls, path: str | Path) -> "Counts":
        """What `save` wrote. Raises `FileError` for a file that is missing, damaged, or holds anything else."""
        tensors, metadata = read_tensors(Path(path))
        if metadata.get("format") != FORMAT or set(tensors) != {"pairs", "counts"}:
            raise FileError(f"{path} holds no counts. Make them with interp.counts.Counter(...).counts().save(path).")
        try:
            _require_columns(tensors["pairs"], tensors["counts"])
            separator = int(metadata["separator"]) if "separator" in metadata else None
            vocabulary, order = int(metadata["vocabulary"]), int(metadata["order"])
            found = cls(tensors["pairs"], tensors["counts"], vocabulary, order, separator)
            if str(found.tokens) != metadata["tokens"]:
                raise ShapeError(f"it counts {found.tokens} tokens, and its header says {metadata['tokens']}")
        except (KeyError, ValueError) as error:
            raise FileError(f"{path} is damaged: {error}. Delete it and count again.") from error
        return found


def _require_columns(pairs: Tensor, counts: Tensor) -> None:
    if pairs.ndim != 1 or pairs.shape != counts.shape:
        raise ShapeError(f"need one count a pair, not {list(counts.shape)} and {list(pairs.shape)}")
    if pairs.dtype != torch.int64 or counts.dtype != torch.int64:
        raise ShapeError(f"pairs and counts must be int64, not {pairs.dtype} and {counts.dtype}")


__all__ = ["FORMAT", "Seen", "Counts"]
