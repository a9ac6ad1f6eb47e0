"""How often a probe is right: by label, by target, by whole row, by group; counted, so that intervals can follow."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float64, Int64, Integer
from torch import Tensor

from interp.errors import ShapeError


class Counts(NamedTuple):
    """Right ones and all of them, as integers: the numerators and denominators of `interp.stats.bootstrap`."""

    right: Int64[np.ndarray, "*shape"]
    """How many are right."""
    total: Int64[np.ndarray, "*shape"]
    """How many there are."""

    @property
    def share(self) -> Float64[np.ndarray, "*shape"]:
        """Right ones per all; NaN where there is nothing to count."""
        share = np.full(self.total.shape, np.nan)
        np.divide(self.right, self.total, out=share, where=self.total > 0)
        return share


class Accuracy(NamedTuple):
    """Three accuracies that are easily taken for one another. NaN where there is nothing to count."""

    per_label: float
    """Share of labels that are right, over all rows and targets alike (micro; "per square" of a board)."""
    per_row: float
    """Share of rows whose labels are all right ("whole board"): never above `per_label` when no label is missing."""
    per_target: Float64[np.ndarray, " target"]
    """Share of labels that are right, for each target."""
    rows: int
    """Rows with at least one label."""


@dataclass(frozen=True, eq=False)
class Tally:
    """Right answers counted by group: a ply, an age, or the game or document that a bootstrap draws as a whole."""

    groups: Int64[np.ndarray, " group"]
    """The groups that occur, ascending."""
    targets: Counts
    """Labels by [group, target]."""
    rows: Counts
    """Rows by [group]; a row is right when all its labels are."""

    @property
    def labels(self) -> Counts:
        """Labels by [group], all targets together."""
        return Counts(self.targets.right.sum(1), self.targets.total.sum(1))

    @property
    def accuracy(self) -> Accuracy:
        """The accuracies over all groups: sums of right ones over sums of all, not means of the groups' shares."""
        over_groups = Counts(self.targets.right.sum(0), self.targets.total.sum(0))
        return Accuracy(
            per_label=_share_of_sums(self.targets),
            per_row=_share_of_sums(self.rows),
            per_target=over_groups.share,
            rows=int(self.rows.total.sum()),
        )


def tally(
    predicted: Integer[Tensor, "row target"],
    labels: Integer[Tensor, "row target"],
    by: Integer[Tensor, " row"] | None = None,
) -> Tally:
    """Count the right predictions, by the integer `by` of each row (one group 0 when there is none).

    Negative labels are not counted; a row without any label is no row. Per ply: `tally(p, y, by=ply).labels.share`.
    With an interval over games: `interp.stats.bootstrap(*tally(p, y, by=game).labels, generator)`.
    Raises `ShapeError` when the shapes do not match.
    """
    if predicted.ndim != 2 or predicted.shape != labels.shape:
        raise ShapeError(f"predictions {list(predicted.shape)} and labels {list(labels.shape)} must be [row, target]")
    by = torch.zeros(len(labels), dtype=torch.int64) if by is None else by
    if by.shape != labels.shape[:1]:
        raise ShapeError(f"the groups must be one integer per row: {list(by.shape)} for {len(labels)} rows")
    groups, place = torch.unique(by.to(labels.device, torch.int64), return_inverse=True)
    given = labels >= 0
    right = (predicted.to(labels.device) == labels) & given

    def count(flags: Tensor) -> Int64[np.ndarray, "..."]:
        zero = torch.zeros(len(groups), *flags.shape[1:], dtype=torch.int64, device=flags.device)
        return zero.index_add_(0, place, flags.long()).cpu().numpy()

    rows = Counts(count((right == given).all(1) & given.any(1)), count(given.any(1)))
    return Tally(groups.cpu().numpy(), Counts(count(right), count(given)), rows)


def accuracy(predicted: Integer[Tensor, "row target"], labels: Integer[Tensor, "row target"]) -> Accuracy:
    """The accuracies of `predicted` over all rows; negative labels are not counted."""
    return tally(predicted, labels).accuracy


def _share_of_sums(counts: Counts) -> float:
    total = int(counts.total.sum())
    return int(counts.right.sum()) / total if total else float("nan")
