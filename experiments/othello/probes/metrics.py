"""From right and wrong answers about the board to the numbers of the report."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Int

from experiments.othello.boards import COLOUR, MINE, READINGS
from experiments.othello.probes.board import Readings, scores
from experiments.othello.probes.rates import DU_PLIES, Rates
from probes import LinearProbe

Answers = Bool[np.ndarray, "depth game ply reading square"]
"""Which labels are read right; False after the end of a game."""


@dataclass(frozen=True, eq=False)
class Board:
    """What probes read of the board."""

    linear: dict[int, Readings]
    """Logistic probes of mine/theirs and of black/white, by place in `READINGS`."""
    mlp: dict[int, Readings]
    """MLP probes of the same."""
    closed: Sequence[LinearProbe]
    """Closed-form probes of all readings, one a depth."""
    closed_random: Sequence[LinearProbe]
    """The same with random weights."""
    screened: Answers
    """What the former read."""
    screened_random: Answers
    """What the latter read."""
    floor: Bool[np.ndarray, "game ply reading square"]
    """The majority of each square and ply."""
    labels: Int[np.ndarray, "game ply reading square"]
    """The labels; -1 after the end of a game."""

    @property
    def best(self) -> int:
        """The depth at which the linear probes read mine/theirs best."""
        return int(np.argmax([one.score.per_label.value for one in self.linear[MINE].values()]))

    def right_random(self, reading: int) -> Bool[np.ndarray, "depth game ply square"]:
        """The same with random weights."""
        return np.stack([one.right_random for one in self.linear[reading].values()])

    def right(self, reading: int) -> Bool[np.ndarray, "depth game ply square"]:
        """The answers of the logistic probes about one reading."""
        return np.stack([one.right for one in self.linear[reading].values()])


def board_metrics(board: Board, rates: Rates) -> dict[str, Any]:
    """Accuracy by depth of every probe with its controls, with the plies of Du et al., by ply, and by square."""
    mine, best = board.right(MINE), board.best
    by_square = {READINGS[reading]: _by_square(board.right(reading), rates) for reading in (MINE, COLOUR)}
    return {
        "accuracy": {
            "linear": {READINGS[reading]: scores(found) for reading, found in board.linear.items()},
            "mlp": {READINGS[reading]: scores(found) for reading, found in board.mlp.items()},
        },
        "screen": _screen(board, rates, slice(None)),
        "du": _screen(board, rates, DU_PLIES),
        "floor": {name: rates(board.floor[:, :, place]) for place, name in enumerate(READINGS)},
        "always_empty": rates(board.labels[:, :, MINE] == 0),
        "best_depth": best,
        "by_ply": {
            "trained": rates.by_ply(mine[best]),
            "black/white": rates.by_ply(board.right(COLOUR)[best]),
            "floor": rates.by_ply(board.floor[:, :, MINE]),
        },
        "by_square": by_square,
    }


def _screen(board: Board, rates: Rates, plies: slice) -> dict[str, Any]:
    """The closed-form probes of all four readings."""
    answers = {"trained": board.screened, "random": board.screened_random}
    return {
        **{
            who: {name: [rates(depth[:, :, place], plies) for depth in right] for place, name in enumerate(READINGS)}
            for who, right in answers.items()
        },
        "floor": {name: rates(board.floor[:, :, place], plies) for place, name in enumerate(READINGS)},
    }


def _by_square(right: Bool[np.ndarray, "depth game ply square"], rates: Rates) -> list[list[float]]:
    squares: list[list[float]] = [(depth.sum((0, 1)) / rates.played.sum()).tolist() for depth in right]
    return squares


__all__ = ["Answers", "Board", "board_metrics"]
