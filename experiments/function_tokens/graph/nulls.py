"""Coverage by function tokens against shuffled labels and against other tokens."""

from typing import Any

import numpy as np
from jaxtyping import Bool, Int64

from experiments.function_tokens.graph.looking import Look, expected, points
from interp.errors import ShapeError
from interp.stats import Interval
from interp.token_graph.controls import equal_mass, matched_tokens, random_tokens
from interp.token_graph.independence import expected_coverage_within
from interp.token_graph.nulls import Draws, coverages
from interp.token_graph.permuting import bands
from interp.token_graph.reach import reach


def shuffled(one: Look, draws: int, rng: np.random.Generator) -> dict[str, Any]:
    """Coverage after labels were shuffled: over all positions, within documents, within bands of positions.

    Means in closed form, at the points of `looking.points`; ranges over draws, at the same points.
    """
    where = {
        "positions": None, "documents": one.occurrences.documents, "bands": bands(one.occurrences.positions),
    }  # fmt: skip
    at = np.array(points(one))
    found = {}
    for name, within in where.items():
        band = coverages(one.occurrences, one.order, rng, within, draws).band()
        if within is None:
            mean = expected(one.occurrences, one.order)[at - 1]
        else:
            mean = expected_coverage_within(one.occurrences, one.order, within, at)
        found[name] = {
            "mean": mean.tolist(), "low": band.low[at - 1].tolist(), "high": band.high[at - 1].tolist(),
            "curve": band.mean.tolist(), "curve low": band.low.tolist(), "curve high": band.high.tolist(),
        }  # fmt: skip
    return found


def sets(one: Look, draws: int, rng: np.random.Generator) -> dict[str, Any]:
    """What all function tokens reach, and what other tokens do: as many, as frequent, or of as much text together.

    Content tokens that occur. The most frequent function tokens have no partner that occurs as often; `pairs` says how
    many have one, and both numbers of a matching are of these alone.
    """
    counts = one.occurrences.token_counts
    content = ~np.isin(np.arange(len(counts)), one.order)
    present = one.order[counts[one.order] > 0]
    number = min(len(present), int((content & (counts > 0)).sum()))
    mass = min(int(counts[present].sum()), int(counts[content].sum()))
    few = min(10, number)
    return {
        "function": _covers(one, present),
        "as many content tokens": _over(one, [random_tokens(counts, number, rng, content) for _ in range(draws)]),
        "as much text of content tokens": _over(one, [equal_mass(counts, mass, rng, content) for _ in range(draws)]),
        "ten content tokens": _over(one, [random_tokens(counts, few, rng, content) for _ in range(draws)]),
        "matched": _matched(one, present, content, draws, rng),
    }  # fmt: skip


def _matched(
    one: Look,
    present: Int64[np.ndarray, " present"],
    content: Bool[np.ndarray, " token"],
    draws: int,
    rng: np.random.Generator,
) -> dict[str, Any] | None:
    """Function tokens that have a content token as frequent, and those; None where none has."""
    found = [matched_tokens(one.occurrences.token_counts, present, rng, content) for _ in range(draws)]
    found = [each for each in found if len(each.tokens)]
    if not found:
        return None
    return {
        "pairs": float(np.mean([len(each.tokens) for each in found])),
        "function": _over(one, [each.tokens for each in found]),
        "content": _over(one, [each.partners for each in found]),
    }


def _over(one: Look, several: list[Int64[np.ndarray, "_"]]) -> Interval:
    """The mean coverage of sets that were drawn, with the range of most of them."""
    found = [_covers(one, tokens) for tokens in several]
    if not found:
        raise ShapeError("need one draw or more of random sets, not 0")
    mean, low, high, draws = Draws(np.array(found)).band()
    return Interval(float(mean), float(low), float(high), draws)


def _covers(one: Look, tokens: Int64[np.ndarray, " some"]) -> float:
    return float(reach(one.occurrences, tokens)[-1] / one.occurrences.alive.sum())


__all__ = ["sets", "shuffled"]
