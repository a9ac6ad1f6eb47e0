"""Events a second that become a graph: a pool of cells and sorted runs against sorting, hashing and sparse matrices."""

import time
from collections.abc import Callable
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Int32, Int64

from benchmarks.options import Options
from benchmarks.tables import Table, at_least, at_most
from benchmarks.timing import Contestant, interleaved, rows
from interp.token_graph.builder import GraphBuilder
from interp.token_graph.graph import TokenGraph

VOCABULARY, WIDTH, EVENTS = 50_000, 2**18, 30_000_000
"""The vocabulary of GPT-2, latents of a wide dictionary, and the events of half a million tokens."""
ACTIVE = 60
"""Latents that fire at an occurrence."""
GIVEN = 2**20
"""Events of one call: those of a batch of text."""
LITTLE = 2**27
"""Bytes of memory of the builder that has little: an eighth of what is usual."""
LOOPED = 1_000_000
"""Events that the set takes."""
HASHED = 3_000_000
"""Events that are given to the slow ones of numpy and pandas."""
EXIST, COUNT = 20e6, 5e6
"""Events a second that are asked for: of edges alone, and with counts and first positions."""
OURS, COUNTED, SPILLED = "GraphBuilder", "GraphBuilder, counts and first", "GraphBuilder, an eighth of the memory"
SORT, SPARSE = "numpy.sort", "scipy coo to csr"
UNIQUE, PANDAS = "numpy.unique, a tenth of the events", "pandas.unique, a tenth of the events"
LOOP = "set of numbers, a thirtieth"


class Stream(NamedTuple):
    """Events in order."""

    tokens: Int32[np.ndarray, " event"]
    """Tokens."""
    latents: Int32[np.ndarray, " event"]
    """Latents."""
    positions: Int64[np.ndarray, " event"]
    """Positions."""

    def part(self, begin: int, end: int) -> "Stream":
        """Some of them."""
        return Stream(*(column[begin:end] for column in self))


def tables(options: Options) -> list[Table]:
    """Everybody makes the edges of the same events: seconds of a core, which other work cannot take, and wall time.

    Nobody here uses more than one core.
    """
    stream = made(EVENTS, options.seed)
    count, some, few = len(stream.tokens), stream.part(0, HASHED), stream.part(0, LOOPED)
    with TemporaryDirectory() as folder:
        contestants = [
            Contestant(OURS, lambda: ours(stream), count),
            Contestant(COUNTED, lambda: ours(stream, counts=True, first=True), count),
            Contestant(SPILLED, lambda: ours(stream, memory=LITTLE, folder=folder), count),
            Contestant(SORT, lambda: sort(stream), count),
            Contestant(SPARSE, lambda: sparse(stream), count),
            Contestant(PANDAS, lambda: hashed(some), len(some.tokens)),
            Contestant(UNIQUE, lambda: unique(some), len(some.tokens)),
            Contestant(LOOP, lambda: loop(few), len(few.tokens)),
        ]
        warmup = min(options.warmup, 1)
        core: dict[str, list[float]] = {}
        wall = interleaved(contestants, options.repetitions, warmup=warmup, seed=options.seed, measure=clocks(core))
        away = different(stream, folder)
    title, edges = "From events to a graph of tokens and latents", len(sort(stream))
    setting = f"{count:,} events, {VOCABULARY:,} tokens, {WIDTH:,} latents, {edges:,} edges"
    core = {name: seconds[warmup:] for name, seconds in core.items()}
    table, beside = (
        Table(f"{title}, {time_of}", setting, "events", OURS, rows(contestants, seconds, OURS))
        for time_of, seconds in (("seconds of a core", core), ("wall time", wall))
    )
    for name, rate in ((OURS, EXIST), (COUNTED, COUNT)):
        claim = f"{name}: at least {rate / 1e6:.0f} million events a second of a core, in millions"
        table.bars.append(at_least(claim, table.row(name).rate / 1e6, rate / 1e6))
    table.bars.append(at_least(f"{SPARSE} takes at least as long", table.row(SPARSE).pairs.median, 1))
    table.bars.append(at_most("graphs that differ from numpy.unique, at most 0", away, 0))
    return [table, beside]


