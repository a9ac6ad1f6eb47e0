"""N-gram models of token sequences: counts, Witten-Bell smoothing, surprisals. The baselines of a language model."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from interp.counts.counts import Counts
from interp.counts.lookup import looked_up, ranges
from interp.counts.numbers import before, ngrams, require_ids, require_order
from interp.counts.runs import Run, counted
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
        require_order(vocabulary, order)
        if not tokens.numel():
            raise ShapeError("there is nothing to count: no tokens")
        require_ids(tokens, vocabulary)
        runs = [counted(ngrams(tokens.cpu().numpy(), length, vocabulary, separator)) for length in range(1, order + 1)]
        levels = (_level(run, vocabulary, length) for length, run in enumerate(runs, 1))
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
        require_ids(tokens, self.vocabulary)
        probability = torch.full(tokens.shape, 1 / self.vocabulary, dtype=torch.float64)
        for length, level in enumerate(self.levels[:order]):
            contexts, known = before(tokens, length, self.vocabulary, self.separator)
            totals, kinds = (looked_up(level.contexts, contexts, values) for values in (level.totals, level.kinds))
            counts = looked_up(level.pairs, contexts * self.vocabulary + tokens, level.counts)
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
        require_ids(wanted, vocabulary)
        totals, lengths = (looked_up(level.contexts, wanted, values) for values in (level.totals, level.kinds))
        begins = looked_up(level.contexts, wanted, level.kinds.cumsum(0) - level.kinds)
        rows, pairs = lengths[:, None].float() * self.unigrams(), ranges(begins, lengths)
        row = torch.arange(len(wanted)).repeat_interleave(lengths)
        rows[row, level.pairs[pairs] % vocabulary] += level.counts[pairs].float()
        rows /= (totals + lengths).clamp_min(1)[:, None]
        return torch.where(totals[:, None] > 0, rows, self.unigrams())

    def _order(self, order: int | None) -> int:
        if order is not None and not 1 <= order <= self.order:
            raise ShapeError(f"n-grams were counted up to order {self.order}, so order {order} is not there")
        return self.order if order is None else order


def _level(run: Run, vocabulary: int, order: int) -> Level:
    counts = Counts.of(run, vocabulary, order, None)
    return Level(counts.pairs, counts.counts, *counts.seen)


__all__ = ["Level", "Ngrams"]
