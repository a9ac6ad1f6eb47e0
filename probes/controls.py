"""What a probe must beat: the most frequent class, and the same probe fitted to labels that are in the wrong rows."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int64, Integer
from torch import Tensor

from interp.errors import ShapeError


@dataclass(frozen=True, eq=False)
class MajorityFloor:
    """The most frequent class of every target in every group (a ply, say): what is known without any activation."""

    groups: Int64[Tensor, " group"]
    """The groups that were seen, ascending."""
    by_group: Int64[Tensor, "group target"]
    """The class predicted in each of them."""
    overall: Int64[Tensor, " target"]
    """The class predicted in any other group: the most frequent one over all rows."""

    def predict(self, groups: Integer[Tensor, " row"]) -> Int64[Tensor, "row target"]:
        """The predictions for rows of these groups, on the device of `groups`."""
        known, by_group, overall = (t.to(groups.device) for t in (self.groups, self.by_group, self.overall))
        wanted = groups.to(torch.int64)
        place = torch.searchsorted(known, wanted).clamp(max=len(known) - 1)
        return torch.where((known[place] == wanted)[:, None], by_group[place], overall)


def majority(
    labels_train: Integer[Tensor, "row target"],
    groups_train: Integer[Tensor, " row"],
) -> MajorityFloor:
    """The floor of these rows. Ties go to the lowest class; negative labels are not counted.

    A target that has no label in a group is given its most frequent class over all groups. Fit the floor to the rows
    that the probe was fitted to, and score both on the same others.
    Raises `ShapeError` for no rows, groups of another length, and a target without any label.
    """
    if labels_train.ndim != 2 or groups_train.shape != labels_train.shape[:1]:
        raise ShapeError(
            f"need labels [row, target] and one group per row, not {list(labels_train.shape)} and "
            f"{list(groups_train.shape)}"
        )
    labels = labels_train.to("cpu", torch.int64).numpy()
    groups, place = np.unique(groups_train.to("cpu", torch.int64).numpy(), return_inverse=True)
    counts = _count(labels, place, len(groups))
    missing = np.flatnonzero(counts.sum((0, 2)) == 0)
    if not len(groups) or len(missing):
        raise ShapeError("no rows to count" if not len(groups) else f"target {missing[0]} has no label in any row")
    overall = counts.sum(0).argmax(1)
    by_group = np.where(counts.any(2), counts.argmax(2), overall)
    return MajorityFloor(torch.from_numpy(groups), torch.from_numpy(by_group), torch.from_numpy(overall))


def shuffled_labels(labels: Integer[Tensor, "row target"], generator: torch.Generator) -> Integer[Tensor, "row target"]:
    """The labels with their rows permuted: as frequent and as dependent on each other as before, but in other rows.

    Fitted to them, a probe finds nothing that holds on other rows but the class frequencies, so what it scores there
    above the majority is chance or a leak. Chance is not small: where classes are balanced and few directions carry
    the features' variance, one shuffle can point near the truth, so average several. Rows move across groups: compare
    with the majority over all rows (`MajorityFloor.overall`), not with the one by group.
    """
    order = torch.randperm(len(labels), generator=generator, device=generator.device)
    return labels[order.to(labels.device)]


def _count(
    labels: Int64[np.ndarray, "row target"], place: Int64[np.ndarray, " row"], groups: int
) -> Int64[np.ndarray, "group target class"]:
    """How often every class is the label, by group and target."""
    targets, classes = labels.shape[1], int(labels.max(initial=0)) + 1
    cell = (place[:, None] * targets + np.arange(targets)) * classes + labels
    found = np.bincount(cell[labels >= 0], minlength=groups * targets * classes)
    return found.reshape(groups, targets, classes)
