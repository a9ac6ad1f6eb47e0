"""The screening probe: least squares in closed form, for many targets and sites at once."""

from collections.abc import Iterable

import torch
from torch import Tensor

from probes.affine import AffineProbe
from probes.checks import warn_of
from probes.errors import ProbeError
from probes.gram import Gram, add_up
from probes.ridge import SAFE_RIDGE, solve_ridge


class LinearProbe(AffineProbe):
    """Least squares from features to one-hot classes; the class with the highest score is the prediction.

    All targets (the 64 squares of a board, say) share one Gram matrix and one Cholesky factor: use it to look through
    sites and depths, and `LogisticProbe`, which takes some passes more, for final numbers; where classes are
    unbalanced least squares may lose a point or two. `ridge` is relative to the variance of each feature (see
    `probes.ridge.solve_ridge`).

    The scores of one target sum to 1 but are no probabilities. A class that no row had scores 0 and is never
    predicted; features that never vary are not used, and if none varies the most frequent class is predicted.
    """

    def fit_stream(self, batches: Iterable[tuple[Tensor, Tensor]], classes: int | None = None) -> "LinearProbe":
        """Fit to batches of (features, labels), each used once and let go: the same solution as `fit` on all rows.

        Without class names `classes` must be given, since the highest label is not known until the end.
        """
        count = self._class_count(classes)
        if count is None:
            raise ProbeError("a stream needs the number of classes: fit_stream(batches, classes=3), or class names")
        return self.fit_gram(add_up(batches, count, fast=self._fast(None)))

    def fit_gram(self, gram: Gram) -> "LinearProbe":
        """Fit to statistics gathered elsewhere: for many sites read in one pass, or many values of `ridge`."""
        self._check_counts(*gram.counts.shape)
        self._fitted, self._one_target = solve_ridge(gram, self.ridge), False
        warn_of(gram, self.targets)
        return self

    def _learn(self, features: Tensor, labels: Tensor, classes: int) -> None:
        self.fit_gram(Gram.of(features, labels, classes, fast=self._fast(features.dtype)))

    def _fast(self, dtype: torch.dtype | None) -> bool:
        """Products in float32 do where the penalty is far above their rounding."""
        return self.ridge >= SAFE_RIDGE and dtype is not torch.float64


__all__ = ["LinearProbe"]
