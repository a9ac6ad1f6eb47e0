"""The field on which rivals meet: the same rows to choose on, the same rows to be measured on, the same labels."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int, Int64
from torch import Tensor

from experiments.othello.dictionaries.subjects import Subjects
from experiments.othello.labels import Owner
from experiments.othello.positions import Positions
from interp.matching import Halves
from interp.models.model import Model
from interp.models.sites import resid

CLASSES = ("empty", "mine", "theirs")
"""Of a square, in the order of `Owner`."""
SELECT, REPORT = 12_000, 20_000
"""Rows of either half at most, taken evenly over all games: an AUROC is then known to half a point, in a third of the
time that all rows would take."""


class Field(NamedTuple):
    """Rows of both halves, those to select on first, and what is true of them."""

    select: Int64[Tensor, " selecting"]
    """Rows of `Subjects.select` that rivals are chosen on."""
    report: Int64[Tensor, " reporting"]
    """Rows of `Subjects.report` that they are measured on."""
    owner: Int64[Tensor, "row square"]
    """`Owner` of each square."""
    labels: Bool[Tensor, "row label"]
    """Those of every (square, class), squares first, that some rows of either half have and others have not."""
    defined: Int64[Tensor, " label"]
    """Which: 3 * square + class."""
    game: Int[Tensor, " row"]
    """The game of each row, counted anew in either half."""

    @property
    def split(self) -> Halves:
        """The halves of the rows."""
        rows = torch.arange(len(self.labels))
        return Halves(rows[: len(self.select)], rows[len(self.select) :])

    @property
    def squares(self) -> int:
        """Squares of the board."""
        return self.owner.shape[1]

    def both(self, select: Float[Tensor, "a any"], report: Float[Tensor, "b any"]) -> Float[Tensor, "row any"]:
        """Of something known at all positions of both halves, the rows of the field."""
        return torch.cat([select[self.select], report[self.report]])

    def residual(self, who: Subjects, model: Model, depth: int) -> Float[Tensor, "row width"]:
        """The residual stream of a model at the rows."""
        return self.both(*(who.activations(model, resid(depth), half) for half in (who.select, who.report)))


def field(who: Subjects) -> Field:
    """The rows and labels that all rivals share."""
    select, report = spread(who.select, SELECT), spread(who.report, REPORT)
    halves = [half.owner[rows] for half, rows in ((who.select, select), (who.report, report))]
    true = [(half[..., None] == torch.tensor(list(Owner))).flatten(1) for half in halves]
    mixed = [half.any(0) & ~half.all(0) for half in true]
    defined = (mixed[0] & mixed[1]).nonzero()[:, 0]
    return Field(
        select, report, torch.cat(halves).long(), torch.cat(true)[:, defined], defined,
        torch.cat([who.select.game[select], who.report.game[report]]),
    )  # fmt: skip


def spread(positions: Positions, most: int) -> Int64[Tensor, " row"]:
    """At most so many rows, as evenly over all of them as whole numbers can be."""
    count = min(most, len(positions))
    return torch.arange(count) * len(positions) // count


__all__ = ["CLASSES", "Field", "field", "spread"]
