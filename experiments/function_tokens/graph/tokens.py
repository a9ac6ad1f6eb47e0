"""What the text alone says: how few tokens cover it, Zipf's law, documents, other ways to choose function tokens."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from experiments.function_tokens.subject import Subject
from interp.jackknife import jackknife
from interp.stats import Interval
from interp.token_classes import TokenSet, TokenStatistics, expected_coverage, rank_correlation
from interp.token_classes.zipf import ENOUGH, Zipf, least_squares, maximum_likelihood

SHOWN = 40
"""Function tokens that a record lists."""
SCATTERED = 0.05
"""A function token that is in fewer of the documents than this share is no word of all texts, but of some."""


def text(subject: Subject, shares: Sequence[float], parts: int, draws: int) -> dict[str, Any]:
    """Everything about the training text, as plain JSON."""
    found = subject.statistics
    lengths = subject.train.starts.diff()
    expected = expected_coverage(found, lengths)
    left = without(subject, parts)
    rng = subject.rng("random order of tokens")
    size = len(subject.function)
    spread = (found.coverage / expected).nan_to_num(0)
    fits = {"least squares": least_squares(found), "maximum likelihood": maximum_likelihood(found)}
    return {
        "size": jackknife(float(size), [float(len(TokenSet.by_coverage(one, subject.plan.share))) for one in left]),
        "size in random order": _random_order(found, subject.plan.share, draws, rng),
        "zipf": {name: _fit(fit) for name, fit in fits.items()},
        "counts": _ranked(found),
        "correlation": jackknife(rank_correlation(found, ENOUGH), [rank_correlation(one, ENOUGH) for one in left]),
        "correlation expected": _correlation(found, expected),
        "spread": {
            "function": float(spread[subject.function.ids].mean()),
            "next most frequent": float(spread[found.order[size : 2 * size]].mean()),
        },
        "scattered": int((found.coverage[subject.function.ids] < SCATTERED).sum()),
        "words": int(subject.word_initial[subject.function.ids].sum()),
        "list": [_listed(subject, token) for token in subject.function.ids[:SHOWN].tolist()],
        "choices": [_choice(subject, name, one) for name, one in choices(subject, shares).items()],
    }  # fmt: skip


def choices(subject: Subject, shares: Sequence[float]) -> dict[str, TokenSet]:
    """Other sets of function tokens: by other shares of the text; and as many, those in most documents."""
    found = {f"{share:.0%} of the text": TokenSet.by_coverage(subject.statistics, share) for share in shares}
    by_documents = subject.statistics.documents.argsort(descending=True, stable=True)[: len(subject.function)]
    found["in most documents"] = TokenSet("in most documents", by_documents, subject.vocabulary)
    return found


def _choice(subject: Subject, name: str, one: TokenSet) -> dict[str, Any]:
    return {
        "name": name, "size": len(one), "share": one.share(subject.statistics),
        "agreement": one.agreement(subject.function),
    }  # fmt: skip


def without(subject: Subject, parts: int) -> list[TokenStatistics]:
    """The statistics without each part of the documents in turn."""
    starts, ids = subject.train.starts, subject.train.ids
    numbers = torch.repeat_interleave(torch.arange(len(subject.train)), starts.diff())
    found = []
    for part in range(min(parts, len(subject.train))):
        mine = numbers % parts == part
        found.append(_less(subject.statistics, ids[mine], numbers[mine]))
    return found


def _less(whole: TokenStatistics, ids: Tensor, numbers: Int64[Tensor, " token"]) -> TokenStatistics:
    """The statistics without some documents."""
    pairs = torch.unique(numbers * whole.vocabulary + ids)
    occurrences = torch.bincount(ids, minlength=whole.vocabulary)
    documents = torch.bincount(pairs % whole.vocabulary, minlength=whole.vocabulary)
    count = whole.document_count - len(torch.unique(numbers))
    return TokenStatistics(whole.occurrences - occurrences, whole.documents - documents, count)


def _random_order(found: TokenStatistics, share: float, draws: int, rng: np.random.Generator) -> Interval:
    """How many tokens cover the share if they are taken in random order: the control of how few suffice."""
    counts = found.occurrences[found.occurrences > 0].numpy()
    sizes = [int((rng.permutation(counts).cumsum() < share * found.tokens).sum()) + 1 for _ in range(draws)]
    low, high = np.quantile(sizes, [0.025, 0.975])
    return Interval(float(np.mean(sizes)), float(low), float(high), draws)


def _correlation(found: TokenStatistics, expected: Tensor) -> float:
    """The rank correlation if the occurrences of every token lay anywhere in the text by chance."""
    documents = (expected * found.document_count).round().long()
    documents = torch.minimum(torch.maximum(documents, (found.occurrences > 0).long()), found.occurrences)
    return rank_correlation(TokenStatistics(found.occurrences, documents, found.document_count), ENOUGH)


def _fit(fit: Zipf) -> dict[str, float]:
    return {key: float(value) for key, value in fit._asdict().items()}


def _ranked(found: TokenStatistics) -> dict[str, list[Any]]:
    """Shares and document coverage at ranks that are evenly spaced in their logarithm."""
    seen = int((found.occurrences > 0).sum())
    ranks = np.unique(np.geomspace(1, seen, 120).round().astype(np.int64))
    tokens = found.order[torch.from_numpy(ranks - 1)]
    return {
        "rank": ranks.tolist(), "share": found.shares[tokens].tolist(), "documents": found.coverage[tokens].tolist(),
    }  # fmt: skip


def _listed(subject: Subject, token: int) -> list[Any]:
    """Name, share of the occurrences, share of the documents."""
    found = subject.statistics
    return [subject.name(token), float(found.shares[token]), float(found.coverage[token])]


__all__ = ["SCATTERED", "SHOWN", "choices", "text", "without"]
