"""What a probe must beat: the most frequent class, labels in the wrong rows, and labels that can only be memorised."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int64, Integer
from torch import Tensor

from interp.errors import ShapeError
from interp.stats import Interval, bootstrap
from probes.metrics import Tally


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


@dataclass(frozen=True, eq=False)
class ControlTask:
    """Labels that depend on the type of a row alone (the token that was read, say), as in Hewitt and Liang (2019).

    Every type has one row of labels, drawn from the rows of the task itself: classes are about as frequent and as
    dependent on each other as there, but nothing about them is in the activations beyond the type, so that what a
    probe scores on them is what it can memorise. Fit the same probe to `labels(types)` of the training rows, judge it
    on those of the test rows, and see `selectivity`.

    The row of a type is a pure function of the type, the seed and `rows`, whatever the other types are and however
    often they come: training and test rows agree, and a type that no training row had is given a row as well (which
    no probe can know). Draw both from one `ControlTask`.
    """

    rows: Integer[Tensor, "row target"]
    """The rows of labels that are drawn from."""
    seed: int
    """What tells one draw from another."""

    @classmethod
    def of(cls, labels: Integer[Tensor, "row target"], generator: torch.Generator) -> "ControlTask":
        """A control for this task; rows whose labels are all negative are not drawn. Raises `ShapeError` for none."""
        if labels.ndim != 2 or not (labels >= 0).any():
            raise ShapeError(f"need labels [row, target], some of them not negative, not {list(labels.shape)}")
        seed = torch.randint(2**62, (), generator=generator, device=generator.device)
        return cls(labels[(labels >= 0).any(1)], int(seed))

    def labels(self, types: Integer[Tensor, " row"]) -> Integer[Tensor, "row target"]:
        """The labels of rows of these types, on the device of `types`; all -1 where a type is negative.

        Give a negative type to rows that the task itself leaves out: `torch.where(labels[:, 0] < 0, -1, tokens)`.
        """
        distinct, place = torch.unique(types, return_inverse=True)
        drawn = torch.tensor([self._draw(number) for number in distinct.tolist()], dtype=torch.int64)
        found = self.rows[drawn.to(self.rows.device)].to(types.device)
        found[distinct < 0] = -1
        return found[place]

    def _draw(self, type_: int) -> int:
        """NumPy promises never to change what a seed sequence gives."""
        words = np.random.SeedSequence((self.seed, max(type_, 0))).generate_state(1, np.uint64)
        return int(words[0]) % len(self.rows)


def selectivity(task: Tally, control: Tally, generator: np.random.Generator, level: float = 0.95) -> Interval:
    """Accuracy on the task minus accuracy on its control task (Hewitt and Liang 2019), over whole groups resampled.

    Near 0, the probe may have learned the task as it learned the control: by heart, from the types. What is not near 0
    still says nothing about whether the model uses it. Both accuracies are per label, of probes of one kind and one
    size, counted by `tally(predicted, labels, by=game)` on the same rows; a resampled group counts in both, so that
    what is hard about it cancels. Raises `ShapeError` when the two do not count the same labels of the same groups.
    """
    if not np.array_equal(task.groups, control.groups) or not np.array_equal(task.labels.total, control.labels.total):
        raise ShapeError(
            "task and control must count the same labels of the same groups: give the same rows and the same `by` to "
            "both, and a negative type to rows without a label"
        )
    return bootstrap(task.labels.right - control.labels.right, task.labels.total, generator, level)


def _count(
    labels: Int64[np.ndarray, "row target"], place: Int64[np.ndarray, " row"], groups: int
) -> Int64[np.ndarray, "group target class"]:
    """How often every class is the label, by group and target."""
    targets, classes = labels.shape[1], int(labels.max(initial=0)) + 1
    cell = (place[:, None] * targets + np.arange(targets)) * classes + labels
    found = np.bincount(cell[labels >= 0], minlength=groups * targets * classes)
    return found.reshape(groups, targets, classes)
