"""What latents are asked for: whether a square is empty, mine or theirs, after the move, as one label for each pair."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Int8, Int64
from torch import Tensor

from experiments.othello.boards import CLASSES
from experiments.othello.dictionaries.subjects import Subjects
from experiments.othello.positions import Positions
from experiments.othello.probes.rates import DU_PLIES
from interp.matching import shuffled_rows


@dataclass(frozen=True, eq=False)
class Tiles:
    """Labels of both halves of the games, for the pairs (square, class) that can be told apart in both."""

    pair: Int64[Tensor, " label"]
    """The pair of each label: `CLASSES` times the square, plus the class."""
    select: Bool[Tensor, "row label"]
    """Of the positions of the selecting half that count."""
    report: Bool[Tensor, "reporting label"]
    """Of the reporting half."""

    @property
    def square(self) -> Int64[Tensor, " label"]:
        """The square of each label."""
        return self.pair // CLASSES

    @property
    def owner(self) -> Int64[Tensor, " label"]:
        """The `Owner` that each label asks for."""
        return self.pair % CLASSES


def counted(positions: Positions) -> Bool[Tensor, " row"]:
    """The rows at the plies of Du et al.: neither the first four moves nor the last few."""
    return (positions.ply >= DU_PLIES.start) & (positions.ply < DU_PLIES.stop)


def tiles(who: Subjects) -> Tiles:
    """The labels. The four squares in the centre are never empty: those four pairs are left out."""
    select, report = (one_hot(half.owner[counted(half)]) for half in (who.select, who.report))
    pair = torch.stack([half.any(0) & ~half.all(0) for half in (select, report)]).all(0).nonzero()[:, 0]
    return Tiles(pair, select[:, pair], report[:, pair])


def shuffled(real: Tiles, who: Subjects, rng: np.random.Generator) -> Tiles:
    """Boards of other games at the same ply: what is told apart then is told by the ply alone."""
    plies = [half.ply[counted(half)] for half in (who.select, who.report)]
    select, report = (
        shuffled_rows(labels, rng, within=ply) for labels, ply in zip((real.select, real.report), plies, strict=True)
    )
    return Tiles(real.pair, select, report)


def one_hot(owner: Int8[Tensor, "row square"]) -> Bool[Tensor, "row pair"]:
    """A label for each square and class, the classes of a square side by side."""
    return (owner[:, :, None] == torch.arange(CLASSES, dtype=owner.dtype)).flatten(1)


__all__ = ["Tiles", "counted", "one_hot", "shuffled", "tiles"]
