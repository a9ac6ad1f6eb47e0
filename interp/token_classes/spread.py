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
    _, lengths = torch.unique(sequences.documents[sequences.kept], return_counts=True)
    return torch.as_tensor(lengths)


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
    counts, place = torch.unique(statistics.occurrences, return_inverse=True)
    sizes, times = torch.unique(lengths, return_counts=True)
    weights = times.double() / len(lengths)
    # C(N - L, n) / C(N, n) is the product of 1 - n / (N - j) over the L places j of the document. Factorials of a
    # large N would leave no digit of the small differences.
    places = statistics.tokens - torch.arange(int(sizes.max()), dtype=torch.float64)
    found = torch.empty(len(counts), dtype=torch.float64)
    for row, count in enumerate(counts.double()):
        missed = torch.log1p(-(count / places).clamp_max(1)).cumsum(0)[sizes - 1]
        found[row] = (weights * -torch.expm1(missed)).sum()
    return found[place]


__all__ = ["document_lengths", "expected_coverage", "rank_correlation"]
