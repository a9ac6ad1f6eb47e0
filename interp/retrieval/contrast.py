"""Sums and differences of rates that are standardised over bands, with intervals over documents."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int64

from interp.errors import ShapeError
from interp.stats import Interval

_TOGETHER = 2**20
"""Numbers that the bootstrap draws at a time."""


class Term(NamedTuple):
    """A rate in a sum of rates."""

    sign: int
    """1, or -1 where it is subtracted."""
    hits: Int64[np.ndarray, "document band"]
    """What is counted."""
    trials: Int64[np.ndarray, "document band"]
    """Of how many."""


def contrast(
    terms: Sequence[Term],
    weights: Float64[np.ndarray, " band"],
    generator: np.random.Generator,
    level: float = 0.95,
    draws: int = 1000,
) -> Interval:
    """The sum of the terms' rates, each the mean over bands of hits / trials with the same `weights`.

    Bands in which any term has no trial are left out, of every term; in a draw also those that it left without one.
    The interval resamples documents, the same for all terms; n is the number of documents with a trial of each term.
    Raises `ShapeError` when no band is left.
    """
    if not 0 < level < 1 or draws < 1 or not terms:
        raise ShapeError(f"need terms, a level between 0 and 1 and a draw, not {len(terms)}, {level} and {draws}")
    whole = _value(terms, weights, np.ones((1, len(terms[0].hits)), np.int64))
    if not np.isfinite(whole[0]):
        raise ShapeError("there is no distance at which all classes that are compared have a trial")
    kept = np.all([term.trials.sum(1) > 0 for term in terms], 0)
    n, value = max(1, int(kept.sum())), float(whole[0])
    documents = len(kept)
    if documents == 1:
        return Interval(value, value, value, 1)
    found: list[np.ndarray] = []
    for begin in range(0, draws, step := max(1, _TOGETHER // documents)):
        times = generator.multinomial(documents, np.full(documents, 1 / documents), size=min(step, draws - begin))
        found.append(_value(terms, weights, times))
    ratios = np.concatenate(found)
    ratios = ratios[np.isfinite(ratios)]
    low, high = np.quantile(ratios if len(ratios) else whole, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value, min(float(low), value), max(float(high), value), n)


def weighed(
    terms: Sequence[Term], weights: Float64[np.ndarray, " band"], times: Int64[np.ndarray, "draw document"]
) -> tuple[Float64[np.ndarray, "term draw"], Float64[np.ndarray, " draw"]]:
    """The rates of each term when documents count so many times, summed by weight over bands, and the weight in all.

    Bands in which a draw leaves any term without a trial weigh nothing in it, for every term.
    """
    trials = np.stack([times @ term.trials for term in terms])
    hits = np.stack([times @ term.hits for term in terms])
    share = np.where((trials > 0).all(0), weights, 0.0)
    return (hits / np.maximum(trials, 1) * share).sum(2), share.sum(1)


def _value(
    terms: Sequence[Term], weights: Float64[np.ndarray, " band"], times: Int64[np.ndarray, "draw document"]
) -> Float64[np.ndarray, " draw"]:
    """The sum of rates in each draw; NaN where a draw has no band with trials of all terms."""
    rates, total = weighed(terms, weights, times)
    signs = np.array([term.sign for term in terms], np.float64)
    return np.where(total > 0, signs @ rates / np.where(total > 0, total, 1.0), np.nan)


__all__ = ["Term", "contrast", "weighed"]
