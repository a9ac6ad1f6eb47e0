"""P(token | context) as counted, without smoothing: what was never seen has no probability, and is reported."""

import math
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float64, Int64, Integer
from torch import Tensor

from interp.counts.counts import Counts
from interp.counts.lookup import looked_up, ranges
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
        self.counts, self.backoff = counts, backoff
        self._begins = counts.seen.kinds.cumsum(0) - counts.seen.kinds
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

    def totals(self, contexts: Integer[Tensor, "*shape"]) -> Int64[Tensor, "*shape"]:
        """Tokens seen after each context; 0 for one that was never seen. Raises `ShapeError` for what is no context."""
        contexts, limit = contexts.cpu().long(), self.vocabulary ** (self.order - 1)
        if contexts.numel() and not 0 <= int(contexts.min()) <= int(contexts.max()) < limit:
            raise ShapeError(
                f"contexts of {self.order - 1} tokens are numbers from 0 to {limit - 1}, not "
                f"{int(contexts.min())} to {int(contexts.max())}"
            )
        return looked_up(self.counts.seen.contexts, contexts, self.counts.seen.totals)

    def seen(self, contexts: Integer[Tensor, "*shape"]) -> Bool[Tensor, "*shape"]:
        """Whether anything was seen after each context. Raises `ShapeError` for what is no context."""
        return self.totals(contexts) > 0

    def log_probs(
        self, contexts: Integer[Tensor, "*shape"], tokens: Integer[Tensor, "*shape"]
    ) -> Float64[Tensor, "*shape"]:
        """ln P in nats: -inf where the pair was never seen, nan where the context was never seen (without `backoff`).

        A context is one number: its tokens as digits in base `vocabulary`; for bigrams, the token. Raises `ShapeError`.
        """
        if contexts.shape != tokens.shape:
            raise ShapeError(f"need one token a context, not {list(tokens.shape)} and {list(contexts.shape)}")
        require_ids(tokens, self.vocabulary)
        contexts, tokens = contexts.cpu().long(), tokens.cpu().long()
        return self._log_probs(contexts, tokens, self.totals(contexts))

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
        totals = self.totals(contexts)
        values, missing = -self._log_probs(contexts, tokens.long(), totals)[:, 1:], ~(known & (totals > 0))[:, 1:]
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
        contexts, totals = contexts.cpu().long(), self.totals(contexts)
        lengths = looked_up(self.counts.seen.contexts, contexts, self.counts.seen.kinds)
        entries = ranges(looked_up(self.counts.seen.contexts, contexts, self._begins), lengths)
        columns = self.counts.pairs[entries] % self.vocabulary
        probabilities = self.counts.counts[entries].double() / totals.repeat_interleave(lengths)
        rows = Rows(torch.nn.functional.pad(lengths.cumsum(0), (1, 0)), columns, probabilities)
        if not self.backoff or bool((totals > 0).all()):
            return rows
        return _interleaved(rows, self._rows_instead(contexts[totals == 0]), totals > 0)

    def entropy(self) -> float:
        """Entropy in nats of the token after a context, contexts weighted by how often they were seen.

        Raises `ShapeError` when nothing was counted.
        """
        if not len(self.counts):
            raise ShapeError("nothing was counted, so there is no entropy")
        probabilities = self.counts.counts / self.counts.seen.totals.repeat_interleave(self.counts.seen.kinds).double()
        return float(-(self.counts.counts * probabilities.log()).sum() / self.counts.tokens)

    def _log_probs(
        self, contexts: Int64[Tensor, "*shape"], tokens: Int64[Tensor, "*shape"], totals: Int64[Tensor, "*shape"]
    ) -> Float64[Tensor, "*shape"]:
        counts = looked_up(self.counts.pairs, contexts * self.vocabulary + tokens, self.counts.counts)
        values = (counts.double() / totals).log()  # 0 / n is an unseen pair, and 0 / 0 an unseen context
        if not self.backoff or bool((totals > 0).all()):
            return values
        return torch.where(totals > 0, values, self._instead(contexts, tokens))

    def _instead(self, contexts: Int64[Tensor, "*shape"], tokens: Int64[Tensor, "*shape"]) -> Float64[Tensor, "*shape"]:
        """ln P where a context was never seen, with `backoff`."""
        if self._shorter:
            return self._shorter.log_probs(contexts % self.vocabulary ** (self.order - 2), tokens)
        return torch.full(contexts.shape, -math.log(self.vocabulary), dtype=torch.float64)

    def _rows_instead(self, contexts: Int64[Tensor, " context"]) -> Rows:
        if self._shorter:
            return self._shorter.rows(contexts % self.vocabulary ** (self.order - 2))
        columns = torch.arange(self.vocabulary).repeat(len(contexts))
        probabilities = torch.full(columns.shape, 1 / self.vocabulary, dtype=torch.float64)
        return Rows(torch.arange(len(contexts) + 1) * self.vocabulary, columns, probabilities)


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
