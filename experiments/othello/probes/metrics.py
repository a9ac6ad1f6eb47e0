"""From right and wrong answers of probes to the numbers of the report and the ledger."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Bool, Int

from experiments.othello.boards import READINGS
from interp.stats import Interval, bootstrap

DU_PLIES = slice(4, 56)
"""The plies, counted from 0, that Du et al. 2025 probe (arXiv 2501.07108)."""

MINE, COLOUR, MINE_BEFORE = 0, 1, 2
"""Places in `READINGS`."""


@dataclass(frozen=True, eq=False)
class Results:
    """Which labels were predicted right."""

    trained: Bool[np.ndarray, "depth game ply reading square"]
    """By the probes of the model."""
    random: Bool[np.ndarray, "depth game ply reading square"]
    """By the probes of its random-weight control."""
    floor: Bool[np.ndarray, "game ply reading square"]
    """By the majority of each square and ply."""
    labels: Int[np.ndarray, "game ply reading square"]
    """The labels; -1 after the end of a game."""


class Rates:
    """Shares of labels with an interval from resampling whole games."""

    def __init__(self, played: Bool[np.ndarray, "game ply"], squares: int, rng: np.random.Generator):
        self.played, self.squares, self.rng = played, squares, rng

    def __call__(self, right: np.ndarray, plies: slice = slice(None)) -> Interval:
        """The share of `right` [game, ply, square] (or a difference of two such), over all squares and some plies."""
        total = self.played[:, plies].sum(1) * self.squares
        return bootstrap(right[:, plies].sum((1, 2)), total, self.rng)

    def boards(self, right: Bool[np.ndarray, "game ply square"]) -> Interval:
        """The share of positions whose every square is right."""
        return bootstrap(right.all(-1).sum(1), self.played.sum(1), self.rng)

    def by_ply(self, right: Bool[np.ndarray, "game ply square"]) -> list[Interval | None]:
        """The share at each ply; None where no game goes on."""
        pairs = zip(right.sum(2).T, self.played.T * self.squares, strict=True)
        return [bootstrap(top, bottom, self.rng) if bottom.any() else None for top, bottom in pairs]


def metrics(results: Results, rng: np.random.Generator) -> dict[str, Any]:
    """Everything that the report draws and the ledger judges, as plain JSON."""
    rates = Rates(results.labels[:, :, 0, 0] >= 0, results.labels.shape[-1], rng)
    accuracy = {
        name: {r: [rates(depth[:, :, i]) for depth in right] for i, r in enumerate(READINGS)}
        for name, right in (("trained", results.trained), ("random", results.random))
    }
    mine = results.trained[:, :, :, MINE]
    best = int(np.argmax([interval.value for interval in accuracy["trained"][READINGS[MINE]]]))
    return {
        "accuracy": accuracy,
        "floor": {r: rates(results.floor[:, :, i]) for i, r in enumerate(READINGS)},
        "always_empty": rates(results.labels[:, :, MINE] == 0),
        "whole_board": [rates.boards(depth) for depth in mine],
        "du": {
            "accuracy": {
                r: [rates(depth[:, :, i], DU_PLIES) for depth in results.trained] for i, r in enumerate(READINGS)
            },
            "floor": {r: rates(results.floor[:, :, i], DU_PLIES) for i, r in enumerate(READINGS)},
        },
        "best_depth": best,
        "by_ply": {
            "trained": rates.by_ply(mine[best]),
            "black/white": rates.by_ply(results.trained[best, :, :, COLOUR]),
            "floor": rates.by_ply(results.floor[:, :, MINE]),
        },
        "by_square": [(depth.sum((0, 1)) / rates.played.sum()).tolist() for depth in mine],
        "findings": _findings(results, rates, accuracy, best),
    }


def _findings(results: Results, rates: Rates, accuracy: dict[str, Any], best: int) -> dict[str, Any]:
    trained, random = results.trained, results.random
    last = len(trained) - 1
    mine = [interval.value for interval in accuracy["trained"][READINGS[MINE]]]
    rising = all(after > before for before, after in pairwise(mine[:last]))

    def gap(right: np.ndarray, depth: int, one: int, other: int, plies: slice = slice(None)) -> Interval:
        return rates(right[depth, :, :, one].astype(int) - right[depth, :, :, other], plies)

    def rise(right: np.ndarray) -> Interval:
        return rates(right[best, :, :, MINE].astype(int) - right[min(1, last), :, :, MINE])

    return {
        "othello-2": {
            "value": rates(results.floor[:, :, MINE]),
            "control": rates(results.labels[:, :, MINE] == 0),
        },
        "othello-2-embedding": {
            "value": rates(trained[0, :, :, MINE_BEFORE], DU_PLIES),
            "control": rates(results.floor[:, :, MINE_BEFORE], DU_PLIES),
        },
        "othello-3": {"value": gap(trained, best, MINE, COLOUR), "control": gap(random, best, MINE, COLOUR)},
        "othello-4": {
            "value": rise(trained),
            "control": rise(random),
            "extra": {"rising": float(rising), "highest": mine[best], "last": mine[last], "best_depth": float(best)},
        },
        "othello-5": {
            "value": rates(trained[last - 1, :, :, MINE_BEFORE], DU_PLIES),
            "control": rates(results.floor[:, :, MINE_BEFORE], DU_PLIES),
        },
        "othello-5-gap": {
            "value": gap(trained, last - 1, MINE, MINE_BEFORE, DU_PLIES),
            "control": gap(random, last - 1, MINE, MINE_BEFORE, DU_PLIES),
        },
        "othello-7": {
            "value": rates(random[min(1, last), :, :, COLOUR]),
            "control": accuracy["trained"][READINGS[MINE]][best],
            "extra": {"floor": rates(results.floor[:, :, COLOUR]).value},
        },
    }
