"""How many latents tokens would reach if latents knew nothing of them: closed forms of what shuffling finds.

Frequent tokens reach most latents by being frequent. If the tokens of all occurrences are shuffled, the occurrences of
a set of tokens are a random draw of as many, and a latent is missed with the hypergeometric chance. So these numbers
are the means over all shuffles, to rounding, whatever depends on what.
"""

import numpy as np
from jaxtyping import Float64, Int64, Integer

from interp.errors import ShapeError
from interp.token_graph.chances import log_missed, log_missed_with_replacement
from interp.token_graph.occurrences import Occurrences
from interp.token_graph.reach import ranks

_TOGETHER = 2**20
"""Chances that are computed at a time."""


def reached(
    latent_counts: Integer[np.ndarray, " latent"],
    drawn: Integer[np.ndarray, " k"],
    total: int,
    *,
    replace: bool = False,
) -> Float64[np.ndarray, " k"]:
    """How many latents are expected at `drawn` random occurrences of `total`, when latent f is active at n_f of them.

    The sum over latents of 1 - C(total - n_f, drawn) / C(total, drawn); with `replace`, the binomial approximation
    1 - (1 - n_f / total)^drawn. Raises `ShapeError` for counts below 0 or above `total`.
    """
    chance = log_missed_with_replacement if replace else log_missed
    counts, times = np.unique(latent_counts[latent_counts != 0], return_counts=True)
    sizes, place = np.unique(drawn, return_inverse=True)
    if any(len(some) and not 0 <= some[0] <= some[-1] <= total for some in (counts, sizes)):
        raise ShapeError(f"counts of latents and numbers drawn must lie between 0 and the {total} occurrences")
    found = np.zeros(len(sizes))
    step = max(1, _TOGETHER // max(1, len(counts)))
    for begin in range(0, len(sizes), step):
        part = chance(total, counts, sizes[begin : begin + step, None])
        found[begin : begin + step] = -np.expm1(part) @ times
    return found[place]


def expected_degrees(
    latent_counts: Integer[np.ndarray, " latent"],
    token_counts: Integer[np.ndarray, " token"],
    *,
    replace: bool = False,
) -> Float64[np.ndarray, " token"]:
    """The degree that each token would have for its number of occurrences alone. Errors as of `reached`."""
    return reached(latent_counts, token_counts, int(token_counts.sum()), replace=replace)


def expected_coverage(
    latent_counts: Integer[np.ndarray, " latent"],
    token_counts: Integer[np.ndarray, " token"],
    order: Integer[np.ndarray, " k"],
    *,
    replace: bool = False,
) -> Float64[np.ndarray, " k"]:
    """The share of alive latents that the first 1, 2 ... k tokens of `order` would reach for their occurrences alone.

    Times alive latents over all, it is the share of all. `token_counts` are occurrences of every token, also those at
    which no latent is active. Raises `ShapeError` as `reached` does, for no latent alive and for tokens that do not
    exist or come twice.
    """
    ranks(order, len(token_counts))
    alive = int((latent_counts > 0).sum())
    if not alive:
        raise ShapeError("no latent is active anywhere: there is nothing to reach")
    drawn = np.cumsum(token_counts[order])
    return reached(latent_counts, drawn, int(token_counts.sum()), replace=replace) / alive


def expected_coverage_within(
    occurrences: Occurrences,
    order: Integer[np.ndarray, " k"],
    within: Integer[np.ndarray, " row"],
    at: Integer[np.ndarray, " point"] | None = None,
) -> Float64[np.ndarray, " point"]:
    """`expected_coverage` when tokens are shuffled among the rows of the same number in `within` only.

    Documents, or bands of positions: a latent is missed with the product of the chances in each. `at` asks for the
    first so many tokens of `order` (1 to k) only; without it, for each k. Cost: a visit of every pair of a latent and
    a number of `within` that go together, for each point. Raises `ShapeError` as `expected_coverage` does, for another
    number of rows, and for points outside 1 to k.
    """
    if within.shape != occurrences.tokens.shape:
        raise ShapeError(f"`within` must be one whole number a row: {len(within)} for {len(occurrences)} rows")
    points = np.arange(1, len(order) + 1) if at is None else at
    if not len(points) or points.min() < 1 or points.max() > len(order):
        raise ShapeError(f"points must be numbers of tokens, 1 to {len(order)}, not {points}")
    by_rank = ranks(order, occurrences.vocabulary)[occurrences.tokens].astype(np.int64)
    stratum = np.unique(within, return_inverse=True)[1]
    sizes = np.bincount(stratum)
    where, active, kind, starts = _cells(occurrences, stratum, len(sizes))
    found = np.empty(len(points))
    for place, point in enumerate(points.tolist()):
        drawn = np.bincount(stratum[by_rank < point], minlength=len(sizes))
        missed = log_missed(sizes[where], active, drawn[where])
        found[place] = -np.expm1(np.add.reduceat(missed[kind], starts)).mean()
    return found


def _cells(
    occurrences: Occurrences, stratum: Int64[np.ndarray, " row"], strata: int
) -> tuple[
    Int64[np.ndarray, " kind"], Int64[np.ndarray, " kind"], Int64[np.ndarray, " cell"], Int64[np.ndarray, " alive"]
]:
    """Pairs of a latent and a stratum, by latent; all those of one stratum and as many active rows are of one kind.

    Returns the stratum and the active rows of each kind, the kind of each pair, and the first pair of each latent.
    """
    cells = np.sort(occurrences.latents * strata + stratum[occurrences.rows], kind="stable")
    first = np.flatnonzero(np.append(True, cells[1:] != cells[:-1]))
    active = np.diff(np.append(first, len(cells)))
    latents, strata_of_cells = np.divmod(cells[first], strata)
    most = int(active.max()) + 1
    kinds, kind = np.unique(strata_of_cells * most + active, return_inverse=True)
    starts = np.flatnonzero(np.append(True, latents[1:] != latents[:-1]))
    return kinds // most, kinds % most, kind, starts


__all__ = ["expected_coverage", "expected_coverage_within", "expected_degrees", "reached"]
