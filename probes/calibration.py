"""Whether probabilities mean what they say: of what is called likely at 80 %, 80 % should come true."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Float64, Int64, Integer
from torch import Tensor

from interp.errors import ShapeError
from probes.gram import CHUNK


class Calibration(NamedTuple):
    """How well probabilities hold, over all rows and targets alike."""

    error: float
    """Expected calibration error: the mean over labels of |confidence - accuracy| of the bin they fall into."""
    confidence: Float64[Tensor, " bin"]
    """Mean probability of the most likely class, for each bin; NaN in a bin that is empty."""
    accuracy: Float64[Tensor, " bin"]
    """Share of labels that are the most likely class, for each bin; NaN in a bin that is empty."""
    counts: Int64[Tensor, " bin"]
    """Labels in each bin."""
    brier: float
    """Mean over labels of the squared distance of the probabilities from the one-hot label: 0 to 2."""
    log_loss: float
    """Mean of -log(probability of the label), in nats; infinite when a label had probability 0."""


def calibration(
    probabilities: Float[Tensor, "row target class"], labels: Integer[Tensor, "row target"], bins: int = 15
) -> Calibration:
    """The calibration of the most likely class in equal bins (Guo et al. 2017, section 2), and two proper scores.

    Bin i holds the confidences above i / bins, up to and with (i + 1) / bins; 0 is in the first one. Of classes that
    are equally likely the lowest counts as predicted, as in `predict`. Negative labels are not counted. The error in
    bins depends on their number and is above 0 by chance where they hold few labels; the Brier score (1950) and the
    log loss do not have this weakness, but mix calibration with how much is known.

    Raises `ShapeError` for shapes that do not match, labels that are no class, numbers that are no probabilities
    (NaN, below 0, a sum other than 1), and when there is nothing to count.
    """
    _check(probabilities, labels, bins)
    edges = torch.linspace(0, 1, bins + 1, dtype=torch.float64).to(probabilities)[1:-1]
    sums = torch.zeros(3, bins, dtype=torch.float64)
    brier = logs = 0.0
    for chunk, asked in zip(torch.split(probabilities, CHUNK), torch.split(labels, CHUNK), strict=True):
        given = asked >= 0
        p, y = chunk.detach()[given], asked[given].to(torch.int64)
        top, guess = p.max(1)
        place = torch.bucketize(top, edges).cpu()
        right = guess == y
        for total, part in zip(sums, (top, right, torch.ones_like(top)), strict=True):
            total.index_add_(0, place, part.double().cpu())
        p = p.double()
        own = p.gather(1, y[:, None])
        brier += float((p.square().sum(1) - 2 * own[:, 0] + 1).sum())
        logs -= float(own.log().sum())
    counts, labelled = sums[2], float(sums[2].sum())
    confidence, accuracy = sums[0] / counts, sums[1] / counts
    error = float((sums[0] - sums[1]).abs().sum()) / labelled
    return Calibration(error, confidence, accuracy, counts.long(), brier / labelled, logs / labelled)


def _check(probabilities: Tensor, labels: Tensor, bins: int) -> None:
    if bins < 1:
        raise ShapeError(f"bins must be at least 1, not {bins}")
    if probabilities.ndim != 3 or labels.shape != probabilities.shape[:2]:
        raise ShapeError(
            f"need probabilities [row, target, class] and labels [row, target], not {list(probabilities.shape)} and "
            f"{list(labels.shape)}. For one target: probabilities[:, None], labels[:, None]."
        )
    if labels.device != probabilities.device:
        raise ShapeError(f"probabilities are on {probabilities.device}, labels on {labels.device}")
    if not (labels >= 0).any():
        raise ShapeError("nothing to count: no rows were given, or every label is negative")
    if (labels >= probabilities.shape[2]).any():
        raise ShapeError(f"label {int(labels.max())}, but {probabilities.shape[2]} classes have probabilities")
    rounding = 4 * probabilities.shape[2] * torch.finfo(probabilities.dtype).eps
    sums = probabilities.sum(2, dtype=torch.float64)
    if not ((sums - 1).abs() <= max(rounding, 1e-5)).all() or not (probabilities >= 0).all():
        raise ShapeError("these are no probabilities: each must be at least 0 and those of a target sum to 1. "
                         "Take them from predict_proba, not from scores.")  # fmt: skip


__all__ = ["Calibration", "calibration"]
