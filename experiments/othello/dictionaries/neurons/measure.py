"""Neurons by square, class and block; where on the board they look; and what the published normalisation changes."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64
from torch import Tensor

from experiments.othello.dictionaries.neurons.chance import exceedance, same_chance
from experiments.othello.dictionaries.neurons.hits import (
    disagreement,
    hits,
    middle,
    published_hits,
    rotated_counts,
    share,
    shuffled_share,
)
from experiments.othello.dictionaries.neurons.weights import input_weights
from experiments.othello.dictionaries.rivals.cosines import directions
from experiments.othello.dictionaries.rivals.field import CLASSES
from experiments.othello.dictionaries.subjects import Subjects
from experiments.othello.places import SECOND_RING, places
from probes import LogisticProbe

PUBLISHED, PUBLISHED_WIDTH = 0.2, 512
"""Threshold of Du et al., and the width of their model."""


class Tiles(NamedTuple):
    """The directions of one class."""

    rows: Float[Tensor, "known width"]
    """Of the squares that have one."""
    known: Bool[np.ndarray, " square"]
    """Which squares these are: the four in the middle are never empty."""


def measure(who: Subjects) -> dict[str, Any]:
    """For each block the neurons whose input weights point along a square's direction, by class and threshold.

    The probe is that of the residual stream after the block, the layer's own as in Du et al.; the MLP reads what lies
    before it, less its own part, so the totals with the probe before the block stand beside them. Thresholds are the
    published one and the one that random directions of this width exceed as often as those of 512 do the published.
    """
    thresholds = {"published": PUBLISHED, "same chance": same_chance(PUBLISHED, PUBLISHED_WIDTH, who.model.width)}
    return {
        "size": who.rules.size,
        "early": 0,
        "late": max(round(7 / 8 * who.model.depth), 1) - 1,
        "neurons": len(input_weights(who.model, 0)),
        "thresholds": thresholds,
        "exceedance": {name: exceedance(one, who.model.width) for name, one in thresholds.items()},
        "blocks": [_block(who, block, thresholds) for block in range(who.model.depth)],
        "normalisation": _normalisation(who),
    }


def tiles(probe: LogisticProbe, class_: int) -> Tiles:
    """The unit directions of a class against all classes, of the squares that have one."""
    found = directions(probe, class_)
    rows = torch.stack([one for one in found if one is not None])
    return Tiles(rows, np.array([one is not None for one in found]))


def _block(who: Subjects, block: int, thresholds: Mapping[str, float]) -> dict[str, Any]:
    weights, found = input_weights(who.model, block), {}
    for number, name in enumerate(CLASSES):
        tile, before = (tiles(who.probes[depth], number) for depth in (block + 1, block))
        rng = who.rng(f"neurons: {block} {name}")
        rotated = rotated_counts(weights, tile.rows, list(thresholds.values()), rng)
        found[name] = {
            label: {
                **_counts(hits(weights, tile.rows, threshold), tile.known, turned, who.rules.size, rng),
                "probe before": int(hits(weights, before.rows, threshold).sum()),
            }
            for (label, threshold), turned in zip(thresholds.items(), rotated, strict=True)
        }
    return found


def _counts(
    hit: Bool[np.ndarray, "neuron known"],
    known: Bool[np.ndarray, " square"],
    rotated: Float64[np.ndarray, "draw known"],
    size: int,
    rng: np.random.Generator,
) -> dict[str, Any]:
    parts = {name: mask[known] for name, mask in places(size).items() if name != SECOND_RING}
    return {
        "total": int(hit.sum()),
        "rotated": middle(rotated.sum(1)),
        "by square": _spread(hit.sum(0), known),
        "rotated by square": _spread(rotated.mean(0), known),
        "share": {name: share(hit, part, rng) for name, part in parts.items()},
        "shuffled": {name: shuffled_share(hit, part, rng) for name, part in parts.items()},
    }


def _spread(values: np.ndarray, known: Bool[np.ndarray, " square"]) -> Sequence[float | int | None]:
    """Values of the known squares at their places, None elsewhere."""
    left = iter(values.tolist())
    return [next(left) if here else None for here in known]


def _normalisation(who: Subjects) -> dict[str, Any]:
    """Counts at the published threshold of weights as stored, normalised as published and by neuron; and folded.

    Disagreements are over all blocks and classes: of the published normalisation with that by neuron, and for
    comparison of weights with the norm's gain folded in with those without. Intervals resample squares.
    """
    found: dict[str, list[Any]] = {"by neuron": [], "published": [], "folded": []}
    stacked: dict[str, list[np.ndarray]] = {name: [] for name in found}
    for block in range(who.model.depth):
        raw, folded = (input_weights(who.model, block, fold=fold) for fold in (False, True))
        sums = dict.fromkeys(found, 0)
        for number in range(len(CLASSES)):
            tile = tiles(who.probes[block + 1], number)
            for name, way, weights in (
                ("by neuron", hits, raw), ("published", published_hits, raw), ("folded", hits, folded),
            ):  # fmt: skip
                hit = way(weights, tile.rows, PUBLISHED)
                whole = np.zeros((len(hit), len(tile.known)), bool)
                whole[:, tile.known] = hit
                stacked[name].append(whole)
                sums[name] += int(hit.sum())
        for name, total in sums.items():
            found[name].append(total)
    every = {name: np.concatenate(each) for name, each in stacked.items()}
    rng = who.rng("neurons: normalisation")
    return {
        "totals": found,
        "published against by neuron": disagreement(every["published"], every["by neuron"], rng),
        "folded against by neuron": disagreement(every["folded"], every["by neuron"], rng),
    }


__all__ = ["PUBLISHED", "PUBLISHED_WIDTH", "Tiles", "measure", "tiles"]
