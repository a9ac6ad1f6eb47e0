"""Positions of games as rows, as dictionaries, probes and edits need them: what lies where, and what may follow."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Int, Int8, Shaped
from torch import Tensor

from experiments.othello.labels import legal, relative
from experiments.othello.sample import Sample


@dataclass(frozen=True, eq=False)
class Positions:
    """Positions that a model has read, a row for each, in the order of games and plies."""

    sample: Sample
    """The games they come from."""
    game: Int[Tensor, " row"]
    """The number of the game in the sample: the unit of splits and intervals."""
    ply: Int[Tensor, " row"]
    """Moves made before the one just read: 0 after the first move."""
    owner: Int8[Tensor, "row square"]
    """`Owner` of every square after the move: 0 empty, 1 of the player to move next, 2 of the opponent."""
    legal: Bool[Tensor, "row square"]
    """Where the player to move next may move; nowhere when the game is over."""
    moved: Int[Tensor, " row"]
    """The square of the move just read."""

    @classmethod
    def of(cls, sample: Sample, plies: slice = slice(None)) -> "Positions":
        """Every position of some plies that a model reads: those after each move but the last one there can be."""
        trace = sample.trace
        read = trace.played[:, :-1].copy()
        outside = np.ones(read.shape[1], dtype=bool)
        outside[plies] = False
        read[:, outside] = False
        game, ply = (torch.from_numpy(index) for index in np.nonzero(read))
        squares = torch.from_numpy(trace.rules.playable.astype(np.int64))
        return cls(
            sample, game, ply,
            torch.from_numpy(relative(trace)[:, :-1][read]), torch.from_numpy(legal(trace)[:, :-1][read]),
            squares[sample.seen[game, ply] - 1],
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.game)

    def rows(self, values: Shaped[Tensor, "game ply *rest"]) -> Shaped[Tensor, "row *rest"]:
        """Of something known at every ply of every game, the rows of these positions."""
        return values[self.game, self.ply]

    def part(self, rows: Shaped[Tensor, " row"]) -> "Positions":
        """Some of the positions, by number or by a mask."""
        return Positions(
            self.sample, self.game[rows], self.ply[rows], self.owner[rows], self.legal[rows], self.moved[rows]
        )


__all__ = ["Positions"]
