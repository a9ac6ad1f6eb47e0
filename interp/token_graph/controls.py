"""Sets of tokens to hold against a set of tokens: random ones, as frequent ones, and ones that cover as much text."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int64, Integer

from interp.errors import ShapeError


class Matched(NamedTuple):
    """Tokens and partners that occur about as often."""

    tokens: Int64[np.ndarray, " pair"]
    """Those that have a partner, most frequent first."""
    partners: Int64[np.ndarray, " pair"]
    """Their partners, each of one token only."""
    alone: Int64[np.ndarray, " alone"]
    """Those for which no partner was left. No token outside occurs as often as the most frequent ones: they have
    to be left out of a comparison, or be compared at equal occurrences (`rarefied`, `equal_mass`)."""


def random_tokens(
    token_counts: Integer[np.ndarray, " token"],
    size: int,
    generator: np.random.Generator,
    among: Bool[np.ndarray, " token"] | None = None,
) -> Int64[np.ndarray, " size"]:
    """`size` random tokens that occur and that `among` allows, in random order. Raises `ShapeError` for too few."""
    pool = _pool(token_counts, among)
    if not 1 <= size <= len(pool):
        raise ShapeError(f"of {len(pool)} tokens that occur and may be drawn, {size} cannot be")
    return generator.choice(pool, size, replace=False)


def matched_tokens(
    token_counts: Integer[np.ndarray, " token"],
    chosen: Integer[np.ndarray, " chosen"],
    generator: np.random.Generator,
    among: Bool[np.ndarray, " token"] | None = None,
    factor: float = 1.25,
) -> Matched:
    """For each of the `chosen` tokens a random other one that occurs as often, up to a `factor` more or less.

    Partners are not chosen themselves and are drawn for the most frequent token first, which has the fewest to choose
    from. Raises `ShapeError` for a factor below 1, and for chosen tokens that do not exist or do not occur.
    """
    if factor < 1:
        raise ShapeError(f"partners occur up to a factor of 1 or more as often, not {factor}")
    if not len(chosen) or chosen.min() < 0 or chosen.max() >= len(token_counts) or not token_counts[chosen].all():
        raise ShapeError("need one token or more to match, all of which occur in the text")
    free = np.zeros(len(token_counts), np.bool_)
    free[_pool(token_counts, among)] = True
    free[chosen] = False
    tokens = chosen[np.argsort(-token_counts[chosen], kind="stable")].astype(np.int64)
    partners = np.full(len(tokens), -1)
    for place, count in enumerate(token_counts[tokens].tolist()):
        near = np.flatnonzero(free & (token_counts >= count / factor) & (token_counts <= count * factor))
        if len(near):
            partners[place] = generator.choice(near)
            free[partners[place]] = False
    found = partners >= 0
    return Matched(tokens[found], partners[found], tokens[~found])


def equal_mass(
    token_counts: Integer[np.ndarray, " token"],
    mass: int,
    generator: np.random.Generator,
    among: Bool[np.ndarray, " token"] | None = None,
) -> Int64[np.ndarray, " size"]:
    """Random tokens, as many as together come nearest to `mass` occurrences: as much text, of other tokens.

    Raises `ShapeError` when all that may be drawn have fewer.
    """
    pool = generator.permutation(_pool(token_counts, among))
    together = np.cumsum(token_counts[pool], dtype=np.int64)
    if mass < 1 or not len(pool) or together[-1] < mass:
        have = int(together[-1]) if len(pool) else 0
        raise ShapeError(f"the tokens that may be drawn have {have} occurrences together, which cannot make {mass}")
    return pool[: int(np.abs(together - mass).argmin()) + 1]


def _pool(
    token_counts: Integer[np.ndarray, " token"], among: Bool[np.ndarray, " token"] | None
) -> Int64[np.ndarray, " pool"]:
    if among is not None and among.shape != token_counts.shape:
        raise ShapeError(f"`among` must be one truth value a token: {len(among)} for {len(token_counts)}")
    return np.flatnonzero((token_counts > 0) & (True if among is None else among))


__all__ = ["Matched", "equal_mass", "matched_tokens", "random_tokens"]
