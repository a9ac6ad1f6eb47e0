"""From AUROCs to counts on the board: which of the top triples reach a threshold, and which pairs any latent does."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float64, Int64
from torch import Tensor

from experiments.othello.boards import CLASSES
from experiments.othello.dictionaries.colour.areas import Areas
from experiments.othello.dictionaries.colour.tiles import Tiles
from experiments.othello.places import Mask

THRESHOLDS = ("0.7", "0.8", "0.9")
"""Du et al. write 0.7; the code that they publish asks for 0.9."""
SAME, OTHER = "same games", "other games"
"""Judged on the games that the triples were chosen on, as published, or on the other half."""


def counted_hits(areas: Areas, labels: Tiles, squares: int, centre: Mask) -> dict[str, Any]:
    """All counts of one dictionary, as JSON.

    - `best` and `least`: the highest and the lowest AUROC among the top triples, on the games they were chosen on;
    - `top`: how many of the top triples lie on each square, whatever their AUROC;
    - `hits`: of those that reach a threshold, by threshold and games;
    - `classes`: the same without the square, for empty, mine and theirs, on the other games;
    - `found`: pairs (square, class) for which the best latent reaches a threshold, by threshold and games, and those
      of them in the `centre` (on the other games).
    """
    latent, label = areas.top
    on_same = areas.select[latent, label]
    return {
        "best": float(on_same.max()),
        "least": float(on_same.min()),
        "top": per_square(labels.square[label], squares).tolist(),
        "hits": {
            t: {games: hits(areas, labels, squares, float(t), other=games == OTHER).tolist() for games in (SAME, OTHER)}
            for t in THRESHOLDS
        },
        "classes": {t: _classes(areas, labels, float(t)) for t in THRESHOLDS},
        "found": {t: _found(areas, labels, squares, float(t), centre) for t in THRESHOLDS},
    }


def hits(
    areas: Areas, labels: Tiles, squares: int, threshold: float, *, other: bool = True
) -> Int64[np.ndarray, " square"]:
    """How many of the top triples lie on each square and reach the threshold on the other games (or on the same)."""
    label, reached = _reached(areas, threshold, other=other)
    return per_square(labels.square[label[reached]], squares)


def found(
    areas: Areas, labels: Tiles, squares: int, threshold: float, *, other: bool = True
) -> Int64[np.ndarray, " square"]:
    """How many classes of each square have a latent that reaches the threshold: the count of Huben, 0 to 3 a square.

    The latent of a pair is the best one of the selecting half; it must reach the threshold on the other games (or on
    the same, which is to ask whether any latent does).
    """
    values = best_values(areas, other=other)
    return per_square(labels.square[values >= threshold], squares)


def best_values(areas: Areas, *, other: bool = True) -> Float64[Tensor, " label"]:
    """The AUROC of the best latent of each label."""
    values: Tensor = (areas.report if other else areas.select).gather(0, areas.best[None])[0]
    return values


def per_square(square: Int64[Tensor, " hit"], squares: int) -> Int64[np.ndarray, " square"]:
    """How often each square comes."""
    counts: Int64[np.ndarray, " square"] = torch.bincount(square, minlength=squares).numpy()
    return counts


def _reached(
    areas: Areas, threshold: float, *, other: bool
) -> tuple[Int64[Tensor, " triple"], Bool[Tensor, " triple"]]:
    latent, label = areas.top
    values = (areas.report if other else areas.select)[latent, label]
    return label, values >= threshold


def _classes(areas: Areas, labels: Tiles, threshold: float) -> list[int]:
    label, reached = _reached(areas, threshold, other=True)
    counts: list[int] = torch.bincount(labels.owner[label[reached]], minlength=CLASSES).tolist()
    return counts


def _found(areas: Areas, labels: Tiles, squares: int, threshold: float, centre: Mask) -> dict[str, int]:
    same, other = (found(areas, labels, squares, threshold, other=other) for other in (False, True))
    return {SAME: int(same.sum()), OTHER: int(other.sum()), "centre": int(other[centre].sum())}


__all__ = ["OTHER", "SAME", "THRESHOLDS", "best_values", "counted_hits", "found", "hits", "per_square"]
