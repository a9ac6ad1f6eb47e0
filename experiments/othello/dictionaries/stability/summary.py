"""Pairs of all dictionaries in a few numbers."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from jaxtyping import Bool

from experiments.othello.dictionaries.kinds import FIRST, RANDOM, SECOND
from experiments.othello.dictionaries.stability.flags import NAMES
from experiments.othello.dictionaries.stability.pairs import STRATA, THRESHOLD, Pairs
from experiments.othello.places import RIM, places
from interp.stats import Interval, bootstrap

Table = dict[tuple[str, int], Pairs]
"""Pairs by set of dictionaries and depth."""

SEEDS = (FIRST, SECOND)
"""The sets that are pooled: two dictionaries of the same kind at every depth."""


def of(pairs: Pairs, definition: str, squares: int) -> Pairs:
    """The pairs of one definition; labels become squares."""
    here = pairs.label // squares == NAMES.index(definition)
    within = {name: values[here] for name, values in pairs.within.items()}
    return Pairs(pairs.latent[here], pairs.label[here] % squares, pairs.report[here], within)


def count(pairs: Pairs, width: int, rng: np.random.Generator) -> dict[str, Any]:
    """Of one dictionary and definition: pairs chosen, which is what Du et al. count, and those that are confirmed.

    `confirmed` has the interval of a bootstrap over latents. `squares` and `latents` are those with a confirmed pair.
    `within` counts, by stratum, confirmed pairs that stay above the threshold, and those for which that is defined.
    """
    good = pairs.confirmed
    return {
        "chosen": len(good),
        "confirmed": _number([(pairs.latent[good], width)], rng),
        "squares": len(np.unique(pairs.label[good])),
        "latents": len(np.unique(pairs.latent[good])),
        "within": {
            name: [int((pairs.within[name] > THRESHOLD).sum()), int(np.isfinite(pairs.within[name]).sum())]
            for name in STRATA
        },
    }


def maps(table: Table, squares: int) -> dict[str, list[list[float]]]:
    """By definition and depth: confirmed pairs of every square, the mean of both seeds."""
    depths = range(1 + max(depth for _, depth in table))

    def one(definition: str, depth: int) -> list[float]:
        found = [of(table[name, depth], definition, squares) for name in SEEDS]
        every = np.concatenate([pairs.label[pairs.confirmed] for pairs in found])
        return [pairs / len(SEEDS) for pairs in np.bincount(every, minlength=squares).tolist()]

    return {name: [one(name, depth) for depth in depths] for name in NAMES}


def pooled(table: Table, squares: int, widths: Mapping[str, int], rng: np.random.Generator) -> dict[str, Any]:
    """Both seeds and all depths after the first block together, by definition:

    - `peak`: pairs per dictionary at the depths of a quarter to a half of the blocks (2 to 4 of 8), elsewhere, and
      with random weights at those depths; `share` of all pairs that lie there, and whether the fullest depth does;
    - `auroc`: the mean AUROC of confirmed pairs;
    - `fallen`: by stratum, the share of confirmed pairs that do not stay above the threshold;
    - `covered`: the share of squares, interior and rim, with a confirmed pair, and with one that also stays above the
      threshold within plies (`within ply`).

    Intervals of `covered` are a bootstrap over squares, all others one over latents: the squares of one latent are
    not independent. None where there is no pair.
    """
    found: dict[str, Any] = {}
    for name in NAMES:
        views = {key: of(pairs, name, squares) for key, pairs in table.items()}
        seeds = {key: pairs for key, pairs in views.items() if key[0] in SEEDS and key[1] > 0}
        found[name] = {
            "peak": _peak(views, widths, rng),
            "auroc": _per_pair(seeds.values(), [p.report for p in seeds.values()], rng),
            "fallen": {one: _fallen(seeds.values(), one, rng) for one in STRATA},
            "covered": _covered(seeds.values(), squares, rng),
        }
    return found


def window(depth: int) -> list[int]:
    """The depths from a quarter to a half of the blocks: 2, 3 and 4 of the 8 of Du et al."""
    return [one for one in range(1, depth + 1) if depth <= 4 * one <= 2 * depth]


def _peak(views: Table, widths: Mapping[str, int], rng: np.random.Generator) -> dict[str, Any]:
    last = max(depth for _, depth in views)
    inside = window(last)
    outside = [depth for depth in range(1, last + 1) if depth not in inside]

    def number(names: Iterable[str], depths: Iterable[int]) -> Interval:
        pairs = [(views[name, depth], widths[name]) for name in names for depth in depths]
        return _number([(p.latent[p.confirmed], width) for p, width in pairs], rng)

    by_depth = [sum(int(views[name, depth].confirmed.sum()) for name in SEEDS) for depth in range(1, last + 1)]
    return {
        "depths": inside,
        "inside": number(SEEDS, inside),
        "outside": number(SEEDS, outside),
        "random": number([RANDOM], inside),
        "share": sum(by_depth[depth - 1] for depth in inside) / max(1, sum(by_depth)),
        "fullest": bool(sum(by_depth)) and 1 + int(np.argmax(by_depth)) in inside,
    }


def _number(found: Iterable[tuple[np.ndarray, int]], rng: np.random.Generator) -> Interval:
    """Pairs per dictionary, from the latents of the pairs and the width of each: a bootstrap over all latents."""
    every = [np.bincount(latents, minlength=width) for latents, width in found]
    mean = bootstrap(np.concatenate(every), np.ones(sum(map(len, every))), rng)
    width = float(np.mean([len(one) for one in every]))
    return Interval(mean.value * width, mean.low * width, mean.high * width, mean.n)


def _fallen(found: Iterable[Pairs], stratum: str, rng: np.random.Generator) -> Interval | None:
    """The share of confirmed pairs, of those defined, that are not above the threshold within strata."""
    kept = list(found)
    fallen = [np.where(np.isfinite(v := p.within[stratum]), v <= THRESHOLD, np.nan) for p in kept]
    return _per_pair(kept, fallen, rng)


def _per_pair(found: Iterable[Pairs], values: Iterable[np.ndarray], rng: np.random.Generator) -> Interval | None:
    """The mean over confirmed pairs of a number that each has (NaN: left out), from a bootstrap over latents."""
    tops: list[np.ndarray] = [np.zeros(0)]
    bottoms: list[np.ndarray] = [np.zeros(0)]
    for pairs, numbers in zip(found, values, strict=True):
        good = pairs.confirmed & np.isfinite(numbers)
        if good.any():
            place = np.unique(pairs.latent[good], return_inverse=True)[1]
            tops.append(np.bincount(place, numbers[good]))
            bottoms.append(np.bincount(place))
    top, bottom = np.concatenate(tops), np.concatenate(bottoms)
    return bootstrap(top, bottom, rng) if len(top) else None


def _covered(found: Iterable[Pairs], squares: int, rng: np.random.Generator) -> dict[str, dict[str, Interval]]:
    told, within = np.zeros(squares, dtype=bool), np.zeros(squares, dtype=bool)
    for pairs in found:
        told[pairs.label[pairs.confirmed]] = True
        within[pairs.label[pairs.within["ply"] > THRESHOLD]] = True
    rim = places(round(squares**0.5))[RIM]
    return {
        name: {part: _share(one[where], rng) for part, where in (("interior", ~rim), ("rim", rim))}
        for name, one in (("told", told), ("within ply", within))
    }


def _share(told: Bool[np.ndarray, " square"], rng: np.random.Generator) -> Interval:
    return bootstrap(told.astype(np.float64), np.ones(len(told)), rng)


__all__ = ["SEEDS", "Table", "count", "maps", "of", "pooled", "window"]
