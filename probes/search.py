"""From a start in closed form to the best logits: L-BFGS in the metric of the Gram matrix, then in that of the Hessian.

Where classes and features vary much as if independently, as for normal features, the Hessian of a target is nearly
(its mean curvature) x (the Gram matrix all targets share), and some ten passes do. In residual streams it is not: a
square is known to be empty without a doubt, and only the rest is open. Targets that are still open when the shared
metric has had its chance get one of their own, the Hessian on a sample of the rows.
"""

import torch
from jaxtyping import Float64
from torch import Tensor

from probes.discriminant import discriminant
from probes.gram import CHUNK, Gram
from probes.lbfgs import Minimum, Places, Points, Preconditioner, minimise
from probes.softmax import Softmax

FLOOR = 1e-6
"""Least penalty in a metric, where nothing but speed depends on it: above the rounding of float32."""
SHARE = 0.01
"""Share of the shared metric in that of a target, for directions of which its sample of rows says nothing."""
ROUND = 15
"""Passes before a Hessian is taken anew."""
SAMPLE = 8
"""Of so many chunks of rows a Hessian reads one, unless they are few."""
MEMORY = 2**28
"""Bytes of the Hessians that are held at a time."""


def search(objective: Softmax, gram: Gram, tolerance: float, passes: int) -> Minimum:
    """The minimum of all targets, in at most about `passes` passes over the rows.

    The shared metric is tried for as many passes as the Hessians would cost.
    """
    places, spread = objective.standard.places, objective.standard.spread
    correlation = gram.scatter[places][:, places] / gram.rows / (spread[:, None] * spread)
    means = gram.cross[places] / spread[:, None, None] / gram.counts.clamp(min=1)
    start = objective.parameters(*discriminant(means, gram.counts, _raised(correlation, objective.ridge)))
    shared = _shared(correlation, objective.curvature(start), objective.ridge)
    size = 8 * start.shape[1] ** 2
    own = size <= MEMORY and len(places) > 0
    first = min(passes, max(ROUND, objective.classes * len(places) // (4 * SAMPLE))) if own else passes
    found = minimise(objective, start, shared, tolerance, first)
    while own and (open_ := (~(found.converged | found.stuck)).nonzero()[:, 0]).numel() and found.passes < passes:
        for group in torch.split(open_, MEMORY // size):
            found = _round(objective, gram, correlation, found, group, tolerance)
    return found


def _round(
    objective: Softmax,
    gram: Gram,
    correlation: Float64[Tensor, "feature feature"],
    found: Minimum,
    group: Places,
    tolerance: float,
) -> Minimum:
    """Some passes more for the targets of `group`, in the metric of their own Hessians."""
    start = found.points[group]
    every = max(1, min(SAMPLE, gram.rows // max(8 * start.shape[1], CHUNK)))
    metric = objective.hessian(start, group, every)
    curvature = objective.curvature(found.points)[group]
    width = len(correlation) + 1
    for k in range(curvature.shape[1]):
        for other in range(curvature.shape[1]):
            block = metric[:, k * width : (k + 1) * width, other * width : (other + 1) * width]
            block[:, :-1, :-1] += SHARE * curvature[:, k, other, None, None] * correlation
            block[:, -1, -1] += SHARE * curvature[:, k, other]
    metric.diagonal(dim1=1, dim2=2).add_(FLOOR**2)
    factor = torch.linalg.cholesky(metric)
    done = minimise(
        lambda points, at: objective(points, group[at]),
        start,
        lambda gradients, at: torch.cholesky_solve(gradients[..., None], factor[at])[..., 0],
        tolerance,
        ROUND,
    )
    kept = [tensor.clone() for tensor in (found.points, found.values, found.converged, found.stuck)]
    for whole, part in zip(kept, (done.points, done.values, done.converged, done.stuck), strict=True):
        whole[group] = part
    points, values, converged, stuck = kept
    return Minimum(points, values, found.passes + done.passes, converged, stuck)


def _shared(
    correlation: Float64[Tensor, "feature feature"], curvature: Float64[Tensor, "target class class"], ridge: float
) -> Preconditioner:
    """The inverse of (mean curvature of a target) x (mean products of the features)."""
    typical = float(curvature.diagonal(dim1=1, dim2=2).mean())
    factor = torch.linalg.cholesky(_raised(correlation, ridge / typical))
    inverse = torch.linalg.inv(
        curvature + FLOOR * torch.eye(curvature.shape[1], dtype=curvature.dtype, device=curvature.device)
    )

    def apply(gradients: Points, at: Places) -> Points:
        split = gradients.view(len(at), curvature.shape[1], -1)
        weights = torch.cholesky_solve(split[..., :-1].flatten(0, 1).T, factor).T.view(*split.shape[:2], -1)
        found: Tensor = inverse[at] @ torch.cat([weights, split[..., -1:]], 2)
        return found.flatten(1)

    return apply


def _raised(matrix: Float64[Tensor, "feature feature"], ridge: float) -> Float64[Tensor, "feature feature"]:
    raised = matrix.clone()
    raised.diagonal().add_(max(ridge, FLOOR))
    return raised


__all__ = ["search"]
