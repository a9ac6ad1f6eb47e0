"""Graphs and coverage after the tokens have been shuffled over the occurrences: what being frequent does alone.

The paper (Zhang et al. 2025) reports that ten tokens reach most latents, and no null. Shuffling keeps how often each
token occurs and which latents fire together, and breaks which token they fire at. Within documents it also keeps what
a document is about, and within bands of positions how far into the context a token tends to stand.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Integer, Real

from interp.errors import ShapeError
from interp.stats import t_quantile
from interp.token_graph.builder import GraphBuilder
from interp.token_graph.graph import TokenGraph
from interp.token_graph.occurrences import Occurrences
from interp.token_graph.permuting import permuted
from interp.token_graph.reach import ranks, reach_of_ranks


class Band(NamedTuple):
    """What a null makes of several numbers: their means, and the ranges in which most of its draws lie."""

    mean: Float[np.ndarray, "*shape"]
    """Means over draws."""
    low: Float[np.ndarray, "*shape"]
    """Lower ends."""
    high: Float[np.ndarray, "*shape"]
    """Upper ends."""
    draws: int
    """How many draws there are."""


class Draws(NamedTuple):
    """The same numbers (a coverage, degrees) in each draw of a null."""

    values: Real[np.ndarray, "draw *shape"]
    """Draw by draw."""

    def band(self, level: float = 0.95) -> Band:
        """Means, and the ranges that hold the share `level` of the draws at each number by itself.

        Fewer draws than 2 / (1 - level), 40 for 95 %, have no such quantiles: the outermost of 10 hold a further draw
        in 79 % of cases only. Their ranges are Student's t for a further draw. One draw has no range.
        """
        if not 0 < level < 1:
            raise ShapeError(f"level must lie between 0 and 1, not {level}")
        draws, mean = len(self.values), self.values.mean(0, dtype=np.float64)
        if draws * (1 - level) >= 2 - 1e-9:
            low, high = np.quantile(self.values, [(1 - level) / 2, (1 + level) / 2], axis=0)
            return Band(mean, low, high, draws)
        half = np.zeros_like(mean)
        if draws > 1:
            half = t_quantile(level, draws - 1) * self.values.std(0, ddof=1, dtype=np.float64) * (1 + 1 / draws) ** 0.5
        return Band(mean, mean - half, mean + half, draws)

    def excess(self, observed: Real[np.ndarray, "*shape"], level: float = 0.95) -> Band:
        """Observed less expected, below 0 where the null reaches more; the range is that over draws of the null."""
        mean, low, high, draws = self.band(level)
        return Band(observed - mean, observed - high, observed - low, draws)

    def as_low(self, observed: Real[np.ndarray, "*shape"]) -> Float[np.ndarray, "*shape"]:
        """The chance of a number as low as observed, counting the observed one as a draw: (1 + those) / (1 + draws)."""
        as_low: Float[np.ndarray, "*shape"] = (1 + (self.values <= observed).sum(0)) / (1 + len(self.values))
        return as_low


def coverages(
    occurrences: Occurrences,
    order: Integer[np.ndarray, " k"],
    generator: np.random.Generator,
    within: Integer[np.ndarray, " row"] | None = None,
    draws: int = 100,
) -> Draws:
    """The share of alive latents that the first 1, 2 ... k tokens of `order` reach, in each of `draws` shufflings.

    Which latents are alive stays as it is. The mean is known in closed form (`expected_coverage`, and with `within`
    `expected_coverage_within`); what is drawn is the range. Cost: a visit of every event a draw, and no graph. Raises
    `ShapeError` for tokens that do not exist or come twice, another number of rows, and no draws.
    """
    _require_draws(draws)
    row_ranks = ranks(order, occurrences.vocabulary)[occurrences.tokens]
    found = np.stack([
        reach_of_ranks(occurrences, permuted(row_ranks, generator, within), len(order)) for _ in range(draws)
    ])  # fmt: skip
    return Draws(found / int(occurrences.alive.sum()))


def graphs(
    occurrences: Occurrences,
    generator: np.random.Generator,
    within: Integer[np.ndarray, " row"] | None = None,
    draws: int = 10,
) -> Iterator[TokenGraph]:
    """The graph, with counts, of each of `draws` shufflings, one after the other.

    Any number of a graph against this null: `Draws(np.stack([graph.degrees for graph in graphs(...)]))`. Raises
    `ShapeError` as `coverages` does.
    """
    _require_draws(draws)
    return (
        graph(occurrences, permuted(occurrences.tokens, generator, within)) for _ in range(draws)
    )  # fmt: skip


def graph(occurrences: Occurrences, tokens: Integer[np.ndarray, " row"] | None = None) -> TokenGraph:
    """The graph, with counts, of the occurrences; or of what they would be if their rows had these `tokens`."""
    row_tokens, latents = occurrences.tokens if tokens is None else tokens, occurrences.latents
    builder = GraphBuilder(occurrences.vocabulary, occurrences.width, counts=True).occurred(row_tokens)
    for begin in range(0, len(latents), _CHUNK):
        part = slice(begin, begin + _CHUNK)
        builder.add(row_tokens[occurrences.rows[part]], latents[part])
    return builder.graph()


_CHUNK = 2**22
"""Events handed to a builder at a time."""


def _require_draws(draws: int) -> None:
    if draws < 1:
        raise ShapeError(f"need one draw or more, not {draws}")


__all__ = ["Band", "Draws", "coverages", "graph", "graphs"]
