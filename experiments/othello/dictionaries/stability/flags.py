"""The rows that are looked at, with every square's flags by every definition as columns."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor

from experiments.othello.positions import Positions
from experiments.othello.probes.rates import DU_PLIES
from experiments.othello.stability import DEFINITIONS
from interp.matching import shuffled_rows

GAMES = 400
"""Of each half. A dictionary has to be run on every row, four sets at every depth; more games take minutes."""
NAMES = tuple(DEFINITIONS)
"""The definitions in the order of their columns."""


@dataclass(frozen=True, eq=False)
class Flags:
    """Positions at the plies of Du et al. 2025, and what is stable in them."""

    rows: Bool[Tensor, " position"]
    """Which positions of the half these are."""
    game: Int[Tensor, " row"]
    ply: Int[Tensor, " row"]
    occupied: Bool[Tensor, "row square"]
    """Whether a disc lies on a square."""
    labels: Bool[Tensor, "row label"]
    """The flag of every square by the first definition, then by the second, then by the third."""
    shuffled: Bool[Tensor, "row label"]
    """The same in other rows of the same ply: what the ply alone tells is still there."""

    @classmethod
    def of(cls, positions: Positions, rng: np.random.Generator) -> "Flags":
        """Of the first games of a half."""
        rows = (positions.game < GAMES) & (positions.ply >= DU_PLIES.start) & (positions.ply < DU_PLIES.stop)
        found = positions.part(rows)
        trace = found.sample.trace
        labels = torch.cat([found.rows(torch.from_numpy(label(trace))) for label in DEFINITIONS.values()], dim=1)
        return cls(rows, found.game, found.ply, found.owner > 0, labels, shuffled_rows(labels, rng, within=found.ply))

    @property
    def squares(self) -> int:
        """Of the board. Label `definition * squares + square` belongs to that square."""
        return self.occupied.shape[1]

    def columns(self, definition: str) -> slice:
        """The columns of a definition."""
        begin = NAMES.index(definition) * self.squares
        return slice(begin, begin + self.squares)


__all__ = ["GAMES", "NAMES", "Flags"]
