"""Which tokens wake which latents: the graph, built fast and in bounded memory. Names are loaded when first used.

The nulls without which such a graph means little are in `interp.token_graph.nulls` and beside it.
"""

from typing import TYPE_CHECKING

from interp.lazy import lazy

if TYPE_CHECKING:
    from interp.token_graph import controls as controls
    from interp.token_graph import coverage as coverage
    from interp.token_graph import events as events
    from interp.token_graph import independence as independence
    from interp.token_graph import nulls as nulls
    from interp.token_graph import rarefaction as rarefaction
    from interp.token_graph import slopes as slopes
    from interp.token_graph.builder import GraphBuilder as GraphBuilder
    from interp.token_graph.coverage import Coverage as Coverage
    from interp.token_graph.coverage import at_random as at_random
    from interp.token_graph.coverage import by_frequency as by_frequency
    from interp.token_graph.coverage import greedy as greedy
    from interp.token_graph.events import Events as Events
    from interp.token_graph.events import build as build
    from interp.token_graph.folder import build_in as build_in
    from interp.token_graph.gathering import gathered as gathered
    from interp.token_graph.graph import TokenGraph as TokenGraph
    from interp.token_graph.occurrences import Occurrences as Occurrences
    from interp.token_graph.shards import Shard as Shard
    from interp.token_graph.shards import merged as merged

_HOMES = {
    "builder": ["GraphBuilder"],
    "coverage": ["Coverage", "at_random", "by_frequency", "greedy"],
    "events": ["Events", "build"],
    "folder": ["build_in"],
    "gathering": ["gathered"],
    "graph": ["TokenGraph"],
    "occurrences": ["Occurrences"],
    "shards": ["Shard", "merged"],
}
_MODULES = ["controls", "coverage", "events", "independence", "nulls", "rarefaction", "slopes"]
"""Files whose names are many, or that have the name of what is in them: `interp.token_graph.coverage.coverage`."""

__all__ = lazy(__name__, _HOMES, _MODULES)
