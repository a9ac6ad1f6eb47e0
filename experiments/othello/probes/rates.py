"""Shares of squares read right, with intervals from resampling whole games."""

import numpy as np
from jaxtyping import Bool

from interp.stats import Interval, bootstrap

DU_PLIES = slice(4, 56)
"""The plies, counted from 0, that Du et al. 2025 probe (arXiv 2501.07108)."""


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


__all__ = ["DU_PLIES", "Rates"]
