"""Sequences that a model reads, with what a probe is to find at each of their positions."""

from typing import NamedTuple

from jaxtyping import Bool, Int64, Integer
from torch import Tensor

from interp.errors import ShapeError


class Texts(NamedTuple):
    """Tokens and labels. A sequence (a game, a document) is what an interval or a split draws as a whole."""

    tokens: Integer[Tensor, "sequence position"]
    """What the model reads."""
    labels: Integer[Tensor, "sequence position target"]
    """Classes 0, 1, ...; all negative at positions that do not count."""

    @property
    def kept(self) -> Bool[Tensor, "sequence position"]:
        """Positions that count."""
        return self.labels[:, :, 0] >= 0

    @property
    def rows(self) -> Int64[Tensor, "row target"]:
        """The labels at the positions that count, one after another."""
        return self.labels[self.kept].long()

    @property
    def types(self) -> Int64[Tensor, " row"]:
        """A number for the token at each of them together with its place: what a control task depends on.

        Without the place there may be so few types (60 moves, say) that any linear probe knows them all by heart.
        """
        return self.positions * (int(self.tokens.max()) + 1) + self.tokens[self.kept].long()

    @property
    def sequences(self) -> Int64[Tensor, " row"]:
        """The sequence that each of them belongs to: the groups of `probes.choose` and `probes.tally`."""
        return self.kept.nonzero()[:, 0]

    @property
    def positions(self) -> Int64[Tensor, " row"]:
        """Where in its sequence each of them stands, from 0."""
        return self.kept.nonzero()[:, 1]

    def check(self) -> None:
        """Raise `ShapeError` unless tokens and labels fit, and every position has all its labels or none."""
        if self.labels.ndim != 3 or self.tokens.shape != self.labels.shape[:2] or not self.labels.shape[2]:
            raise ShapeError(
                f"need tokens [sequence, position] and labels [sequence, position, target], not "
                f"{list(self.tokens.shape)} and {list(self.labels.shape)}"
            )
        given = self.labels >= 0
        partly = given.any(2) & ~given.all(2)
        if partly.any():
            sequence, position = partly.nonzero()[0].tolist()
            raise ShapeError(f"sequence {sequence}, position {position} has labels for some targets only")
        if not given.any():
            raise ShapeError("no position has labels: all are negative")


__all__ = ["Texts"]
