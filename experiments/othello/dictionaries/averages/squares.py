"""What is averaged: four boards for every position, and what they are on average at its ply or after its move."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import one_hot

from experiments.othello.dictionaries.averages.strongest import Strongest
from experiments.othello.positions import Positions

MINE, THEIRS, MOVED, LEGAL = range(4)
"""The boards: whose disc lies on a square, whether the last move was made there, whether the next one may be."""
BOARDS = 4


@dataclass(frozen=True, eq=False)
class Squares:
    """The four boards of positions, flat, and their averages by ply and by ply and last move."""

    boards: Float[Tensor, "row boards_squares"]
    """0 or 1."""
    ply: Int64[Tensor, " row"]
    move: Int64[Tensor, " row"]
    """A number for every pair of ply and last move."""
    by_ply: Float[Tensor, "ply boards_squares"]
    by_move: Float[Tensor, "move boards_squares"]

    @classmethod
    def of(cls, positions: Positions) -> "Squares":
        """Of the positions of one half."""
        squares = positions.owner.shape[1]
        boards = torch.cat(
            [positions.owner == 1, positions.owner == 2, one_hot(positions.moved, squares) == 1, positions.legal], 1
        ).float()
        move = positions.ply * squares + positions.moved
        return cls(boards, positions.ply, move, group_means(boards, positions.ply), group_means(boards, move))

    def mean(self, top: Strongest) -> Float[Tensor, "latent board square"]:
        """Over the strongest rows of each latent."""
        return _boards(top.mean(self.boards))

    def at_ply(self, top: Strongest) -> Float[Tensor, "latent board square"]:
        """What is usual at the plies of these rows."""
        return _boards(top.mean(self.by_ply, self.ply))

    def after_move(self, top: Strongest) -> Float[Tensor, "latent board square"]:
        """What is usual after the last moves of these rows at their plies."""
        return _boards(top.mean(self.by_move, self.move))


def group_means(values: Float[Tensor, "row feature"], group: Int64[Tensor, " row"]) -> Float[Tensor, "group feature"]:
    """The mean over the rows of each group, 0 for groups without a row."""
    count = torch.bincount(group)
    sums = torch.zeros(len(count), values.shape[1]).index_add(0, group, values)
    return sums / count.clamp(min=1)[:, None]


def _boards(flat: Float[Tensor, "latent boards_squares"]) -> Float[Tensor, "latent board square"]:
    return flat.reshape(len(flat), BOARDS, -1)


__all__ = ["BOARDS", "LEGAL", "MINE", "MOVED", "THEIRS", "Squares", "group_means"]
