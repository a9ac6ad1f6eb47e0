"""What tells stability without any dictionary: the number of the move, the square's own disc, a disc in a corner."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float64, Int
from torch import Tensor

from experiments.othello.dictionaries.stability.flags import NAMES, Flags
from experiments.othello.places import RIM, places
from interp.matching.ranking import areas
from interp.stats import Interval

DRAWS = 300
"""Resamplings of the games."""


def alone(select: Flags, report: Flags, rng: np.random.Generator) -> dict[str, Any]:
    """The AUROC of each for every square's flag, a list of squares by definition; None where a flag has one class.

    `corner` is the other corner that was best on the half for choosing. `rim` is the mean of `ply` over the squares of
    the rim by the published rule, with the interval of a bootstrap over games.
    """
    squares = report.squares
    own = torch.arange(squares).repeat(len(NAMES))
    found = {
        "ply": areas(report.ply[:, None].double(), report.labels)[0],
        "own disc": areas(report.occupied.double(), report.labels)[own, torch.arange(len(own))],
        "corner": _best_corner(select, report),
    }
    rim = torch.from_numpy(places(round(squares**0.5))[RIM])
    published = report.labels[:, report.columns("published")][:, rim]
    return {
        **{name: {d: numbers(values[report.columns(d)]) for d in NAMES} for name, values in found.items()},
        "rim": mean_of_ply(published, report.ply, report.game, rng),
    }


def _best_corner(select: Flags, report: Flags) -> Float64[Tensor, " label"]:
    """Of each label the corner chosen on one half, judged on the other; a corner does not stand for itself."""
    squares = report.squares
    size = round(squares**0.5)
    corners = torch.tensor([0, size - 1, squares - size, squares - 1])
    ranked = areas(select.occupied[:, corners].double(), select.labels).nan_to_num(-1.0)
    label = torch.arange(ranked.shape[1])
    ranked[corners[:, None] == label % squares] = -1.0
    return areas(report.occupied[:, corners].double(), report.labels)[ranked.argmax(0), label]


def mean_of_ply(
    labels: Bool[Tensor, "row square"], ply: Int[Tensor, " row"], game: Int[Tensor, " row"], rng: np.random.Generator
) -> Interval:
    """The mean over squares of the AUROC of the ply alone, with the middle 95 % of resamplings of whole games.

    From counts: how many rows of each game and ply there are, and in how many of them each square has its flag.
    Squares whose flag has one class are left out; 0.5 without any other.
    """
    games, number = torch.unique(game, return_inverse=True)
    plies, squares = int(ply.max()) + 1, labels.shape[1]
    cell = number * plies + ply
    rows = torch.zeros(len(games) * plies, dtype=torch.float64).index_add(0, cell, torch.ones(len(ply)).double())
    flagged = torch.zeros(len(rows), squares, dtype=torch.float64).index_add(0, cell, labels.double())
    by_game = rows.reshape(len(games), plies), flagged.reshape(len(games), plies * squares)
    drawn = rng.multinomial(len(games), np.full(len(games), 1 / len(games)), size=DRAWS)
    weights = torch.cat([torch.ones(1, len(games)).double(), torch.from_numpy(drawn).double()])
    total, with_flag = (weights @ counts for counts in by_game)
    means = _mean_area(total[..., None], with_flag.reshape(len(weights), plies, squares)).numpy()
    low, high = np.quantile(means[1:], [0.025, 0.975])
    value = float(means[0])
    return Interval(value, min(float(low), value), max(float(high), value), len(games))


def _mean_area(
    total: Float64[Tensor, "draw ply 1"], with_flag: Float64[Tensor, "draw ply square"]
) -> Float64[Tensor, " draw"]:
    """The mean over squares of the AUROC of the ply, from counts by ply."""
    without = total - with_flag
    won = (with_flag * (without.cumsum(1) - without / 2)).sum(1)
    area = won / (with_flag.sum(1) * without.sum(1))
    return area.nanmean(1).nan_to_num(0.5)


def numbers(values: Tensor) -> list[float | None]:
    """Numbers for JSON, None in place of NaN."""
    return [None if value != value else round(value, 5) for value in values.tolist()]


__all__ = ["alone", "mean_of_ply", "numbers"]
