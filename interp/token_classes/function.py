"""Function tokens and the others: sets of token ids, by how much of a text they cover, by documents, by a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import Any

import torch
from jaxtyping import Bool, Float64, Int64
from torch import Tensor

from interp.errors import ShapeError
from interp.token_classes.pieces import pieces
from interp.token_classes.statistics import TokenStatistics
from interp.token_classes.wanted import wanted


@dataclass(frozen=True, eq=False)
class TokenSet:
    """Some of the tokens of a vocabulary: at least one, and never all of them."""

    name: str
    """What the set is called."""
    ids: Int64[Tensor, " member"]
    """Its token ids, each once, in the order in which the rule took them: the most frequent first, or as listed."""
    vocabulary: int
    """Number of token ids, in the set or not."""

    def __post_init__(self) -> None:
        """Raises `ShapeError` for ids that are not in the vocabulary or repeated, for an empty set and a whole one."""
        if self.ids.ndim != 1 or self.ids.dtype != torch.int64:
            raise ShapeError(f"the ids of a token set must be int64 [member], not {self.ids.dtype} {self.ids.shape}")
        if not len(self.ids):
            raise ShapeError(f"the token set {self.name!r} is empty")
        low, high = int(self.ids.min()), int(self.ids.max())
        if low < 0 or high >= self.vocabulary:
            raise ShapeError(f"the ids of {self.name!r} run from {low} to {high}, the tokens to {self.vocabulary - 1}")
        if len(torch.unique(self.ids)) < len(self.ids):
            raise ShapeError(f"the token set {self.name!r} has an id twice")
        if len(self.ids) == self.vocabulary:
            raise ShapeError(f"the token set {self.name!r} is the whole vocabulary: nothing is left to compare it with")

    @classmethod
    def by_coverage(cls, statistics: TokenStatistics, coverage: float = 0.40, *, name: str = "function") -> "TokenSet":
        """The most frequent tokens, as few as cover at least the share `coverage` of all occurrences.

        Zhang et al. 2025, section 2.2: 40 % of a billion tokens. Of equally frequent tokens the lower id comes first,
        and the one that reaches the share is the last to be taken, though others may be as frequent. (The published
        list of 122 ends at 39.99 %, one token before; that rule gives no token at all where the first is frequent
        enough.) Raises `ShapeError` for a share outside 0 to 1, and when the whole vocabulary is needed.
        """
        if not 0 < coverage < 1:
            raise ShapeError(f"coverage must lie between 0 and 1, not {coverage}")
        # A share like 0.7 is no binary fraction: 0.7 of 10 tokens is 7 of them, never 8.
        needed = ceil(coverage * statistics.tokens * (1 - 1e-12))
        covered = statistics.occurrences[statistics.order].cumsum(0)
        size = int((covered < needed).sum()) + 1
        return cls(name, statistics.order[:size], statistics.vocabulary)

    @classmethod
    def by_documents(cls, statistics: TokenStatistics, minimum: float, *, name: str = "function") -> "TokenSet":
        """The tokens that occur in at least the share `minimum` of all documents; those of most documents first.

        Of tokens in equally many documents the lower id comes first. Raises `ShapeError` for a share outside 0 to 1,
        and when no token or every token is in so many.
        """
        if not 0 < minimum <= 1:
            raise ShapeError(f"the share of documents must lie above 0 and be at most 1, not {minimum}")
        order = statistics.documents.argsort(descending=True, stable=True)
        size = int((statistics.documents >= ceil(minimum * statistics.document_count * (1 - 1e-12))).sum())
        if not size:
            most = float(statistics.coverage.max())
            raise ShapeError(f"no token is in {minimum:.3g} of all documents: the one in most is in {most:.3g}")
        return cls(name, order[:size], statistics.vocabulary)

    @classmethod
    def by_list(
        cls,
        tokenizer: Any,
        words: Sequence[str],
        *,
        vocabulary: int | None = None,
        skip_missing: bool = False,
        name: str = "function",
    ) -> "TokenSet":
        """The tokens whose text is one of `words`, with or without a space before it: "the" stands for " the" too.

        Upper and lower case are two words. `vocabulary` is the model's where that is larger than the tokenizer's.
        Raises `UnknownNameError` with the nearest tokens for a word that is no single token, unless `skip_missing`.
        """
        found = pieces(tokenizer, vocabulary)
        return cls(name, wanted(found, words, skip_missing=skip_missing), len(found))

    def __len__(self) -> int:
        """How many tokens are in the set."""
        return len(self.ids)

    def __repr__(self) -> str:
        return f"TokenSet({self.name!r}: {len(self)} of {self.vocabulary} tokens)"

    @cached_property
    def mask(self) -> Bool[Tensor, " token"]:
        """Of each token id, whether it is in the set."""
        return torch.zeros(self.vocabulary, dtype=torch.bool).index_fill_(0, self.ids, True)

    @property
    def content(self) -> "TokenSet":
        """All other tokens, by id: the content tokens, where the set is of function tokens."""
        name = "content" if self.name == "function" else f"not {self.name}"
        return TokenSet(name, (~self.mask).nonzero()[:, 0], self.vocabulary)

    def share(self, statistics: TokenStatistics) -> float:
        """Share of all occurrences that its tokens have. Raises `ShapeError` for another vocabulary."""
        if statistics.vocabulary != self.vocabulary:
            raise ShapeError(f"statistics of {statistics.vocabulary} tokens for a set of {self.vocabulary}")
        return int(statistics.occurrences[self.ids].sum()) / statistics.tokens

    def agreement(self, other: "TokenSet") -> float:
        """Jaccard index: tokens in both sets per token in either. Raises `ShapeError` for another vocabulary."""
        if other.vocabulary != self.vocabulary:
            raise ShapeError(f"sets of {self.vocabulary} and {other.vocabulary} tokens cannot be compared")
        return int((self.mask & other.mask).sum()) / int((self.mask | other.mask).sum())


def agreements(sets: Sequence[TokenSet]) -> Float64[Tensor, "set set"]:
    """The agreement of every set with every other. Raises `ShapeError` for none, and for other vocabularies."""
    if not sets:
        raise ShapeError("need at least one token set to compare")
    return torch.tensor([[one.agreement(other) for other in sets] for one in sets], dtype=torch.float64)


__all__ = ["TokenSet", "agreements"]
