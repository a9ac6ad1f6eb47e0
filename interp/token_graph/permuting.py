"""Tokens dealt out anew over rows: over all of them, or within documents or bands of positions."""

import numpy as np
from jaxtyping import Int64, Integer

from interp.errors import ShapeError


def permuted(
    tokens: Integer[np.ndarray, " row"],
    generator: np.random.Generator,
    within: Integer[np.ndarray, " row"] | None = None,
) -> Integer[np.ndarray, " row"]:
    """The tokens in random rows; with `within`, each in one of the rows that have the same number there as its own.

    `within` is `occurrences.documents`, or `bands(occurrences.positions)`. Raises `ShapeError` for another number of
    rows.
    """
    if within is None:
        return generator.permutation(tokens)
    if within.shape != tokens.shape:
        raise ShapeError(f"`within` must be one whole number a row: {len(within)} for {len(tokens)} rows")
    drawn = generator.permutation(len(tokens))
    found = np.empty_like(tokens)
    # Stable, so that within each number the rows come in the order in which they were drawn.
    found[within.argsort(kind="stable")] = tokens[drawn[within[drawn].argsort(kind="stable")]]
    return found


def bands(
    positions: Integer[np.ndarray, " row"], edges: Integer[np.ndarray, " edge"] | None = None
) -> Int64[np.ndarray, " row"]:
    """The band of each position: how many of the ascending `edges` are at or below it.

    Default edges: 1, 2, 4, 8 ..., so that a band holds positions that differ by less than a factor of 2. Raises
    `ShapeError` for positions below 0 and edges that do not ascend.
    """
    if len(positions) and positions.min() < 0:
        raise ShapeError(f"positions are 0 or more, not {positions.min()}")
    given = 2 ** np.arange(63) if edges is None else edges
    if (np.diff(given) <= 0).any():
        raise ShapeError(f"the edges of bands must ascend, not {given}")
    return np.searchsorted(given, positions, side="right").astype(np.int64)


__all__ = ["bands", "permuted"]
