"""How far answers and streams are apart at two positions with the same board, beside one disc and beside any board."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from experiments.othello.edits.settings import Settings
from experiments.othello.edits.transpositions.pairs import (
    KINDS,
    SAME,
    STRANGERS,
    Found,
    ending,
    find_pairs,
    misplaced,
    swapped,
)
from experiments.othello.edits.transpositions.reading import (
    Read,
    cosine,
    disagree,
    distance,
    read,
    total_variation,
)
from experiments.othello.games import stream
from experiments.othello.rules import Rules
from experiments.othello.sample import legal_tokens
from interp.models.model import Model
from interp.stats import Interval, bootstrap

MOST = 1200
"""Pairs of each kind."""
GROUPS = {"discs put by another player": swapped, "plies with another move": misplaced, "last moves shared": ending}
"""In what two paths to one board differ, from little to much or the other way round."""
LARGEST = 4
"""Groups are 0 to 3, and 4 and more."""
OTHER_LAST = "same board, other last move"
"""The pairs with the same board that do not end in the same move."""


def measure(model: Model, random: Model, rules: Rules, settings: Settings, seed: int) -> dict[str, Any]:
    """Total variation, disagreement of the most likely moves, probability on illegal moves, and distances by depth.

    For the trained model, random weights, and the rules (every legal move alike). Intervals resample pairs, of which
    no game has two; the kinds of pairs have the same numbers of moves.
    """
    found = find_pairs(rules, settings, seed, MOST)
    rng = stream(seed, "edit transpositions: intervals", 0)
    length = torch.from_numpy(found.pairs[SAME].length)
    legal = {kind: _legal(found, kind) for kind in KINDS}
    by_rules = {kind: mask.double() / mask.sum(-1, keepdim=True) for kind, mask in legal.items()}
    models = {
        name: {kind: read(one, found.tokens(kind), length, settings.batch) for kind in KINDS}
        for name, one in (("trained", model), ("random", random))
    }
    chances = {name: {kind: one.chances for kind, one in reads.items()} for name, reads in models.items()}
    lengths, counts = np.unique(found.pairs[SAME].length, return_counts=True)
    return {
        "count": len(length),
        "history": float(length.double().mean()),
        "lengths": lengths.tolist(),
        "counts": counts.tolist(),
        "answers": {name: _answers(by_kind, legal, rng) for name, by_kind in (chances | {"rules": by_rules}).items()},
        "by_length": {
            name: {kind: _by_length(total_variation(one), length, rng) for kind, one in by_kind.items()}
            for name, by_kind in (chances | {"rules": by_rules}).items()
        },
        "ties": _mean(1 - 1 / legal[SAME][0].sum(-1).double(), rng),
        "paths": _paths(found, chances["trained"][SAME], rng),
        "streams": {name: _streams(reads, length, found, rng) for name, reads in models.items()},
    }


def _legal(found: Found, kind: str) -> Tensor:
    """Which tokens may follow both positions of every pair: [two, pair, token]."""
    pairs = found.pairs[kind]
    boards = found.trace.legal[np.stack([pairs.first, pairs.second]), pairs.length - 1]
    return legal_tokens(found.rules, boards)


def _answers(
    chances: Mapping[str, Float[Tensor, "two pair token"]], legal: Mapping[str, Tensor], rng: np.random.Generator
) -> dict[str, Any]:
    """The three numbers of every kind of pairs; illegal moves are counted at the first and the second alike."""
    return {
        kind: {
            "tv": _mean(total_variation(one), rng),
            "disagree": _mean(disagree(one), rng),
            "illegal": _mean((one * ~legal[kind]).sum(-1).mean(0), rng),
        }
        for kind, one in chances.items()
    }


def _by_length(values: Float[Tensor, " pair"], length: Tensor, rng: np.random.Generator) -> list[Interval]:
    return [_mean(values[length == one], rng) for one in sorted(set(length.tolist()))]


def _paths(found: Found, chances: Float[Tensor, "two pair token"], rng: np.random.Generator) -> dict[str, Any]:
    """By how much the paths differ."""
    apart, other = total_variation(chances), disagree(chances)
    groups: dict[str, Any] = {}
    for name, count in GROUPS.items():
        size = torch.from_numpy(np.minimum(count(found), LARGEST))
        groups[name] = {
            f"{one}{' and more' if one == LARGEST else ''}": {
                "count": int((size == one).sum()),
                "tv": _mean(apart[size == one], rng),
                "disagree": _mean(other[size == one], rng),
            }
            for one in sorted(set(size.tolist()))
        }
    return groups


def _streams(reads: Mapping[str, Read], length: Tensor, found: Found, rng: np.random.Generator) -> dict[str, Any]:
    """By depth: distances as shares of that of any two boards, and cosines about the mean of a ply.

    At depth 0 the stream holds the last move and the ply alone: pairs that end in the same move are equal there, and
    are left out of one line (which is empty where all end so).
    """
    apart = {kind: distance(one.streams).double().numpy() for kind, one in reads.items()}
    other = apart.pop(STRANGERS)
    means = _means(torch.cat([one.streams for one in reads.values()], 1), length)
    alike = {kind: cosine(one.streams, means) for kind, one in reads.items()}
    differ = ending(found) == 0
    shares = {kind: [bootstrap(*rows, rng) for rows in zip(one, other, strict=True)] for kind, one in apart.items()}
    unlike = zip(apart[SAME][:, differ], other[:, differ], strict=True)
    return {
        "distance": shares | {OTHER_LAST: [bootstrap(*rows, rng) for rows in unlike] if differ.any() else []},
        "cosine": {kind: [_mean(row, rng) for row in rows] for kind, rows in alike.items()},
    }


def _means(streams: Float[Tensor, "depth many pair width"], length: Tensor) -> Float[Tensor, "depth pair width"]:
    """The mean of all positions after as many moves, for every pair."""
    means = torch.empty(streams.shape[0], *streams.shape[2:])
    for one in set(length.tolist()):
        means[:, length == one] = streams[:, :, length == one].mean((1, 2), keepdim=True)[:, 0]
    return means


def _mean(values: Tensor, rng: np.random.Generator) -> Interval:
    numbers = values.double().numpy()
    return bootstrap(numbers, np.ones(len(numbers)), rng)


__all__ = ["OTHER_LAST", "measure"]
