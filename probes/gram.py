"""The sufficient statistics of least squares, added up batch by batch, so that the rows need not fit in memory."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64, Int64, Integer
from torch import Tensor

from interp.errors import ShapeError

CHUNK = 4096
"""Rows that are worked on at a time: 16 MiB in float64 at width 512."""


@dataclass(frozen=True, eq=False)
class Gram:
    """X^T X and X^T Y about the means, where the columns of Y are the one-hot classes of every target.

    `Gram.of(a) + Gram.of(b)` is the Gram of the rows of both, whatever their order, up to rounding in float64. Sums
    about the mean (Chan, Golub and LeVeque 1983) lose no digits when a feature's mean is far larger than its spread,
    as in residual streams, and leave exactly 0 for a feature or a class that never changes.
    """

    rows: int
    """Rows counted. Rows without a label are not."""
    mean: Float64[Tensor, " width"]
    """Mean of every feature."""
    scatter: Float64[Tensor, "width width"]
    """Sum over rows of (x - mean)(x - mean)^T."""
    counts: Int64[Tensor, "target class"]
    """Rows of every class of every target."""
    cross: Float64[Tensor, "width target class"]
    """Sum over rows of (x - mean)(y - mean of y)^T."""
    fast: bool = False
    """Whether products of some rows were taken in float32."""

    @classmethod
    def of(
        cls,
        features: Float[Tensor, "row width"],
        labels: Integer[Tensor, "row target"],
        classes: int,
        *,
        fast: bool = False,
    ) -> "Gram":
        """The statistics of these rows, on the device of `features` (which must know float64).

        Labels run from 0 to `classes` - 1. A row whose labels are all negative is left out, its features unseen. A row
        with a label for some targets only is refused: the targets would no longer share one X^T X, and a solution that
        pretended they did would be wrong. Fit such targets with a probe of their own.

        With `fast`, products within a chunk are taken in float32, about its mean, and added up in float64: three times
        as fast, with entries good to about 1e-6 of the features' variances, which does for any penalty well above that.

        Raises `ShapeError` for shapes or dtypes that do not fit, labels out of range, and NaN or infinity in a feature.
        """
        features, labels = _labelled(features, labels, classes)
        total = cls.empty(features.shape[1], labels.shape[1], classes, features.device)
        for x, y in zip(torch.split(features, CHUNK), torch.split(labels, CHUNK), strict=True):
            total = total + _of_chunk(x, y, classes, torch.float32 if fast else torch.float64)
        return total

    @classmethod
    def empty(cls, width: int, targets: int, classes: int, device: torch.device | str = "cpu") -> "Gram":
        """The statistics of no rows, from which to start a sum."""
        return cls(
            rows=0,
            mean=torch.zeros(width, dtype=torch.float64, device=device),
            scatter=torch.zeros(width, width, dtype=torch.float64, device=device),
            counts=torch.zeros(targets, classes, dtype=torch.int64, device=device),
            cross=torch.zeros(width, targets, classes, dtype=torch.float64, device=device),
        )

    @property
    def frequencies(self) -> Float64[Tensor, "target class"]:
        """The share of rows that has each class; NaN when there are no rows."""
        return self.counts.double() / self.rows

    def __add__(self, other: "Gram") -> "Gram":
        """The statistics of the rows of both. Raises `ShapeError` when widths, targets or classes differ."""
        if self.cross.shape != other.cross.shape:
            mine, theirs = tuple(self.cross.shape), tuple(other.cross.shape)
            raise ShapeError(f"cannot add Grams of [width, target, class] {mine} and {theirs}: these must agree")
        if not other.rows:
            return self
        if not self.rows:
            return other
        rows = self.rows + other.rows
        share = other.rows / rows
        step = other.mean - self.mean
        class_step = other.frequencies - self.frequencies
        return Gram(
            rows=rows,
            mean=self.mean + share * step,
            scatter=self.scatter + other.scatter + (self.rows * share) * torch.outer(step, step),
            counts=self.counts + other.counts,
            cross=self.cross + other.cross + (self.rows * share) * step[:, None, None] * class_step,
            fast=self.fast or other.fast,
        )


def add_up(batches: Iterable[tuple[Tensor, Tensor]], classes: int, *, fast: bool = False) -> Gram:
    """The Gram of all rows of batches of (features, labels), each used once and let go. Raises as `Gram.of` does."""
    total: Gram | None = None
    for features, labels in batches:
        part = Gram.of(features, labels, classes, fast=fast)
        total = part if total is None else total + part
    if total is None:
        raise ShapeError("no rows to fit: the stream was empty")
    return total


def _of_chunk(
    features: Float[Tensor, "row width"], labels: Int64[Tensor, "row target"], classes: int, dtype: torch.dtype
) -> Gram:
    if not len(features):
        return Gram.empty(features.shape[1], labels.shape[1], classes, features.device)
    # Taken relative to the first row, a constant feature is exactly 0 and so is its scatter.
    x = features.to(dtype, copy=True)
    first = x[0].clone()
    x -= first
    shift = x.mean(0)
    if not shift.isfinite().all():  # one bad number makes the mean bad, which is cheaper to look at
        require_finite(features)
    x -= shift
    # The columns of a target sum to 1, so that the cross products of its first class follow from the others'.
    hot = labels[:, :, None] == torch.arange(1, classes, device=labels.device)
    counts = torch.cat([torch.zeros_like(labels[:1].T), hot.sum(0)], 1)
    counts[:, 0] = len(features) - counts.sum(1)
    y = hot.to(dtype) - (counts[:, 1:] / len(features)).to(dtype)
    cross = (x.T @ y.flatten(1)).double().view(x.shape[1], labels.shape[1], classes - 1)
    cross = torch.cat([-cross.sum(2, keepdim=True), cross], 2)
    mean, scatter = first.double() + shift.double(), (x.T @ x).double()
    return Gram(len(features), mean, scatter, counts, cross, fast=dtype is torch.float32)


def _labelled(features: Tensor, labels: Tensor, classes: int) -> tuple[Float[Tensor, "row w"], Int64[Tensor, "row t"]]:
    """The rows that have labels, after every check of shapes and labels."""
    require_matrix(features)
    if labels.ndim != 2 or not labels.shape[1] or labels.is_floating_point():
        raise ShapeError(f"labels must be integers [row, target], not {labels.dtype} {list(labels.shape)}")
    if len(labels) != len(features):
        raise ShapeError(f"{len(features)} rows of features but {len(labels)} rows of labels: row i must match row i")
    labels = labels.detach().to(features.device, torch.int64)
    given = labels >= 0
    kept = given.all(1)
    if (given.any(1) & ~kept).any():
        row = int((given.any(1) & ~kept).nonzero()[0])
        raise ShapeError(
            f"row {row} has labels for some targets only. All targets share one X^T X, so a row is used for all of "
            "them or for none (every label negative); fit targets with gaps with a probe of their own."
        )
    if (labels >= classes).any():
        row, target = (labels >= classes).nonzero()[0].tolist()
        worst = int(labels[row, target])
        raise ShapeError(f"label {worst} in row {row}, target {target}: {classes} classes allow 0 to {classes - 1}")
    features = features.detach()
    return (features, labels) if kept.all() else (features[kept], labels[kept])


def require_matrix(features: Tensor) -> None:
    """Raise `ShapeError` unless `features` are floating-point numbers [row, width]."""
    if features.ndim != 2 or not features.shape[1] or not features.is_floating_point():
        raise ShapeError(
            f"features must be floating-point numbers [row, width], not {features.dtype} {list(features.shape)}. "
            "Bring games and positions into one axis with .flatten(0, 1)."
        )


def require_finite(features: Float[Tensor, "row width"]) -> None:
    """Raise `ShapeError` when a feature is NaN or infinite."""
    finite = features.isfinite()
    if not finite.all():
        rows, column = int((~finite.all(1)).sum()), int((~finite.all(0)).nonzero()[0])
        raise ShapeError(
            f"NaN or infinity in {rows} of {len(features)} rows, first in feature {column}. float16 ends at 65504: "
            "capture in bfloat16 or float32; to leave rows out of a fit, make their labels negative."
        )
