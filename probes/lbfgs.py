"""L-BFGS for many independent smooth problems at once, which share every pass over the data."""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float64, Int64
from torch import Tensor

Points = Float64[Tensor, "problem size"]
Places = Int64[Tensor, " problem"]
Objective = Callable[[Points, Places], tuple[Float64[Tensor, " problem"], Points]]
"""(points, which problems they belong to) -> (values, gradients)."""
Preconditioner = Callable[[Points, Places], Points]
"""(gradients, which problems) -> about the inverse Hessian times the gradient; symmetric and positive."""

MEMORY = 10
"""Pairs of steps and gradient changes that are remembered."""
ARMIJO = 1e-4
"""Share of the decrease that the slope promises which a step must bring."""
SHRINK = 0.4
"""What a refused step is multiplied with."""
NOISE = 1e-9
"""Relative rise of a value that counts as rounding."""
REFUSALS = 8
"""Refused steps in a row after which a problem is given up: its values are down to rounding, or its
preconditioner is of no use."""


class Minimum(NamedTuple):
    """Where the problems ended."""

    points: Points
    """The best points found."""
    values: Float64[Tensor, " problem"]
    """Their values."""
    passes: int
    """Evaluations of the objective, each of which served all problems that were still open."""
    converged: Bool[Tensor, " problem"]
    """Whether the decrease still to be expected fell below the tolerance."""
    stuck: Bool[Tensor, " problem"]
    """Whether no step along the last direction brought a decrease."""
    left: Float64[Tensor, " problem"]
    """The decrease still to be expected."""


class _Pair(NamedTuple):
    step: Points
    change: Points
    inverse: Float64[Tensor, " problem"]
    """1 / (step . change); 0 for problems whose pair says nothing."""


def minimise(
    objective: Objective, start: Points, precondition: Preconditioner, tolerance: float, passes: int
) -> Minimum:
    """The minimum of each problem, from `start`, in at most `passes` evaluations.

    A problem is finished when half of gradient . (estimated inverse Hessian) . gradient, the decrease that a full step
    promises, is below `tolerance` times the size of its value. Finished problems are not evaluated any more, and a
    problem whose step was refused tries a shorter one in the pass in which the others go on (Nocedal and Wright 2006,
    chapters 3 and 7). One whose steps are refused time and again is left where it is.
    """
    everything = torch.arange(len(start), device=start.device)
    points = start.clone()
    values, gradients = objective(points, everything)
    pairs: deque[_Pair] = deque(maxlen=MEMORY)
    converged = torch.zeros(len(start), dtype=torch.bool, device=start.device)
    steps, slopes = torch.zeros_like(points), torch.zeros_like(values)
    length, fresh, done = torch.ones_like(values), everything, 1
    while True:
        if len(fresh):
            steps[fresh] = -_direction(gradients[fresh], fresh, pairs, precondition)
            slopes[fresh] = (steps[fresh] * gradients[fresh]).sum(1)
            length[fresh] = 1.0
            converged[fresh] = -slopes[fresh] / 2 <= tolerance * values[fresh].abs()
        stuck = length < SHRINK**REFUSALS
        open_ = (~(converged | stuck)).nonzero()[:, 0]
        if not len(open_) or done >= passes:
            return Minimum(points, values, done, converged, stuck, -slopes / 2)
        tried = points[open_] + length[open_, None] * steps[open_]
        value, gradient = objective(tried, open_)
        done += 1
        bound = values[open_] + ARMIJO * length[open_] * slopes[open_] + NOISE * values[open_].abs()
        good = value <= bound
        fresh = open_[good]
        pairs.append(_pair(points, gradients, fresh, tried[good], gradient[good]))
        points[fresh], values[fresh], gradients[fresh] = tried[good], value[good], gradient[good]
        length[open_[~good]] *= SHRINK


def _direction(gradient: Points, at: Places, pairs: deque[_Pair], precondition: Preconditioner) -> Points:
    """The two-loop recursion: the estimated inverse Hessian times the gradient."""
    q, shares = gradient.clone(), []
    for pair in reversed(pairs):
        share = pair.inverse[at] * (pair.step[at] * q).sum(1)
        q -= share[:, None] * pair.change[at]
        shares.append(share)
    r = precondition(q, at)
    for pair, share in zip(pairs, reversed(shares), strict=True):
        back = pair.inverse[at] * (pair.change[at] * r).sum(1)
        r = r + (share - back)[:, None] * pair.step[at]
    return r


def _pair(
    points: Points,
    gradients: Points,
    at: Int64[Tensor, " some"],
    new: Float64[Tensor, "some size"],
    gradient: Float64[Tensor, "some size"],
) -> _Pair:
    """What the accepted steps of the problems `at` say about curvature; nothing where it does not come out positive."""
    step, change = torch.zeros_like(points), torch.zeros_like(points)
    step[at], change[at] = new - points[at], gradient - gradients[at]
    product = (step * change).sum(1)
    positive = product > 1e-14 * step.norm(dim=1) * change.norm(dim=1)
    inverse = torch.where(positive, 1 / product.where(positive, 1.0), 0.0)
    return _Pair(step, change, inverse)
