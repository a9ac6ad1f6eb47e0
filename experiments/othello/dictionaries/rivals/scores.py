"""From the best of each kind to numbers: means over (square, class), and how many are found."""

from typing import Any

import numpy as np
from jaxtyping import Bool, Float64

from experiments.othello.dictionaries.rivals.field import CLASSES, Field
from interp.matching.matches import Best
from interp.stats import Interval, bootstrap

FOUND = 0.9
"""An AUROC from which on a (square, class) counts as found (Huben's code)."""


def readable(probe: Best, field: Field) -> Bool[np.ndarray, "square class"]:
    """What the probe itself reads at `FOUND`, on the rows to select on: Huben's 180 of 192."""
    return on_board(probe.selected.numpy(), field) >= FOUND


def scores(
    best: Best, field: Field, readable: Bool[np.ndarray, "square class"], generator: np.random.Generator
) -> dict[str, Any]:
    """Mean AUROC and F1 over (square, class), the share found of all and of the readable, and the same by class.

    Intervals resample squares: they say how much hangs on single squares, not what another training would give.
    The share of the readable is None where nothing is readable.
    """
    auroc, f1 = (on_board(part.numpy(), field) for part in (best.auroc, best.f1))
    known = np.isfinite(auroc)
    found = (auroc >= FOUND) & known
    return {
        "auroc": over_squares(auroc, known, generator),
        "f1": over_squares(f1, known, generator),
        "found": over_squares(found, known, generator),
        "found readable": over_squares(found, readable & known, generator),
        "count": int(found.sum()),
        "count readable": int((found & readable).sum()),
        "by class": {
            name: {
                "auroc": _mean(auroc[:, column]), "f1": _mean(f1[:, column]), "count": int(found[:, column].sum()),
                "of": int(known[:, column].sum()),
            }
            for column, name in enumerate(CLASSES)
        },
    }  # fmt: skip


def on_board(values: Float64[np.ndarray, " label"], field: Field) -> Float64[np.ndarray, "square class"]:
    """Values of the labels as [square, class], NaN where there is none."""
    board = np.full(field.squares * len(CLASSES), np.nan)
    board[field.defined.numpy()] = values
    return board.reshape(-1, len(CLASSES))


def over_squares(
    values: Any, counted: Bool[np.ndarray, "square class"], generator: np.random.Generator
) -> Interval | None:
    """The mean over what counts, resampled by squares; None where nothing counts."""
    if not counted.any():
        return None
    return bootstrap(np.where(counted, values, 0.0).sum(1), counted.sum(1), generator)


def _mean(values: Float64[np.ndarray, " square"]) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None


__all__ = ["FOUND", "on_board", "over_squares", "readable", "scores"]