def clocks(core: dict[str, list[float]]) -> Callable[[Contestant], float]:
    """Wall time of one call; puts the processor time of each into `core`."""

    def measure(contestant: Contestant) -> float:
        began, own = time.perf_counter(), time.process_time()
        contestant.run()
        core.setdefault(contestant.name, []).append(time.process_time() - own)
        return time.perf_counter() - began

    return measure


def made(events: int, seed: int) -> Stream:
    """About so many events of tokens as frequent as words are, and of latents whose densities are log-normal."""
    rng = np.random.default_rng(seed)
    shares = 1 / np.arange(1, VOCABULARY + 1)
    occurrences = max(1, events // ACTIVE)
    tokens = rng.permutation(VOCABULARY)[rng.choice(VOCABULARY, occurrences, p=shares / shares.sum())]
    densities = np.cumsum(rng.lognormal(0, 2, WIDTH))
    latents = np.searchsorted(densities, rng.random(occurrences * ACTIVE) * densities[-1])
    cells = np.repeat(np.arange(occurrences), ACTIVE) * WIDTH + np.minimum(latents, WIDTH - 1)
    cells.sort()
    cells = cells[np.append(True, cells[1:] != cells[:-1])]  # a latent fires once at an occurrence
    positions = cells // WIDTH
    return Stream(tokens[positions].astype(np.int32), (cells % WIDTH).astype(np.int32), positions)


def ours(stream: Stream, counts: bool = False, first: bool = False, **settings: Any) -> TokenGraph:
    """The builder, a batch at a time."""
    builder = GraphBuilder(VOCABULARY, WIDTH, counts=counts, first=first, **settings)
    for begin in range(0, len(stream.tokens), GIVEN):
        tokens, latents, positions = stream.part(begin, begin + GIVEN)
        builder.add(tokens, latents, positions if first else None)
    return builder.graph()


def cells(stream: Stream) -> Int64[np.ndarray, " event"]:
    """Tokens and latents as one number."""
    found: Int64[np.ndarray, " event"] = stream.tokens.astype(np.int64) * WIDTH + stream.latents
    return found


def sort(stream: Stream) -> Int64[np.ndarray, " edge"]:
    """All of it at once: 8 bytes an event, and as much again."""
    found = np.sort(cells(stream))
    edges: Int64[np.ndarray, " edge"] = found[np.append(True, found[1:] != found[:-1])]
    return edges


def unique(stream: Stream) -> Int64[np.ndarray, " edge"]:
    """The vectorised way of numpy."""
    return np.unique(cells(stream))


def hashed(stream: Stream) -> Any:
    """The way of pandas, in the order of appearance."""
    import pandas  # type: ignore[import-untyped]

    return pandas.unique(cells(stream))


def sparse(stream: Stream) -> Any:
    """A sparse matrix that adds up what is given twice."""
    from scipy.sparse import coo_array

    ones = np.ones(len(stream.tokens), np.int32)
    return coo_array((ones, (stream.tokens, stream.latents)), shape=(VOCABULARY, WIDTH)).tocsr()


def loop(stream: Stream) -> set[int]:
    """An event at a time."""
    found = set()
    for token, latent in zip(stream.tokens.tolist(), stream.latents.tolist(), strict=True):
        found.add(token * WIDTH + latent)
    return found


def different(stream: Stream, folder: str) -> int:
    """How many of our graphs are not those of `numpy.unique`."""
    edges, begins, counts = np.unique(cells(stream), return_index=True, return_counts=True)
    graphs = [
        ours(stream), ours(stream, counts=True, first=True), ours(stream, memory=LITTLE, folder=folder),
        ours(stream, counts=True, first=True, memory=LITTLE, folder=folder),
    ]  # fmt: skip
    return sum(not _same(graph, edges, counts, stream.positions[begins]) for graph in graphs)


def _same(
    graph: TokenGraph,
    edges: Int64[np.ndarray, " edge"],
    counts: Int64[np.ndarray, " edge"],
    first: Int64[np.ndarray, " edge"],
) -> bool:
    pairs = graph.edge_tokens.astype(np.int64) * WIDTH + graph.latents
    return (
        np.array_equal(pairs, edges)
        and (graph.counts is None or np.array_equal(graph.counts, counts))
        and (graph.first is None or np.array_equal(graph.first, first))
    )
