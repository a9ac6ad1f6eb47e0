"""The final probe: multinomial logistic regression for many targets at once, with probabilities."""

import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import torch
from jaxtyping import Float64, Int64
from torch import Tensor
from torch.nn.functional import pad

from interp.errors import ShapeError
from probes.affine import Affine, AffineProbe
from probes.checks import warn_of
from probes.errors import ProbeError, ProbeWarning
from probes.gram import CHUNK, Gram, add_up
from probes.origin import Origin
from probes.ridge import SMALLEST_SPREAD
from probes.search import search
from probes.softmax import Rows, Softmax, Standard
from probes.surface import Probabilities

ROUNDED = 1e-4
"""Share of 1 + the objective that rounding in float32 may hide."""


class LogisticProbe(AffineProbe, Probabilities):
    """Multinomial logistic regression: the minimum of mean cross-entropy + ridge / 2 * sum_j variance_j |w_j|^2.

    That is scikit-learn's `LogisticRegression(C=1 / (ridge * rows))` behind a `StandardScaler`, for every target, at
    the weights that are centred over classes. `class_weight` multiplies the rows of each class in the cross-entropy
    (whose mean it stays): one number a class, or "balanced" for numbers that let the classes of a target weigh alike.

    All targets are solved together from one start in closed form (Fisher's discriminant from the Gram matrix) by an
    L-BFGS whose metric is that Gram matrix times each target's mean curvature. `tolerance` is the relative decrease
    of the objective still to be expected at which a target is done; `passes` the most passes over the rows.

    A class that no row had gets probability 0. Features that never vary are not used.
    """

    def __init__(
        self,
        ridge: float = 1e-4,
        targets: Sequence[str] | None = None,
        classes: Sequence[str] | None = None,
        class_weight: Sequence[float] | str | None = None,
        tolerance: float = 1e-6,
        passes: int = 200,
        origin: Origin | None = None,
    ) -> None:
        super().__init__(ridge, targets, classes, origin)
        self.class_weight, self.tolerance, self.passes = class_weight, tolerance, passes
        if not 0 < tolerance < 1 or passes < 1:
            raise ShapeError(f"tolerance must lie in 0..1 and passes be at least 1, not {tolerance} and {passes}")
        good = not isinstance(class_weight, str) and all(math.isfinite(w) and w > 0 for w in class_weight or ())
        if not good and class_weight != "balanced":
            raise ShapeError(
                f"class_weight must be None, 'balanced' or a positive number for each class, not {class_weight!r}"
            )
        self.passes_: int
        """Passes over the rows that the last fit took."""
        self.objective_: Float64[Tensor, " target"]
        """What the last fit reached, for every target."""

    def fit_stream(
        self, batches: Callable[[], Iterable[tuple[Tensor, Tensor]]], classes: int | None = None
    ) -> "LogisticProbe":
        """Fit to data that need not lie in memory: `batches()` gives (features, labels) from the beginning each time.

        It is called once for the Gram matrix and then once a pass (some ten in all), so make it read from a disk
        rather than run a model. Without class names `classes` must be given.
        """
        count = self._class_count(classes)
        if count is None:
            raise ProbeError("a stream needs the number of classes: fit_stream(batches, classes=3), or class names")
        if not callable(batches):
            raise ProbeError("the rows are read several times: give a function that starts them anew, as in "
                             "fit_stream(lambda: zip(features, labels))")  # fmt: skip
        gram = add_up(batches(), count, fast=True)
        self._solve(gram, lambda: _labelled(batches()))
        return self

    def _learn(self, features: Tensor, labels: Tensor, classes: int) -> None:
        gram = Gram.of(features, labels, classes, fast=True)
        self._solve(gram, lambda: _labelled([(features, labels)]))

    def _solve(self, gram: Gram, rows: Rows) -> None:
        self._check_counts(*gram.counts.shape)
        if not gram.rows:
            raise ShapeError("no rows to fit: none were given, or every label is negative")
        spread = (gram.scatter.diagonal() / gram.rows).sqrt()
        places = (spread > SMALLEST_SPREAD).nonzero()[:, 0]
        standard = Standard(places, gram.mean, spread[places])
        # A second class that no row has changes nothing, and lets all that follows count on two.
        wide, weights = _two_classes(gram), self._weights(gram)
        if weights is not None:
            weights = pad(weights, (0, wide.counts.shape[1] - weights.shape[1]))
        objective = Softmax(lambda: _complete(rows(), gram.rows), wide, standard, self.ridge, weights)
        found = search(objective, wide, self.tolerance, self.passes)
        if not (found.values > -ROUNDED).all():  # less than nothing: rounding has taken over
            target = int((~(found.values > -ROUNDED)).nonzero()[0])
            raise ShapeError(
                f"with ridge={self.ridge:g} target {target} has no best weights: its classes can be told apart "
                "without an error, and weights grow beyond float32. Choose a larger ridge (1e-4, say)."
            )
        weight, bias = (tensor[:, : gram.counts.shape[1]] for tensor in objective.logits(found.points))
        self._fitted, self._one_target = Affine(weight.contiguous(), bias.contiguous()), False
        self.passes_, self.objective_ = found.passes, found.values
        warn_of(gram, self.targets)
        # Stuck with little to gain: the values are down to the rounding of float32.
        open_ = ~found.converged & ~(found.stuck & (found.left <= ROUNDED * (1 + found.values.abs())))
        if open_.any():
            warnings.warn(
                f"{int(open_.sum())} of {len(open_)} targets had not converged after "
                f"{found.passes} passes. Allow more passes, or a larger ridge: classes that can be told apart without "
                "an error have no best weights without one.",
                ProbeWarning,
                stacklevel=4,
            )

    def _weights(self, gram: Gram) -> Float64[Tensor, "target class"] | None:
        """How much a row of each class counts, for every target."""
        if self.class_weight is None:
            return None
        counts = gram.counts.double()
        if self.class_weight == "balanced":
            present = (counts > 0).sum(1, keepdim=True)
            return torch.where(counts > 0, gram.rows / (present * counts.clamp(min=1)), 0.0)
        given = torch.tensor(list(self.class_weight), dtype=torch.float64, device=counts.device)
        if len(given) != counts.shape[1]:
            raise ShapeError(f"class_weight has {len(given)} numbers for {counts.shape[1]} classes")
        return given.expand_as(counts).contiguous()


