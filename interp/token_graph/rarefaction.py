"""How many different latents m random occurrences of a token reach, m being the same for all tokens.

A token that occurs a thousand times as often meets a thousand times as many contexts. Only at equal occurrences can a
token be said to reach more latents than another.
"""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, Float64, Int64, Integer

from interp.errors import ShapeError
from interp.stats import Interval, bootstrap
from interp.token_graph.chances import log_missed
from interp.token_graph.graph import TokenGraph

_TOGETHER = 2**22
"""Chances that are computed at a time."""


def rarefied(
    graph: TokenGraph,
    sizes: Integer[np.ndarray, " size"],
    occurrences: Integer[np.ndarray, " token"] | None = None,
) -> Float64[np.ndarray, "token size"]:
    """How many latents are expected at `sizes` random occurrences of each token; NaN where it has fewer.

    The sum over latents of 1 - C(n - n_f, m) / C(n, m), of n occurrences of the token of which n_f have the latent
    active: the mean over all draws of m without replacement. `occurrences` are those of each token in the text of the
    graph, also where no latent is active; the graph's own, if it counted them. Any m occurrences, of whatever token,
    reach `independence.reached(...)`. Raises `ShapeError` for a graph without counts, no occurrences or those of
    another text, and sizes below 1.
    """
    if not len(sizes) or sizes.min() < 1:
        raise ShapeError(f"sizes are numbers of occurrences, 1 or more, not {sizes}")
    given = graph.occurrences if occurrences is None else occurrences
    if graph.counts is None or given is None:
        raise ShapeError("the graph must have counts, and occurrences of its tokens: build it with both")
    if len(given) != graph.tokens:
        raise ShapeError(f"need the occurrences of each of {graph.tokens} tokens, not of {len(given)}")
    tokens, active, times = _kinds(graph.starts, graph.counts)
    total = given[tokens].astype(np.int64)
    if (active > total).any():
        place = int((active > total).argmax())
        raise ShapeError(
            f"a latent is active at {active[place]} occurrences of token {tokens[place]}, which has {total[place]}: "
            "the occurrences are of another text"
        )
    found = np.full((len(given), len(sizes)), np.nan)
    for column, size in enumerate(sizes.tolist()):
        found[given >= size, column] = 0
        kept = np.flatnonzero(total >= size)
        for begin in range(0, len(kept), _TOGETHER):
            part = kept[begin : begin + _TOGETHER]
            reached = -np.expm1(log_missed(total[part], active[part], size)) * times[part]
            found[:, column] += np.bincount(tokens[part], weights=reached, minlength=len(found))
    return found


def by_class(
    values: Float64[np.ndarray, "token size"],
    classes: Mapping[str, Bool[np.ndarray, " token"]],
    generator: np.random.Generator,
    level: float = 0.95,
    draws: int = 1000,
) -> dict[str, list[Interval]]:
    """The mean over the tokens of each class at each size, with the bootstrap interval over tokens.

    Only tokens with occurrences enough for the largest size count, so that one curve is of the same tokens throughout.
    Raises `ShapeError` for a class without such a token.
    """
    found = {}
    for name, mask in classes.items():
        rows = _complete(values, mask, name)
        ones = np.ones(len(rows))
        found[name] = [bootstrap(column, ones, generator, level, draws) for column in rows.T]
    return found


def difference(
    values: Float64[np.ndarray, "token size"],
    first: Bool[np.ndarray, " token"],
    second: Bool[np.ndarray, " token"],
    generator: np.random.Generator,
    level: float = 0.95,
    draws: int = 1000,
) -> list[Interval]:
    """The mean of the `first` tokens less that of the `second` at each size, with the bootstrap interval over tokens.

    Tokens count as in `by_class`; n is the number of tokens on the smaller side. Raises `ShapeError` as it does.
    """
    if not 0 < level < 1 or draws < 1:
        raise ShapeError(f"level must lie between 0 and 1 and draws be at least 1, not {level} and {draws}")
    sides = [_complete(values, mask, name) for mask, name in ((first, "first"), (second, "second"))]
    means = [side.mean(0) for side in sides]
    drawn = [generator.multinomial(len(side), np.full(len(side), 1 / len(side)), draws) @ side for side in sides]
    gaps = drawn[0] / len(sides[0]) - drawn[1] / len(sides[1])
    low, high = np.quantile(gaps, [(1 - level) / 2, (1 + level) / 2], axis=0)
    n = min(len(side) for side in sides)
    ends = zip((means[0] - means[1]).tolist(), low.tolist(), high.tolist(), strict=True)
    return [Interval(value, under, over, n) for value, under, over in ends]


def _complete(
    values: Float64[np.ndarray, "token size"], mask: Bool[np.ndarray, " token"], name: str
) -> Float64[np.ndarray, "kept size"]:
    """The rows of the tokens of a class that have occurrences enough for every size."""
    if mask.shape != values.shape[:1]:
        raise ShapeError(f"the class {name!r} must have one truth value a token: {len(mask)} for {len(values)}")
    rows: Float64[np.ndarray, "kept size"] = values[mask & ~np.isnan(values).any(1)]
    if not len(rows):
        raise ShapeError(f"no token of the class {name!r} has occurrences enough: ask for smaller sizes")
    return rows


def _kinds(
    starts: Int64[np.ndarray, " end"], counts: Int64[np.ndarray, " edge"]
) -> tuple[Int64[np.ndarray, " kind"], Int64[np.ndarray, " kind"], Int64[np.ndarray, " kind"]]:
    """Token, count and number of the edges of one token with one count: most are active once, so they are few."""
    tokens = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    base = int(counts.max(initial=0)) + 1
    edges = np.sort(tokens * base + counts)
    first = np.flatnonzero(np.append(True, edges[1:] != edges[:-1])) if len(edges) else np.zeros(0, np.int64)
    kind_tokens, kind_counts = np.divmod(edges[first], base)
    return kind_tokens, kind_counts, np.diff(np.append(first, len(edges)))


__all__ = ["by_class", "difference", "rarefied"]
