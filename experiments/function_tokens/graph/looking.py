"""One graph, of one dictionary on the held-out text, and everything that it is held against; as plain JSON."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float64, Int64

from experiments.function_tokens.subject import Subject
from interp.activations.capture import capture
from interp.dictionaries.evaluation import evaluate
from interp.models.sites import Site
from interp.token_graph import TokenGraph, coverage, events
from interp.token_graph.coverage import at_random, greedy
from interp.token_graph.gathering import gathered
from interp.token_graph.independence import expected_coverage, expected_degrees
from interp.token_graph.nulls import graph as graph_of
from interp.token_graph.occurrences import Occurrences
from interp.token_graph.slopes import Slope, degree_count, degree_rank

POINTS = (1, 2, 3, 4, 5, 10)
"""Numbers of function tokens that the paper's table 1 has rows for, with 6 to 9."""
WINDOWS = 64
"""Held-out windows on which it is measured how well a dictionary rebuilds its site."""
FREQUENT = 5
"""Occurrences from which a token counts for the slope of degrees."""


class Look(NamedTuple):
    """A dictionary on the held-out text."""

    occurrences: Occurrences
    """Which latents fire where."""
    graph: TokenGraph
    """The same as a graph, with counts."""
    order: Int64[np.ndarray, " k"]
    """Function tokens, the most frequent in the training text first."""


def look(subject: Subject, dictionary: Any, site: Site) -> Look:
    """Read the held-out text once. Raises `ShapeError` when no latent fires, and for a dictionary of another model."""
    # A release may name its model otherwise than a local folder of it does.
    trust = subject.plan.release is not None
    found = events.events(subject.model, dictionary, site, subject.held_out, trust=trust)
    occurrences = gathered(subject.held_out, found, vocabulary=subject.vocabulary, width=len(dictionary.W_dec))
    return Look(occurrences, graph_of(occurrences), subject.function.ids.numpy())


def sizes(one: Look) -> dict[str, Any]:
    """How large the graph is, and how much of the dictionary is alive in it."""
    alive = int(one.graph.alive.sum())
    return {
        "width": one.graph.width, "rows": len(one.occurrences), "events": len(one.occurrences.rows),
        "active": len(one.occurrences.rows) / len(one.occurrences), "edges": len(one.graph), "alive": alive,
        "alive share": alive / one.graph.width,
    }  # fmt: skip


def explained(subject: Subject, dictionary: Any, site: Site) -> float:
    """The share of the variance of the site that the dictionary rebuilds, on some of the held-out text."""
    some = subject.held_out.part(0, WINDOWS)
    rows = capture(subject.model, some.tokens, site)[site].flatten(2)[some.kept.to(subject.model.device)]
    return float(evaluate(dictionary, rows).explained_variance)


def points(one: Look) -> list[int]:
    """Numbers of function tokens at which coverage is told; the last is all of them."""
    return sorted({point for point in POINTS if point < len(one.order)} | {len(one.order)})


def covered(one: Look) -> dict[str, list[float]]:
    """The share of alive latents that 1, 2 ... function tokens reach, and what their occurrences alone would reach."""
    found = coverage.coverage(one.graph, one.order)
    best = coverage.coverage(one.graph, greedy(one.graph, len(one.order)))
    return {
        "frequency": found.of_alive.tolist(), "all latents": found.of_all.tolist(), "greedy": best.of_alive.tolist(),
        "null": expected(one.occurrences, one.order).tolist(),
    }  # fmt: skip


def expected(occurrences: Occurrences, order: Int64[np.ndarray, " k"]) -> Float64[np.ndarray, " k"]:
    """Coverage if latents knew nothing of tokens."""
    return expected_coverage(occurrences.latent_counts, occurrences.token_counts, order)


def in_random_order(one: Look, draws: int, rng: np.random.Generator) -> list[float]:
    """The mean coverage of as many tokens in random order, of all that occur."""
    occur = one.occurrences.token_counts > 0
    orders = (at_random(one.graph, rng) for _ in range(draws))
    found = [coverage.coverage(one.graph, order[occur[order]][: len(one.order)]).of_alive for order in orders]
    return np.mean(found, 0).tolist()  # type: ignore[no-any-return]


def degrees(one: Look, rng: np.random.Generator) -> dict[str, Any]:
    """How degrees rise with occurrences and fall with rank, beside what occurrences alone would make of them."""
    counts, found = one.occurrences.token_counts, one.graph.degrees
    alone = expected_degrees(one.occurrences.latent_counts, counts)
    function = np.isin(np.arange(len(counts)), one.order)
    return {
        "slope": _told(degree_count(found, counts, rng, FREQUENT)),
        "slope expected": _told(degree_count(alone, counts, rng, FREQUENT)),
        "rank slope": _told(degree_rank(found, rng)),
        "rank slope expected": _told(degree_rank(alone, rng)),
        "most": int(found.max()),
        "ranked": _ranked(found, alone),
        "tokens": _some(counts, found, alone, function),
    }  # fmt: skip


def _told(slope: Slope) -> dict[str, Any]:
    value, low, high, n = slope.slope  # resampled tokens may all give another slope than all of them do
    r = slope.r if np.isfinite(slope.r) else 0.0
    return {"slope": [value, min(low, value), max(high, value), n], "r": r}


def _ranked(found: Int64[np.ndarray, " token"], alone: Float64[np.ndarray, " token"]) -> dict[str, list[Any]]:
    """Both in descending order, at ranks evenly spaced in their logarithm."""
    ranks = np.unique(np.geomspace(1, int((found > 0).sum()), 80).round().astype(np.int64))
    real, chance = (np.sort(one)[::-1][ranks - 1] for one in (found, alone))
    return {"rank": ranks.tolist(), "degree": real.tolist(), "expected": chance.tolist()}


def _some(
    counts: Int64[np.ndarray, " token"],
    found: Int64[np.ndarray, " token"],
    alone: Float64[np.ndarray, " token"],
    function: np.ndarray,
) -> dict[str, Sequence[Any]]:
    """Tokens from the most frequent to the rarest, to draw: all function tokens and about 200 others."""
    order = np.argsort(-counts, kind="stable")[: int((counts > 0).sum())]
    places = np.unique(np.geomspace(1, len(order), 200).round().astype(np.int64)) - 1
    chosen = np.union1d(order[places], order[function[order]])
    return {
        "count": counts[chosen].tolist(), "degree": found[chosen].tolist(),
        "expected": alone[chosen].round(2).tolist(), "function": function[chosen].tolist(),
    }  # fmt: skip


def summary(subject: Subject, dictionary: Any, site: Site, one: Look) -> dict[str, Any]:
    """What is told of every dictionary on the whole text."""
    at = points(one)
    found = covered(one)
    return {
        **sizes(one), "explained": explained(subject, dictionary, site), "points": at,
        "coverage": {name: [line[min(point, len(line)) - 1] for point in at] for name, line in found.items()},
    }  # fmt: skip


__all__ = [
    "FREQUENT", "POINTS", "Look", "covered", "degrees", "expected", "explained", "in_random_order", "look", "points",
    "sizes", "summary",
]  # fmt: skip
