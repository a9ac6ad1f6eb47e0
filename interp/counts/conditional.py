"""P(token | context) as counted, without smoothing: what was never seen has no probability, and is reported."""

import math
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float64, Int64, Integer
from torch import Tensor

from interp.counts.counts import Counts
from interp.counts.numbers import Contexts, after, before, require_ids, require_sequences
from interp.errors import ShapeError


class Surprisals(NamedTuple):
    """How surprising each token is."""

    values: Float64[Tensor, "sequence position-1"]
    """-ln P in nats of each token but the first; inf for an unseen pair, nan for an unseen context."""
    unseen_pairs: int
    """Tokens that never followed their context, though it was seen."""
    unseen_contexts: int
    """Tokens whose context was never seen, or is cut short by the beginning of a document (order 3 and up)."""


class Rows(NamedTuple):
    """Distributions, as the rows of a sparse matrix [context, token]: `torch.sparse_csr_tensor(*rows, size)`."""

    crow: Int64[Tensor, " context+1"]
    """Where each row begins and ends."""
    columns: Int64[Tensor, " entry"]
    """Tokens, ascending in each row."""
    probabilities: Float64[Tensor, " entry"]
    """Of a row they sum to 1; a context that was never seen has an empty row."""


class Conditional:
    """P(token | context) = count of the pair / count of the context.

    `Conditional(Counter(4096).add(tokens).counts()).surprisals(held_out)`

    With `backoff`, a context that was never seen leaves the word to the one without its earliest token, down to the
    unigrams and, if nothing was counted at all, the uniform distribution; a pair that was never seen after a context
    that was has the probability 0 all the same. Everything lies on the CPU.
    """

    def __init__(self, counts: Counts, *, backoff: bool = False) -> None:
        self.counts = counts
        contexts, self._kinds = torch.unique_consecutive(counts.pairs // counts.vocabulary, return_counts=True)
        self.contexts: Int64[Tensor, " context"] = contexts
        """Every context that was seen with a token after it, ascending; order 1 has only the empty one, 0."""
        self._begins = self._kinds.cumsum(0) - self._kinds
        sums = torch.nn.functional.pad(counts.counts.cumsum(0), (1, 0))
        self.totals: Int64[Tensor, " context"] = sums[self._begins + self._kinds] - sums[self._begins]
        """Tokens seen after each context."""
        self.backoff = backoff
        self._shorter = Conditional(counts.shorter(), backoff=True) if backoff and counts.order > 1 else None

    @property
    def vocabulary(self) -> int:
        """Number of token ids, seen or not."""
        return self.counts.vocabulary

    @property
    def order(self) -> int:
        """Tokens of an n-gram, the predicted one included."""
        return self.counts.order

    def after(self, tokens: Integer[Tensor, "sequence position"]) -> Contexts:
        """The context of the token that follows each position, the last one included. Raises `ShapeError`."""
        require_sequences(tokens, self.vocabulary)
        return after(tokens.cpu(), self.order - 1, self.vocabulary, self.counts.separator)

    def seen(self, contexts: Integer[Tensor, "*shape"]) -> Bool[Tensor, "*shape"]:
        """Whether anything is known about what follows each context."""
        return self._places(contexts)[1]

    def log_probs(
        self, contexts: Integer[Tensor, "*shape"], tokens: Integer[Tensor, "*shape"]
    ) -> Float64[Tensor, "*shape"]:
        """ln P in nats: -inf where the pair was never seen, nan where the context was never seen (without `backoff`).

        A context is one number: its tokens as digits in base `vocabulary`; for bigrams, the token. Raises `ShapeError`.
        """
        if contexts.shape != tokens.shape:
            raise ShapeError(f"need one token a context, not {list(tokens.shape)} and {list(contexts.shape)}")
        require_ids(tokens, self.vocabulary)
        contexts, tokens = _here(contexts), _here(tokens)
        places, seen = self._places(contexts)
        if not len(self.counts):
            return self._instead(contexts, tokens)
        pairs = contexts * self.vocabulary + tokens
        found = torch.searchsorted(self.counts.pairs, pairs).clamp_max(len(self.counts) - 1)
        counts = torch.where(self.counts.pairs[found] == pairs, self.counts.counts[found], 0)
        values = (counts.double() / self.totals[places]).log()
        return values if bool(seen.all()) else torch.where(seen, values, self._instead(contexts, tokens))

    def surprisals(self, tokens: Integer[Tensor, "sequence position"]) -> Surprisals:
        """-ln P in nats of each token but the first of its sequence, and how many of them the counts know nothing of.

        With `backoff`, `unseen_contexts` are the tokens that were left to shorter contexts. Contexts end at sequences
        and separators as they do when counting. Raises `ShapeError` for less than 2 tokens and unknown ids.
        """
        require_sequences(tokens, self.vocabulary)
        if tokens.shape[-1] < 2 or not len(tokens):
            raise ShapeError(f"need sequences of at least 2 tokens, not {list(tokens.shape)}")
        tokens = tokens.cpu()
        contexts, known = before(tokens, self.order - 1, self.vocabulary, self.counts.separator)
        missing = ~(known & self.seen(contexts))[:, 1:]
        values = -self.log_probs(contexts, tokens)[:, 1:]
        if not bool(known[:, 1:].all()):
            instead = self._shorter.surprisals(tokens).values if self._shorter else torch.full_like(values, math.nan)
            values = torch.where(known[:, 1:], values, instead)
        return Surprisals(values, int(values.isposinf().sum()), int(missing.sum()))

    def row(self, context: int) -> tuple[Int64[Tensor, " entry"], Float64[Tensor, " entry"]]:
        """The tokens that follow `context`, ascending, and their probabilities; none if it was never seen."""
        _, columns, probabilities = self.rows(torch.tensor([context]))
        return columns, probabilities

    def rows(self, contexts: Integer[Tensor, " context"]) -> Rows:
        """The same for many contexts, each as often as it is asked for. Raises `ShapeError` for what is no context."""
        contexts = _here(contexts)
        places, seen = self._places(contexts)
        if not len(self.contexts):
            return self._rows_instead(contexts)
        lengths = torch.where(seen, self._kinds[places], 0)
        entries = _ranges(self._begins[places], lengths)
        columns = self.counts.pairs[entries] % self.vocabulary
        probabilities = self.counts.counts[entries].double() / self.totals[places].repeat_interleave(lengths)
        rows = Rows(torch.nn.functional.pad(lengths.cumsum(0), (1, 0)), columns, probabilities)
        if bool(seen.all()) or not self.backoff:
            return rows
        return _interleaved(rows, self._rows_instead(contexts[~seen]), seen)

    def entropy(self) -> float:
        """Entropy in nats of the token after a context, contexts weighted by how often they were seen.

        Raises `ShapeError` when nothing was counted.
        """
        if not len(self.counts):
            raise ShapeError("nothing was counted, so there is no entropy")
        probabilities = self.counts.counts.double() / self.totals.repeat_interleave(self._kinds)
        return float(-(self.counts.counts * probabilities.log()).sum() / self.counts.tokens)

    def _places(self, contexts: Integer[Tensor, "*shape"]) -> tuple[Int64[Tensor, "*shape"], Bool[Tensor, "*shape"]]:
        """Where each context stands, and whether it is there."""
        contexts, limit = _here(contexts), self.vocabulary ** (self.order - 1)
        if contexts.numel() and not 0 <= int(contexts.min()) <= int(contexts.max()) < limit:
            raise ShapeError(
                f"contexts of {self.order - 1} tokens are numbers from 0 to {limit - 1}, not "
                f"{int(contexts.min())} to {int(contexts.max())}"
            )
        if not len(self.contexts):
            return torch.zeros_like(contexts), torch.zeros_like(contexts, dtype=torch.bool)
        places = torch.searchsorted(self.contexts, contexts).clamp_max(len(self.contexts) - 1)
        return places, self.contexts[places] == contexts

    def _instead(self, contexts: Int64[Tensor, "*shape"], tokens: Int64[Tensor, "*shape"]) -> Float64[Tensor, "*shape"]:
        """ln P where a context was never seen."""
        if self._shorter:
            return self._shorter.log_probs(contexts % self.vocabulary ** (self.order - 2), tokens)
        value = -math.log(self.vocabulary) if self.backoff else math.nan
        return torch.full(contexts.shape, value, dtype=torch.float64)

    def _rows_instead(self, contexts: Int64[Tensor, " context"]) -> Rows:
        if self._shorter:
            return self._shorter.rows(contexts % self.vocabulary ** (self.order - 2))
        kinds = self.vocabulary if self.backoff else 0
        columns = torch.arange(kinds).repeat(len(contexts))
        probabilities = torch.full(columns.shape, 1 / self.vocabulary, dtype=torch.float64)
        return Rows(torch.arange(len(contexts) + 1) * kinds, columns, probabilities)


def _here(numbers: Integer[Tensor, "*shape"]) -> Int64[Tensor, "*shape"]:
    """As a search in the counts wants it."""
    return numbers.cpu().long().contiguous()


def _ranges(begins: Int64[Tensor, " row"], lengths: Int64[Tensor, " row"]) -> Int64[Tensor, " entry"]:
    """begin, begin + 1 ... of each row, laid end to end."""
    return torch.arange(int(lengths.sum())) + (begins - lengths.cumsum(0) + lengths).repeat_interleave(lengths)


def _interleaved(some: Rows, others: Rows, first: Bool[Tensor, " context"]) -> Rows:
    """The rows of `some`, and where `first` is false those of `others` in the place of its empty ones."""
    lengths = some.crow.diff()
    lengths[~first] = others.crow.diff()
    from_some = first.repeat_interleave(lengths)
    columns = torch.empty(len(from_some), dtype=torch.int64)
    probabilities = torch.empty(len(from_some), dtype=torch.float64)
    for chosen, rows in ((from_some, some), (~from_some, others)):
        columns[chosen], probabilities[chosen] = rows.columns, rows.probabilities
    return Rows(torch.nn.functional.pad(lengths.cumsum(0), (1, 0)), columns, probabilities)


__all__ = ["Surprisals", "Rows", "Conditional"]
