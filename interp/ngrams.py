"""N-gram models of token sequences: counts, Witten-Bell smoothing, surprisals. The baselines of a language model."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Integer
from torch import Tensor

from interp.errors import ShapeError


class Level(NamedTuple):
    """The counts of one order. A context is written as one number: its tokens as digits in base `vocabulary`."""

    pairs: Integer[Tensor, " pair"]
    """context * vocabulary + token of everything that was seen, ascending."""
    counts: Integer[Tensor, " pair"]
    """How often each was seen."""
    contexts: Integer[Tensor, " context"]
    """Every context that was seen with a token after it, ascending; order 1 has only the empty one, 0."""
    totals: Integer[Tensor, " context"]
    """Tokens seen after each context."""
    kinds: Integer[Tensor, " context"]
    """Different tokens seen after each context."""


@dataclass(frozen=True, eq=False)
class Ngrams:
    """P(token | the tokens before it), from counts, smoothed after Witten and Bell (1991).

    `Ngrams.count(tokens, vocabulary=4096, separator=0).losses(held_out).mean()`

    P(t | context) = (count + kinds * P(t | shorter context)) / (total + kinds), where kinds is the number of different
    tokens seen after the context; below the unigrams stands the uniform distribution, and a context that was never
    seen leaves the word to the shorter one. Every probability is above 0, and those of a context sum to 1.
    """

    levels: tuple[Level, ...]
    """Unigrams, bigrams, trigrams ..."""
    vocabulary: int
    """Number of token ids, seen or not."""
    separator: int | None
    """The token that begins a document."""

    @classmethod
    def count(
        cls,
        tokens: Integer[Tensor, "sequence position"],
        vocabulary: int,
        *,
        order: int = 3,
        separator: int | None = None,
    ) -> "Ngrams":
        """Count the n-grams up to `order` in each sequence; a stream of documents is one long sequence.

        No context crosses the border of a sequence, nor reaches behind a `separator`: after one, only it and what
        follows it are context. The separator itself is a token like any other, both as context and as what is
        predicted; a language model that reads the same sequences sees it so. Raises `ShapeError`.
        """
        if order < 1 or vocabulary < 1 or vocabulary**order > torch.iinfo(torch.int64).max:
            raise ShapeError(
                f"need an order of at least 1 and vocabulary ** order below 2 ** 63: {vocabulary}, {order}"
            )
        if not tokens.numel():
            raise ShapeError("there is nothing to count: no tokens")
        _require_ids(tokens, vocabulary)
        levels = []
        for length in range(order):
            contexts, known = _contexts(tokens, length, vocabulary, separator)
            levels.append(_level((contexts * vocabulary + tokens)[known], vocabulary))
        return cls(tuple(levels), vocabulary, separator)

    @property
    def order(self) -> int:
        """Tokens of the longest n-gram, the predicted one included."""
        return len(self.levels)

    def losses(
        self, tokens: Integer[Tensor, "sequence position"], order: int | None = None
    ) -> Float[Tensor, "sequence position-1"]:
        """-ln P in nats of each token but the first of its sequence: what a language model predicts there too.

        Contexts end at sequences and separators as they do in `count`. Raises `ShapeError`.
        """
        order = self._order(order)
        if tokens.shape[-1] < 2 or not len(tokens):
            raise ShapeError(f"need sequences of at least 2 tokens, not {list(tokens.shape)}")
        _require_ids(tokens, self.vocabulary)
        probability = torch.full(tokens.shape, 1 / self.vocabulary, dtype=torch.float64)
        for length, level in enumerate(self.levels[:order]):
            contexts, known = _contexts(tokens, length, self.vocabulary, self.separator)
            totals, kinds = (
                _found(level.contexts, contexts, level.totals),
                _found(level.contexts, contexts, level.kinds),
            )
            counts = _found(level.pairs, contexts * self.vocabulary + tokens, level.counts)
            finer = (counts + kinds * probability) / (totals + kinds).clamp_min(1)
            probability = torch.where(known & (totals > 0), finer, probability)
        return -probability[:, 1:].log()

    def loss(self, tokens: Integer[Tensor, "sequence position"], order: int | None = None) -> float:
        """Mean of `losses`: nats a predicted token."""
        return float(self.losses(tokens, order).mean())

    def unigrams(self) -> Float[Tensor, " token"]:
        """P(token), whatever stands before it."""
        level = self.levels[0]
        row = (level.kinds / self.vocabulary).double().repeat(self.vocabulary)
        row[level.pairs] += level.counts
        return (row / (level.totals + level.kinds)).float()

    def bigrams(self, contexts: Integer[Tensor, " context"] | None = None) -> Float[Tensor, "context token"]:
        """P(token | the token before it), a row for each of `contexts`, or for the whole vocabulary.

        Dense: 4 bytes times rows times vocabulary. Raises `ShapeError` when only unigrams were counted.
        """
        self._order(2)
        level, vocabulary = self.levels[1], self.vocabulary
        wanted = torch.arange(vocabulary) if contexts is None else contexts.long()
        _require_ids(wanted, vocabulary)
        seen, column = level.pairs // vocabulary, level.pairs % vocabulary
        totals, kinds = (_found(level.contexts, wanted, values)[:, None] for values in (level.totals, level.kinds))
        rows = kinds.float() * self.unigrams()
        first, last = torch.searchsorted(seen, wanted), torch.searchsorted(seen, wanted, right=True)
        lengths = last - first
        # Which pairs belong to which row: the run first..last of each, laid end to end.
        within = torch.arange(int(lengths.sum())) - (lengths.cumsum(0) - lengths).repeat_interleave(lengths)
        pairs = first.repeat_interleave(lengths) + within
        row = torch.arange(len(wanted)).repeat_interleave(lengths)
        rows[row, column[pairs]] += level.counts[pairs].float()
        return torch.where(totals > 0, rows / (totals + kinds).clamp_min(1), self.unigrams())

    def _order(self, order: int | None) -> int:
        if order is not None and not 1 <= order <= self.order:
            raise ShapeError(f"n-grams were counted up to order {self.order}, so order {order} is not there")
        return self.order if order is None else order


def _contexts(
    tokens: Integer[Tensor, "sequence position"], length: int, vocabulary: int, separator: int | None
) -> tuple[Integer[Tensor, "sequence position"], Bool[Tensor, "sequence position"]]:
    """The number of the `length` tokens before each token, and whether there are as many in its document."""
    numbers = torch.zeros_like(tokens, dtype=torch.int64)
    known = torch.ones_like(tokens, dtype=torch.bool)
    for back in range(length, 0, -1):
        before = torch.zeros_like(numbers)
        before[:, back:] = tokens[:, : tokens.shape[1] - back]
        numbers = numbers * vocabulary + before
        known[:, :back] = False
        if separator is not None and back < length:
            known &= before != separator
    return numbers, known


def _level(pairs: Integer[Tensor, " ngram"], vocabulary: int) -> Level:
    pairs, counts = torch.unique(pairs, return_counts=True)
    contexts, runs = torch.unique_consecutive(pairs // vocabulary, return_inverse=True)
    totals = torch.zeros_like(contexts).index_add_(0, runs, counts)
    return Level(pairs, counts, contexts, totals, torch.bincount(runs, minlength=len(contexts)))


def _found(
    keys: Integer[Tensor, " key"], wanted: Integer[Tensor, "*shape"], values: Integer[Tensor, " key"]
) -> Integer[Tensor, "*shape"]:
    """The value of each wanted key; 0 for one that is not among the `keys`, which ascend."""
    if not len(keys):
        return torch.zeros_like(wanted)
    place = torch.searchsorted(keys, wanted).clamp_max(len(keys) - 1)
    return torch.where(keys[place] == wanted, values[place], 0)


def _require_ids(tokens: Integer[Tensor, "*shape"], vocabulary: int) -> None:
    if tokens.numel() and not 0 <= int(tokens.min()) <= int(tokens.max()) < vocabulary:
        raise ShapeError(
            f"token ids must lie between 0 and {vocabulary - 1}, not {int(tokens.min())} and {int(tokens.max())}"
        )


__all__ = ["Level", "Ngrams"]