def _two_classes(gram: Gram) -> Gram:
    missing = max(0, 2 - gram.counts.shape[1])
    return replace(gram, counts=pad(gram.counts, (0, missing)), cross=pad(gram.cross, (0, missing)))


def _complete(chunks: Iterator[tuple[Tensor, Tensor]], rows: int) -> Iterator[tuple[Tensor, Tensor]]:
    """The chunks, and an error at their end when these are not the rows that were counted first."""
    seen = 0
    for features, labels in chunks:
        seen += len(features)
        yield features, labels
    if seen != rows:
        raise ProbeError(
            f"the first time there were {rows} rows with labels and now {seen}: the function handed to fit_stream "
            "must start the same rows anew each time it is called"
        )


def _labelled(batches: Iterable[tuple[Tensor, Tensor]]) -> Iterator[tuple[Tensor, Int64[Tensor, "row target"]]]:
    """Rows with labels, in chunks. The Gram matrix was made of them, so that they have been checked."""
    for features, labels in batches:
        kept = labels[:, 0] >= 0
        x, y = (features, labels) if kept.all() else (features[kept.to(features.device)], labels[kept])
        for chunk, given in zip(torch.split(x.detach(), CHUNK), torch.split(y, CHUNK), strict=True):
            if len(chunk):
                yield chunk, given.long()


__all__ = ["LogisticProbe"]
