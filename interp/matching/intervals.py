"""How far an F1 or an AUROC could have come out otherwise, had other documents or games been drawn."""

from math import nan, sqrt

import numpy as np
import torch
from jaxtyping import Bool, Integer, Real
from torch import Tensor

from interp.matching.latents import columns
from interp.matching.ranking import midranks
from interp.stats import Interval, bootstrap, t_quantile


def f1_interval(
    fires: Bool[Tensor, " row"],
    label: Bool[Tensor, " row"],
    groups: Integer[Tensor, " row"],
    generator: np.random.Generator,
    level: float = 0.95,
) -> Interval:
    """The F1 of one detector with the bootstrap interval of whole groups; NaN for a label that no row has."""
    distinct, place = torch.unique(groups, return_inverse=True)
    if not label.any():
        return Interval(nan, nan, nan, len(distinct))
    zero = torch.zeros(len(distinct), dtype=torch.int64, device=place.device)
    hits = zero.index_add(0, place, (fires & label).long())
    both = zero.index_add(0, place, fires.long() + label.long())
    return bootstrap(2 * hits.cpu().numpy(), both.cpu().numpy(), generator, level)


def auroc_interval(
    values: Real[Tensor, " row"], label: Bool[Tensor, " row"], groups: Integer[Tensor, " row"], level: float = 0.95
) -> Interval:
    """The AUROC of one latent for one label with an interval over whole groups; NaN for a label with one class.

    The variance is that of DeLong et al. (1988) for clustered rows (Obuchowski 1997): every row is placed among the
    rows of the other class, and the placements are summed by group. The interval is Student's, cut at 0 and 1.
    """
    distinct, place = torch.unique(groups, return_inverse=True)
    count, positives, negatives = len(distinct), int(label.sum()), int((~label).sum())
    if not positives or not negatives:
        return Interval(nan, nan, nan, count)
    below = _midranks(values)
    # Rows of the other class below each row with the label, and above each row without it; ties are halves.
    below[label] -= _midranks(values[label])
    below[~label] = positives - (below[~label] - _midranks(values[~label]))
    area = float(below[label].sum() / (positives * negatives))
    if count == 1:
        return Interval(area, area, area, 1)
    beyond = torch.where(label, below / negatives - area, below / positives - area)
    beyond /= torch.where(label, positives, negatives)
    by_group = torch.zeros(count, dtype=torch.float64, device=place.device).index_add(0, place, beyond)
    half = t_quantile(level, count - 1) * sqrt(float(by_group.square().sum()) * count / (count - 1))
    return Interval(area, max(0.0, area - half), min(1.0, area + half), count)


def _midranks(values: Real[Tensor, " row"]) -> Tensor:
    return midranks(next(columns(values[:, None])))
