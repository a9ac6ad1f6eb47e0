"""The target of n-gram counts: what followed the last tokens in a text."""

import hashlib
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from interp.counts.conditional import Conditional, Rows
from interp.errors import ShapeError
from interp.models.model import Model
from interp.models.unembedding import Unembedding, widened
from interp.subnetworks.cross_entropy import cross_entropy
from interp.subnetworks.dense import dense_cross_entropy
from interp.subnetworks.targets.naming import identity, named
from interp.subnetworks.targets.target import Off, Prepared, Where, chosen, nothing, taken


@dataclass(frozen=True, eq=False)
class FromCounts:
    """P(token | the last order - 1 tokens), as counted; a position whose context is cut short does not count."""

    conditional: Conditional
    """The probabilities."""
    where: Where | None = None
    """Positions that count; default all."""
    name: str | None = None
    """Stands for `where` in the identity; needed where that is no function of a module."""

    @cached_property
    def identity(self) -> str:
        """JSON with a hash of the counts."""
        counts = self.conditional.counts
        digest = hashlib.sha256(counts.pairs.numpy().tobytes() + counts.counts.numpy().tobytes()).hexdigest()
        return identity(
            "counts", counts=digest, vocabulary=counts.vocabulary, order=counts.order, separator=counts.separator,
            backoff=self.conditional.backoff, where=named(self.where, self.name),
        )  # fmt: skip

    def prepare(self, model: Model, off: Off = nullcontext) -> Prepared:
        """Up to bigrams, the directions of all contexts are computed now; of longer ones, those of each batch.

        Raises `ShapeError` for counts of another vocabulary and distributions that do not sum to 1.
        """
        if self.conditional.vocabulary != model.vocabulary:
            raise ShapeError(
                f"the counts are of a vocabulary of {self.conditional.vocabulary}, {model.name} has "
                f"{model.vocabulary} tokens: count with vocabulary={model.vocabulary}, in this model's tokens"
            )
        with off():
            unembedding = Unembedding.of(model)
        return _Prepared(self, unembedding)


class _Prepared:
    def __init__(self, target: FromCounts, unembedding: Unembedding) -> None:
        self._conditional, self._where, self._unembedding = target.conditional, target.where, unembedding
        self._table: Tensor | None = None
        if target.conditional.order <= 2 and unembedding.cap is None:
            # Every context that was never seen has one and the same distribution: a last row, if there is any.
            contexts = torch.arange(target.conditional.vocabulary ** (target.conditional.order - 1))
            seen = target.conditional.seen(contexts)
            rows = torch.cat([contexts[seen], contexts[~seen][:1]])
            self._row = torch.where(seen, seen.cumsum(0) - 1, int(seen.sum()))
            known = rows if self._conditional.backoff else contexts[seen]
            self._known = seen | self._conditional.backoff
            self._table = self._directions(known)

    def loss(
        self, hidden: Float[Tensor, "batch position width"], tokens: Integer[Tensor, "batch position"]
    ) -> Float[Tensor, ""]:
        numbers, known = self._conditional.after(tokens)
        rows = chosen(tokens.cpu(), self._where, known)
        states, contexts = taken(hidden, rows), taken(numbers, rows)
        if not len(states):
            return nothing(states)
        if self._unembedding.cap is not None:
            return self._capped(states, contexts)
        if self._table is not None:
            self._require_known(contexts, self._known[contexts])
            found = self._table[self._row[contexts].to(self._table.device)]
        else:
            several, place = torch.unique(contexts, return_inverse=True)
            found = self._directions(several)[place.to(hidden.device)]
        offsets = None if self._unembedding.bias is None else found[:, -1]
        return cross_entropy(states, self._unembedding, found[:, : states.shape[1]], offsets)

    def _directions(self, contexts: Integer[Tensor, " context"]) -> Float[Tensor, "context direction"]:
        """p W of each context, and p . b in a last column where there is a bias."""
        rows = self._rows(contexts)
        weight, bias = self._unembedding.weight, self._unembedding.bias
        both = widened(weight if bias is None else torch.cat([weight, bias[:, None].to(weight)], dim=1))
        return _sparse(rows, len(both), both) @ both

    def _capped(self, states: Tensor, contexts: Integer[Tensor, " row"]) -> Float[Tensor, ""]:
        def targets(start: int, stop: int) -> Tensor:
            rows = self._rows(contexts[start:stop])
            return _sparse(rows, self._unembedding.vocabulary, widened(states)).to_dense()

        return dense_cross_entropy(states, self._unembedding, targets)

    def _rows(self, contexts: Integer[Tensor, " context"]) -> Rows:
        rows = self._conditional.rows(contexts)
        self._require_known(contexts, rows.crow.diff() > 0)
        sums = torch.zeros(len(contexts), dtype=torch.float64)
        sums.index_add_(0, _index(rows), rows.probabilities)
        if not bool(((sums - 1).abs() <= 1e-6).all() & (rows.probabilities >= 0).all()):
            worst = int((sums - 1).abs().nan_to_num(torch.inf).argmax())
            raise ShapeError(
                f"the target after {self._named(contexts[worst])} is no distribution: its probabilities sum to "
                f"{float(sums[worst]):.6g}, and none may be negative"
            )
        return rows

    def _require_known(self, contexts: Integer[Tensor, " context"], known: Tensor) -> None:
        if not bool(known.all()):
            raise ShapeError(
                f"nothing is known of what follows {self._named(contexts[~known][0])}: it was never seen when the "
                "n-grams were counted. Count more text, leave such positions out with `where`, or take "
                "Conditional(counts, backoff=True)."
            )

    def _named(self, context: Tensor) -> str:
        number, digits = int(context), []
        for _ in range(self._conditional.order - 1):
            number, digit = divmod(number, self._conditional.vocabulary)
            digits.append(digit)
        return f"the token {digits[0]}" if len(digits) == 1 else f"the tokens {digits[::-1]}"


def _index(rows: Rows) -> Integer[Tensor, " entry"]:
    return torch.arange(len(rows.crow) - 1).repeat_interleave(rows.crow.diff())


def _sparse(rows: Rows, vocabulary: int, like: Tensor) -> Tensor:
    size, places = (len(rows.crow) - 1, vocabulary), torch.stack([_index(rows), rows.columns])
    return torch.sparse_coo_tensor(
        places, rows.probabilities.to(like.dtype), size, device=like.device, is_coalesced=True, check_invariants=False
    )


__all__ = ["FromCounts"]
