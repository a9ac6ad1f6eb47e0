"""Which latents are most a token's own."""

import numpy as np
from jaxtyping import Int64

from interp.errors import unknown
from interp.token_graph.graph import Ranked, TokenGraph

ORDERS = ("specificity", "count")


def ranked(graph: TokenGraph, token: int, by: str = "specificity") -> Ranked:
    """The latents that a token reaches, by "specificity" or by "count", highest first.

    Specificity is the share of the latent's events that lie at the token over the token's share of the text (of the
    events, where the graph does not know how often tokens occur): 1 for a latent to which the token means nothing. A
    latent with a single event has the highest there is; of equal ones, those with more events come first, then those
    with lower numbers. Raises as `TokenGraph.latents_of` does.
    """
    if by not in ORDERS:
        raise unknown("order of latents", by, ORDERS)
    edges = graph.edges_of(token)
    latents, counts = graph.latents[edges], graph.require_counts()[edges]
    scores = counts.astype(np.float64)
    if by == "specificity":
        scores = counts / graph.latent_counts[latents] / _share(graph, token, counts)
    order = np.lexsort((latents, -counts, -scores))
    return Ranked(latents[order], scores[order])


def _share(graph: TokenGraph, token: int, counts: Int64[np.ndarray, " degree"]) -> float:
    """The token's share of the text."""
    if graph.occurrences is not None and graph.occurrences[token]:
        return float(graph.occurrences[token] / graph.occurrences.sum())
    return float(counts.sum() / max(1, graph.require_counts().sum()))


__all__ = ["ORDERS", "ranked"]
