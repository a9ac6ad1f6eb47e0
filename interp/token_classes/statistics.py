"""How often each token occurs in a text, and in how many of its documents."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float64, Int64, Integer
from torch import Tensor

from interp.counts.numbers import LARGEST, require_ids
from interp.errors import FileError, ShapeError
from interp.files import read_tensors, write_tensors
from interp.sequences import Sequences

FORMAT = "interp.token_statistics 1"
"""In the header of every file of statistics."""
TOGETHER = 2**20
"""Tokens of whole documents that are counted at a time."""


@dataclass(frozen=True, eq=False)
class TokenStatistics:
    """Counts of every token of a vocabulary, over a text of many documents.

    `TokenStatistics.of(corpus.sequences(256), model.vocabulary)`, and `+` for texts without a document in common.
    """

    occurrences: Int64[Tensor, " token"]
    """How often each token id occurs."""
    documents: Int64[Tensor, " token"]
    """In how many documents it occurs at least once."""
    document_count: int
    """How many documents there are, each with at least one token."""

    def __post_init__(self) -> None:
        """Raises `ShapeError` for what are no counts of one text."""
        if self.occurrences.ndim != 1 or self.occurrences.shape != self.documents.shape:
            raise ShapeError(
                f"need one number of occurrences and of documents a token, not {list(self.occurrences.shape)} and "
                f"{list(self.documents.shape)}"
            )
        if self.occurrences.dtype != torch.int64 or self.documents.dtype != torch.int64:
            raise ShapeError(f"counts must be int64, not {self.occurrences.dtype} and {self.documents.dtype}")
        if not self.tokens:
            raise ShapeError("there is nothing to count: the text has no token that counts")
        within = (self.documents <= self.occurrences) & (self.documents <= self.document_count)
        if not bool((within & ((self.documents > 0) == (self.occurrences > 0))).all()):
            raise ShapeError("a token must be in at least 1 document and at most all, and never in more than it occurs")
        if not int(self.documents.max()) <= self.document_count <= min(self.tokens, int(self.documents.sum())):
            raise ShapeError(f"{self.document_count} documents cannot hold these tokens, at least one each")

    @classmethod
    def of(cls, text: Sequences | Iterable[Sequences | Integer[Tensor, "_"]], vocabulary: int) -> "TokenStatistics":
        """Count a text: sequences, parts of them one after the other, or the tokens of one document after the other.

        Of sequences the positions that are `kept` count, so that separators, BOS and padding do not. A document whose
        windows lie in several parts is one document, by its number, and counted once. In one part windows may stand in
        any order; from part to part a document may go on, but not come back after a part without it. In memory lie a
        part, the vocabulary, and the number of every document. Raises `ShapeError` for ids outside the vocabulary, for
        a document that comes back, and for a text without a token.
        """
        if vocabulary < 1:
            raise ShapeError(f"a vocabulary needs at least 1 token, not {vocabulary}")
        tally = _Tally(vocabulary)
        for part in _parts([text] if isinstance(text, Sequences) else text):
            tally.add(part)
        return cls(torch.from_numpy(tally.occurrences), torch.from_numpy(tally.documents), len(tally.seen))

    def __add__(self, other: "TokenStatistics") -> "TokenStatistics":
        """Of both texts together, which must have no document in common. Raises `ShapeError` for two vocabularies."""
        if self.vocabulary != other.vocabulary:
            raise ShapeError(f"vocabularies of {self.vocabulary} and {other.vocabulary} tokens cannot be added")
        return TokenStatistics(
            self.occurrences + other.occurrences,
            self.documents + other.documents,
            self.document_count + other.document_count,
        )

    @property
    def vocabulary(self) -> int:
        """Number of token ids, seen or not."""
        return len(self.occurrences)

    @cached_property
    def tokens(self) -> int:
        """How many tokens were counted."""
        return int(self.occurrences.sum())

    @property
    def shares(self) -> Float64[Tensor, " token"]:
        """Share of the occurrences of all tokens."""
        return self.occurrences.double() / self.tokens

    @property
    def coverage(self) -> Float64[Tensor, " token"]:
        """Share of the documents in which a token occurs."""
        return self.documents.double() / self.document_count

    @cached_property
    def order(self) -> Int64[Tensor, " token"]:
        """All token ids, the most frequent first; of equally frequent ones the lower id. The place is the rank - 1."""
        return self.occurrences.argsort(descending=True, stable=True)

    def save(self, path: str | Path) -> None:
        """One safetensors file, whole or not at all. Raises `FileError` when it cannot be written."""
        metadata = {"format": FORMAT, "documents": str(self.document_count), "tokens": str(self.tokens)}
        write_tensors(Path(path), {"occurrences": self.occurrences, "documents": self.documents}, metadata)

    @classmethod
    def load(cls, path: str | Path) -> "TokenStatistics":
        """What `save` wrote. Raises `FileError` for a file that is missing, damaged, or holds anything else."""
        tensors, metadata = read_tensors(Path(path))
        if metadata.get("format") != FORMAT or set(tensors) != {"occurrences", "documents"}:
            raise FileError(f"{path} holds no token statistics. Make them with TokenStatistics.of(...).save(path).")
        try:
            found = cls(tensors["occurrences"], tensors["documents"], int(metadata["documents"]))
            if str(found.tokens) != metadata["tokens"]:
                raise ShapeError(f"it counts {found.tokens} tokens, and its header says {metadata['tokens']}")
        except (KeyError, ValueError) as error:
            raise FileError(f"{path} is damaged: {error}. Delete it and count again.") from error
        return found


class _Part(NamedTuple):
    """Some tokens and the document of each."""

    tokens: Int64[np.ndarray, " row"]
    documents: Int64[np.ndarray, " row"]


class _Tally:
    """What was counted so far, and which token was seen in which of the documents that may still go on."""

    def __init__(self, vocabulary: int) -> None:
        self.vocabulary = vocabulary
        self.occurrences = np.zeros(vocabulary, np.int64)
        self.documents = np.zeros(vocabulary, np.int64)
        self.seen = np.zeros(0, np.int64)
        """The number of every document so far, ascending."""
        self._open = np.zeros(0, np.int64)
        """document * vocabulary + token of the documents of the last part, ascending, each once."""

    def add(self, part: _Part) -> None:
        if not len(part.tokens):
            return
        require_ids(torch.from_numpy(part.tokens), self.vocabulary)
        if part.documents.min() < 0 or int(part.documents.max()) >= LARGEST // self.vocabulary:
            raise ShapeError(f"documents must be numbered from 0, below 2 ** 63 / {self.vocabulary}")
        keys = np.unique(part.documents * self.vocabulary + part.tokens)
        present = np.unique(keys // self.vocabulary)
        going_on = np.intersect1d(present, self._open // self.vocabulary)
        back = np.setdiff1d(np.intersect1d(present, self.seen), going_on)
        if len(back):
            raise ShapeError(
                f"document {back[0]} comes back after a part without it, and would be counted twice. Hand in the parts "
                "in the order of their documents, or all sequences in one."
            )
        earlier = self._open[np.isin(self._open // self.vocabulary, going_on)]
        fresh = np.setdiff1d(keys, earlier, assume_unique=True)
        self.occurrences += np.bincount(part.tokens, minlength=self.vocabulary)
        self.documents += np.bincount(fresh % self.vocabulary, minlength=self.vocabulary)
        self.seen = np.union1d(self.seen, present)
        self._open = np.union1d(earlier, keys)


def _parts(text: Iterable[Sequences | Integer[Tensor, "_"]]) -> Iterator[_Part]:
    """Every part with its documents numbered; single documents are put together to parts."""
    waiting: list[Tensor] = []
    number = size = 0
    for one in text:
        if isinstance(one, Sequences):
            if number:
                raise ShapeError("a text is sequences or documents: the two cannot be told apart by their numbers")
            yield _Part(one.tokens[one.kept].long().cpu().numpy(), one.documents[one.kept].long().cpu().numpy())
            continue
        if one.ndim != 1:
            raise ShapeError(f"a document must be its token ids [token], not {list(one.shape)}")
        waiting.append(one)
        number, size = number + 1, size + len(one)
        if size >= TOGETHER:
            yield _joined(waiting, number)
            waiting, size = [], 0
    if waiting:
        yield _joined(waiting, number)


def _joined(waiting: list[Tensor], number: int) -> _Part:
    """The last documents of `number`."""
    sizes = [len(tokens) for tokens in waiting]
    documents = np.repeat(np.arange(number - len(waiting), number), sizes)
    return _Part(torch.cat(waiting).long().cpu().numpy(), documents)


__all__ = ["FORMAT", "TOGETHER", "TokenStatistics"]
