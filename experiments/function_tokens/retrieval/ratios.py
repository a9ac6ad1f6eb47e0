"""How many times as often as by chance latents come back: the other scale, beside differences in points.

Where chance alone gives two classes of tokens different rates, one may be further above its own in points and the other
as a ratio. Rates, weights of distances and the documents that are drawn are those of `Reactivation`.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64, Int64

from interp.retrieval.contrast import Term, contrast, weighed
from interp.retrieval.reactivation import Reactivation
from interp.stats import Interval

DRAWS = 1000
"""Resamplings of documents."""


def ratio(
    found: Reactivation, names: Sequence[str], generator: np.random.Generator, band: int | None = None
) -> Interval | None:
    """The rate at tokens of some classes over that of their control: 1 is chance.

    At a standard distance, or in one band of distances. None where nothing can be divided: no band has trials of both,
    or the control never fires.
    """
    return _quotient(found, [(names, False)], [(names, True)], generator, band)


def ratio_of_ratios(
    found: Reactivation,
    one: Sequence[str],
    other: Sequence[str],
    generator: np.random.Generator,
    band: int | None = None,
) -> Interval | None:
    """The ratio at tokens of `one` over the ratio at those of `other`, in the bands that have trials of all four."""
    return _quotient(found, [(one, False), (other, True)], [(one, True), (other, False)], generator, band)


def difference_in(
    found: Reactivation, one: Sequence[str], other: Sequence[str], generator: np.random.Generator, band: int
) -> Interval | None:
    """`Reactivation.difference` in one band of distances; None where one of the four rates has no trial."""
    sides = [(1, one, False), (-1, one, True), (-1, other, False), (1, other, True)]
    terms = [_term(found, sign, names, control, band) for sign, names, control in sides]
    if not all(term.trials.any() for term in terms):
        return None
    return contrast(terms, np.ones(1), generator, draws=DRAWS)


def _quotient(
    found: Reactivation,
    above: Sequence[tuple[Sequence[str], bool]],
    below: Sequence[tuple[Sequence[str], bool]],
    generator: np.random.Generator,
    band: int | None,
) -> Interval | None:
    """The product of some rates over that of as many others, each of classes, or of their control.

    A draw of documents in which a rate below is 0 has no ratio and is left out. It would have been above all others, so
    the lower end is, if anything, too low.
    """
    terms = [_term(found, 1, names, control, band) for names, control in above]
    terms += [_term(found, -1, names, control, band) for names, control in below]
    weights = found.trials[:, :-1].sum((0, 1)).astype(np.float64) if band is None else np.ones(1)
    documents = len(found.trials)
    value = float(_values(terms, weights, np.ones((1, documents), np.int64))[0])
    if not np.isfinite(value):
        return None
    n = int(np.all([term.trials.sum(1) > 0 for term in terms], 0).sum())
    drawn = generator.multinomial(documents, np.full(documents, 1 / documents), size=DRAWS)
    values = _values(terms, weights, drawn)
    values = values[np.isfinite(values)]
    low, high = np.quantile(values if len(values) else [value], [0.025, 0.975])
    return Interval(value, min(float(low), value), max(float(high), value), max(n, 1))


def _term(found: Reactivation, sign: int, names: Sequence[str], control: bool, band: int | None) -> Term:
    """Counts of some classes taken together, in all bands or in one."""
    places = [found.names.index(name) for name in names]
    hits, trials = (found.control_hits, found.control_trials) if control else (found.hits, found.trials)
    chosen = slice(None) if band is None else slice(band, band + 1)
    return Term(sign, hits[:, places].sum(1)[:, chosen], trials[:, places].sum(1)[:, chosen])


def _values(
    terms: Sequence[Term], weights: Float64[np.ndarray, " band"], times: Int64[np.ndarray, "draw document"]
) -> Float64[np.ndarray, " draw"]:
    """The quotient in each draw, over the bands in which all terms have trials; not finite where there is none."""
    rates, _ = weighed(terms, weights, times)  # all of one total weight, which cancels
    up = np.array([term.sign > 0 for term in terms])
    with np.errstate(divide="ignore", invalid="ignore"):
        values: Float64[np.ndarray, " draw"] = rates[up].prod(0) / rates[~up].prod(0)
    return values


__all__ = ["DRAWS", "difference_in", "ratio", "ratio_of_ratios"]
