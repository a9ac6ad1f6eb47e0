"""The numbers that the claims about maps are judged by, from counts of hits alone.

All are hits of the dictionaries of the trained model, both seeds, on other games than they were chosen on, with an
AUROC of 0.9. Depths are relative: layer k of eight in Du et al. stands at k/8 of the blocks here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Integer

from experiments.othello.dictionaries.colour.areas import TOP
from experiments.othello.dictionaries.colour.depths import at, between
from experiments.othello.dictionaries.colour.hits import OTHER, SAME, THRESHOLDS
from experiments.othello.dictionaries.colour.shares import scattered, share
from experiments.othello.dictionaries.kinds import FIRST, PUBLISHED, RANDOM, SECOND
from experiments.othello.places import CENTRE, RIM, RING, Mask
from interp.stats import Interval, bootstrap

STRICT = "0.9"
"""The threshold of the published code."""

Sets = Mapping[str, Sequence[Mapping[str, Any]]]
"""By set and depth, what `counted_hits` gives."""

Maps = Integer[np.ndarray, "dictionary depth square"]
Control = Integer[np.ndarray, "control depth square"]


def claims(sets: Sets, parts: Mapping[str, Mask], rng: np.random.Generator) -> dict[str, Any]:
    """Value, control and further numbers of each claim, as JSON."""
    depth = len(sets[FIRST]) - 1
    trained, random = strict_maps(sets, [FIRST, SECOND]), strict_maps(sets, [RANDOM])
    leading = np.array([[one["top"] for one in sets[RANDOM]]])
    return {
        "early": place(trained, leading, between(1, 2, depth), parts[RIM], rng),
        "late": place(trained, leading, between(5, 7, depth), parts[RING], rng),
        "centre": centre(trained, parts[CENTRE], rng),
        "middle": middle(trained, random, rng),
        "thresholds": thresholds(sets, rng),
    }


def place(trained: Maps, leading: Control, depths: range, part: Mask, rng: np.random.Generator) -> dict[str, Any]:
    """The share of hits in a part of the board at some depths; of random weights, where hits are few, all top triples.

    Both intervals resample squares. `uniform` is the part's share of squares, `uniform_high` what the same hits reach
    with the squares in random order (97.5 %); `hits` is the number for each dictionary.
    """
    counts = trained[:, depths.start : depths.stop].sum((0, 1))
    uniform = scattered(counts, part, rng)
    return {
        "value": share(counts, part, rng),
        "control": share(leading[:, depths.start : depths.stop].sum((0, 1)), part, rng),
        "extra": {
            "hits": _each(counts, trained.shape[0] * len(depths)),
            "uniform": float(part.mean()),
            "uniform_high": uniform.high,
        },
    }


def centre(trained: Maps, part: Mask, rng: np.random.Generator) -> dict[str, Any]:
    """The share of hits in the centre, from the first block on, beside the same hits on squares in random order."""
    counts = trained[:, 1:].sum((0, 1))
    return {
        "value": share(counts, part, rng),
        "control": scattered(counts, part, rng),
        "extra": {"hits": _each(counts, trained.shape[0] * (trained.shape[1] - 1))},
    }


def middle(trained: Maps, random: Control, rng: np.random.Generator) -> dict[str, Any]:
    """Hits of a dictionary in the middle (layers 2 to 4) less those at the ends (layers 1 and 7); resampling squares.

    `peak_depth` is the depth from the first block on with most hits, of equals the first; `peak`, `first` and `last`
    are hits of a dictionary there and at the ends; `from` and `to` are the depths of layers 2 and 5.
    """
    depth = trained.shape[1] - 1
    by_depth = trained.mean(0).sum(1)
    peak = int(by_depth[1:].argmax()) + 1
    return {
        "value": _excess(trained, rng),
        "control": _excess(random, rng),
        "extra": {
            "peak_depth": float(peak), "peak": float(by_depth[peak]),
            "first": float(by_depth[at(1, depth)]), "last": float(by_depth[at(7, depth)]),
            "from": float(at(2, depth)), "to": float(at(5, depth)),
        },
    }  # fmt: skip


def thresholds(sets: Sets, rng: np.random.Generator) -> dict[str, Any]:
    """The share of the top triples that reach 0.7 and, as control, 0.9, on the games that they were chosen on.

    That is the published procedure. The intervals resample dictionaries, of both seeds and all depths but 0.
    """

    def reached(names: Sequence[str], threshold: str) -> Interval:
        dictionaries = [one for name in names for one in sets[name][1:]]
        counts = np.array([sum(one["hits"][threshold][SAME]) for one in dictionaries])
        return bootstrap(counts, np.full(len(counts), TOP), rng)

    low, high = THRESHOLDS[0], THRESHOLDS[-1]
    others = {"random": RANDOM, "published_kind": PUBLISHED}
    return {
        "value": reached([FIRST, SECOND], low),
        "control": reached([FIRST, SECOND], high),
        "extra": {f"{key}_{t}": reached([name], t).value for key, name in others.items() for t in (low, high)},
    }


def strict_maps(sets: Sets, names: Sequence[str]) -> Maps:
    """Hits on other games at the strict threshold, by dictionary, depth and square."""
    return np.array([[one["hits"][STRICT][OTHER] for one in sets[name]] for name in names])


def _excess(maps: Maps, rng: np.random.Generator) -> Interval:
    depth = maps.shape[1] - 1
    inside = between(2, 4, depth)
    at_the_ends = maps[:, [at(1, depth), at(7, depth)]].mean((0, 1))
    more = maps[:, inside.start : inside.stop].mean((0, 1)) - at_the_ends
    return bootstrap(more * len(more), np.ones(len(more)), rng)


def _each(counts: Integer[np.ndarray, " square"], dictionaries: int) -> float:
    return float(counts.sum() / dictionaries)


__all__ = ["STRICT", "centre", "claims", "middle", "place", "strict_maps", "thresholds"]
