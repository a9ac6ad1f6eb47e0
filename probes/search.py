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
WIDEST = 10.0
"""Most that the logits of a target may spread at the start: far out, nothing is curved and every step goes wrong."""
SAMPLE = 8
"""Of so many chunks of rows a Hessian reads one, unless they are few."""
MEMORY = 2**28
"""Bytes of the Hessians that are held at a time."""


def search(objective: Softmax, gram: Gram, tolerance: float, passes: int) -> Minimum:
    """The minimum of all targets, in at most `passes` passes over the rows, beside those that curvatures take.

    The shared metric is tried for as many passes as the Hessians would cost.
    """
    places, spread = objective.standard.places, objective.standard.spread
    correlation = gram.scatter[places][:, places] / gram.rows / (spread[:, None] * spread)
    means = gram.cross[places] / spread[:, None, None] / gram.counts.clamp(min=1)
    start = objective.parameters(*_start(means, gram, correlation, objective))
    shared = _shared(correlation, objective.curvature(start), objective.ridge)
    size = 8 * start.shape[1] ** 2
    own = size <= MEMORY and len(places) > 0
    first = min(passes, max(ROUND, objective.classes * len(places) // (4 * SAMPLE))) if own else passes
    found = minimise(objective, start, shared, tolerance, first)
    open_ = (~found.converged).nonzero()[:, 0]  # those that are stuck too: that may be the fault of the shared metric
    while own and open_.numel() and found.passes < passes:
        for group in torch.split(open_, MEMORY // size):
            most = passes - found.passes
            if most > 0:
                found = _round(objective, gram, correlation, found, group, tolerance, most)
        open_ = (~(found.converged | found.stuck)).nonzero()[:, 0]
    return found


def _round(
    objective: Softmax,
    gram: Gram,
    correlation: Float64[Tensor, "feature feature"],
    found: Minimum,
    group: Places,
    tolerance: float,
    most: int,
) -> Minimum:
    """Some passes more, at most `most`, for the targets of `group`, in the metric of their own Hessians."""
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
    factor = _factor(metric)
    done = minimise(
        lambda points, at: objective(points, group[at]),
        start,
        lambda gradients, at: torch.cholesky_solve(gradients[..., None], factor[at])[..., 0],
        tolerance,
        min(ROUND, most),
    )
    parts = {name: part for name, part in done._asdict().items() if name != "passes"}
    whole = {name: getattr(found, name).index_copy(0, group, part) for name, part in parts.items()}
    return Minimum(passes=found.passes + done.passes, **whole)


def _factor(
    metric: Float64[Tensor, "problem parameter parameter"],
) -> Float64[Tensor, "problem parameter parameter"]:
    """The Cholesky factors of Hessians from float32 products, raised by as little as makes them positive."""
    raised = metric.clone()
    floor = (FLOOR * metric.diagonal(dim1=1, dim2=2).mean(1, keepdim=True)).clamp(min=FLOOR**2)
    for power in range(7):
        raised.diagonal(dim1=1, dim2=2).copy_(metric.diagonal(dim1=1, dim2=2) + 10**power * floor)
        factor: Tensor
        factor, failed = torch.linalg.cholesky_ex(raised)
        if not failed.any():
            break
    return factor


def _start(
    means: Float64[Tensor, "feature target class"],
    gram: Gram,
    correlation: Float64[Tensor, "feature feature"],
    objective: Softmax,
) -> tuple[Float64[Tensor, "target class feature"], Float64[Tensor, "target class"]]:
    """Fisher's discriminant, its weights drawn in where the rows can be told apart (almost) without an error."""
    weight, bias = discriminant(means, gram.counts, _raised(correlation, objective.ridge))
    prior = gram.frequencies.clamp(min=1e-12).log()
    spread = torch.einsum("tkf,fg,tkg->tk", weight, correlation, weight).amax(1).clamp(min=0).sqrt()
    share = (WIDEST / spread).clamp(max=1.0)
    bias = prior + share[:, None] * (bias - prior)
    if objective.weights is not None:
        bias = bias + objective.weights.clamp(min=1e-12).log()
    return share[:, None, None] * weight, bias


def _shared(
    correlation: Float64[Tensor, "feature feature"], curvature: Float64[Tensor, "target class class"], ridge: float
) -> Preconditioner:
    """The inverse of (mean curvature of a target) x (mean products of the features)."""
    typical = max(float(curvature.diagonal(dim1=1, dim2=2).mean()), FLOOR)
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
