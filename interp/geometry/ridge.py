"""Ridge maps from the residual stream at a depth to what entered the model, or to what leaves its last block."""

from typing import Literal, NamedTuple

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from interp.errors import ShapeError, unknown
from interp.geometry.moments import Moments

End = Literal["input", "output"]
"""The token embeddings, or the residual stream after the last block (before the final norm)."""


class RidgeMap(NamedTuple):
    """An affine map of the residual stream."""

    weight: Float64[Tensor, "width width"]
    """From its rows to its columns: a state is multiplied from the left."""
    bias: Float64[Tensor, " width"]
    """What is added then."""

    def states(self, states: Float[Tensor, "*batch width"]) -> Float[Tensor, "*batch width"]:
        """The images of `states`, computed in float64, in their own type."""
        mapped: Tensor = states.to(self.weight) @ self.weight + self.bias
        return mapped.to(states)


def ridge_map(moments: Moments, depth: int, end: End, alpha: float = 1.0) -> RidgeMap:
    """The least squares map from `depth` to an `end` with the penalty `alpha` x the sum of squared weights.

    The squares are summed over rows, and the intercept is free, as in scikit-learn's `Ridge`. Raises `ShapeError` for
    an `alpha` of 0 or less and a depth that is not there, `UnknownNameError` for another end.
    """
    if end not in ("input", "output"):
        raise unknown("end of a map", end, ("input", "output"))
    if not alpha > 0:
        raise ShapeError(f"alpha must be above 0, not {alpha}: without it a flat residual stream has no map")
    if not 0 <= depth <= moments.depth:
        raise ShapeError(f"there is no depth {depth}: these moments have 0 to {moments.depth}")
    crossed, target = (
        (moments.to_input, moments.input_mean) if end == "input" else (moments.to_output, moments.means[-1])
    )
    own = moments.products[depth]
    penalty = alpha * torch.eye(len(own), dtype=own.dtype, device=own.device)
    weight = torch.linalg.solve(own + penalty, crossed[depth])
    return RidgeMap(weight, target - moments.means[depth] @ weight)


__all__ = ["End", "RidgeMap", "ridge_map"]
