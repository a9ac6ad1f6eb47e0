"""A row in its context: the tokens around it as strings, and what the latent is at each of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import torch
from jaxtyping import Int64, Integer
from torch import Tensor

from interp.errors import ShapeError
from interp.latents.active import Active
from interp.sequences import Sequences
from interp.text.codec import Codec
from interp.text.corpus import Corpus

Decode = Callable[[Sequence[int]], list[str]]
"""From token ids that follow one another to the string of each."""

_LEAD = 4
"""Tokens decoded before the first one shown: a character has up to four bytes, and some tokenizers drop the space at
the start of what they decode."""


class Token(NamedTuple):
    """One token as it is shown."""

    text: str
    """Its string; empty where it is the beginning of a character that a later token completes."""
    activation: float | None
    """The latent there; None where no activation was kept (BOS, separators, positions that do not count)."""


@dataclass(frozen=True)
class Context:
    """A row of a store and the tokens around it."""

    row: int
    """The row of the store."""
    sequence: int
    """The sequence of the data in which it stands."""
    position: int
    """The position in that sequence."""
    document: str
    """The document, by its name or number."""
    place: int
    """The index of the token in its document."""
    tokens: tuple[Token, ...]
    """Tokens before it, itself, and tokens after it."""
    peak: int
    """Which of these tokens it is."""

    @property
    def token(self) -> Token:
        """The token of the row itself."""
        return self.tokens[self.peak]

    @property
    def activation(self) -> float:
        """The latent at that token."""
        return self.token.activation or 0.0


@dataclass(frozen=True, eq=False)
class Reader:
    """What contexts are read from: the sequences a store was harvested from, and what their ids stand for."""

    data: Sequences
    """The sequences themselves."""
    decode: Decode
    """Ids to strings."""
    names: Sequence[str] | None = None
    """Names of the documents, by number."""

    @classmethod
    def of(cls, data: Sequences, decode: Corpus | Decode | None) -> "Reader":
        """Read with a corpus, which names documents too, with a function, or (None) show ids as numbers.

        Raises `ShapeError` for a corpus that these sequences were not made from.
        """
        if isinstance(decode, Corpus):
            _require_same(data, decode)
            codec = decode.codec
            return cls(data, lambda ids: pieces(codec, ids), decode.names)
        return cls(data, decode or (lambda ids: [f"{one} " for one in ids]))

    def strings(self, ids: Sequence[int]) -> list[str]:
        """The string of every id. Raises `ShapeError` when `decode` gives another number of them."""
        found = self.decode(ids)
        if len(found) != len(ids):
            raise ShapeError(f"`decode` made {len(found)} strings of {len(ids)} token ids: it must give one for each")
        return found

    def vocable(self, token: int) -> str:
        """The string of one id in the midst of a text, with the space it may begin with."""
        return self.strings([token, token])[1]

    def name(self, document: int) -> str:
        """A document by its name, or its number."""
        return f"document {document}" if self.names is None else self.names[document]

    def context(self, one: Active, row: int, sequence: int, position: int, before: int, after: int) -> Context:
        """The context of a row that stands at `position` of a sequence, as far as the sequence reaches."""
        data = self.data
        first, stop = max(0, position - before), min(data.tokens.shape[1], position + after + 1)
        lead = min(first, _LEAD)
        strings = self.strings(data.tokens[sequence, first - lead : stop].tolist())[lead:]
        # Rows are the kept positions in order, so the row of a neighbour is as far away as there are kept ones between.
        numbers = data.kept[sequence].cumsum(0)
        numbers = numbers - numbers[position] + row
        activations = [
            one.at(int(numbers[place])) if data.kept[sequence, place] else None for place in range(first, stop)
        ]
        return Context(
            row=row,
            sequence=sequence,
            position=position,
            document=self.name(int(data.documents[sequence, position])),
            place=int(data.places[sequence, position]),
            tokens=tuple(map(Token, strings, activations)),
            peak=position - first,
        )


def pieces(codec: Codec, ids: Sequence[int]) -> list[str]:
    """What each id adds to the text of those before it: together they are the text, nothing added and nothing lost.

    A character that several tokens make belongs to the last of them. What the tokenizer does at the start of a text
    (dropping a space) it does to the first id.
    """
    text, cuts = codec.decode(ids), [0]
    for end in range(1, len(ids)):
        cuts.append(max(cuts[-1], _shared(codec.decode(ids[:end]), text)))
    return [text[begin:end] for begin, end in pairwise([*cuts, len(text)])][: len(ids)]


def _shared(one: str, other: str) -> int:
    """How many characters two texts have in common at their start."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def _require_same(data: Sequences, corpus: Corpus) -> None:
    """Raise `ShapeError` unless every kept token stands at its place in the corpus."""
    tokens, documents, places = (
        tensor[data.kept].to(torch.int64) for tensor in (data.tokens, data.documents, data.places)
    )
    inside = (documents >= 0) & (documents < len(corpus)) & (places >= 0)
    if not inside.all() or not _equal(corpus, tokens, documents, places):
        raise ShapeError(
            f"the sequences of {data.source} were not made from {corpus!r}: hand in the corpus they are of"
        )


def _equal(
    corpus: Corpus, tokens: Integer[Tensor, " kept"], documents: Int64[Tensor, " kept"], places: Int64[Tensor, " kept"]
) -> bool:
    at = corpus.starts[documents] + places
    return bool((at < corpus.starts[documents + 1]).all()) and bool((corpus.ids[at] == tokens).all())


__all__ = ["Context", "Decode", "Reader", "Token", "pieces"]
