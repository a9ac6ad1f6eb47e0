"""Whether frequent tokens are spread over documents, and how far their frequency alone would spread them."""

import numpy as np
import torch
from jaxtyping import Float64, Integer
from torch import Tensor

from interp.correlation import pearson
from interp.errors import ShapeError
from interp.sequences import Sequences
from interp.token_classes.statistics import TokenStatistics


def rank_correlation(statistics: TokenStatistics, minimum: int = 1) -> float:
    """Spearman's correlation of occurrences and documents, over the tokens that occur at least `minimum` times.

    Near 1 by frequency alone: a token that occurs once is in one document. What a text adds is how far its tokens
    stay below `expected_coverage`. NaN when either number is the same for all. Raises `ShapeError` for fewer than 2
    tokens.
    """
    from scipy.stats import rankdata

    chosen = statistics.occurrences >= max(minimum, 1)
    if int(chosen.sum()) < 2:
        raise ShapeError(f"a correlation needs 2 tokens that occur at least {minimum} times, not {int(chosen.sum())}")
    ranks = (rankdata(counts[chosen].numpy()) for counts in (statistics.occurrences, statistics.documents))
    one, other = (torch.from_numpy(np.asarray(rank, np.float64)) for rank in ranks)
    return pearson(one, other)


def document_lengths(sequences: Sequences) -> Integer[Tensor, " document"]:
    """Tokens of each document that count, in the order of their numbers; documents without one are left out."""
    return sequences.documents[sequences.kept].unique(return_counts=True)[1]


def expected_coverage(statistics: TokenStatistics, lengths: Integer[Tensor, " document"]) -> Float64[Tensor, " token"]:
    """Share of the documents in which each token would occur if its occurrences lay anywhere in the text by chance.

    A document of L tokens misses a token that has n of the N places with probability C(N - L, n) / C(N, n); `lengths`
    are the L of all documents. `statistics.coverage` below it means that a token comes in bursts. Raises `ShapeError`
    for lengths that are not those of this text.
    """
    if len(lengths) != statistics.document_count or int(lengths.sum()) != statistics.tokens:
        raise ShapeError(
            f"these are lengths of {len(lengths)} documents with {int(lengths.sum())} tokens, but the statistics of "
            f"{statistics.document_count} with {statistics.tokens}"
        )
    counts, place = statistics.occurrences.unique(return_inverse=True)
    sizes, times = lengths.unique(return_counts=True)
    weights, rest = times.double() / len(lengths), (statistics.tokens - sizes).double()
    found = torch.empty(len(counts), dtype=torch.float64)
    for row, count in enumerate(counts.double()):
        left = rest - count  # below 0, the document is too long to miss the token
        missed = _log_factorial(rest) - _log_factorial(left.clamp_min(0))
        missed += _log_factorial(statistics.tokens - count) - _log_factorial(torch.tensor(float(statistics.tokens)))
        found[row] = (weights * -torch.expm1(missed.masked_fill(left < 0, -torch.inf))).sum()
    return found[place]


def _log_factorial(number: Float64[Tensor, "*shape"]) -> Float64[Tensor, "*shape"]:
    return torch.lgamma(number.double() + 1)


__all__ = ["document_lengths", "expected_coverage", "rank_correlation"]
