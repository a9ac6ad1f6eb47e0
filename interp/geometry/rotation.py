"""How far a residual stream is turned away from the token embeddings, and from what leaves the last block."""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float64
from torch import Tensor

from interp.errors import ShapeError
from interp.geometry.moments import Moments
from interp.geometry.ridge import ridge_map


class Rotation(NamedTuple):
    """Degrees by depth, 0 to 180: 0 where the map to an end stretches and never turns."""

    to_input: Float64[np.ndarray, " depth"]
    """Between the residual stream and the token embeddings."""
    to_output: Float64[np.ndarray, " depth"]
    """Between the residual stream and what leaves the last block; 0 at the last depth, which is that itself."""


def rotation(moments: Moments, alpha: float = 1.0) -> Rotation:
    """The median rotation of the ridge maps from each depth to both ends (Chang and Bergen 2025, section 5.1, A.7).

    With fewer rows than the stream is wide the maps know only some directions, and say little of the others.
    """
    depths = range(moments.depth + 1)
    return Rotation(
        np.array([median_rotation(ridge_map(moments, depth, "input", alpha).weight) for depth in depths]),
        np.array([median_rotation(ridge_map(moments, depth, "output", alpha).weight) for depth in depths]),
    )


def median_rotation(weight: Float64[Tensor, "width width"]) -> float:
    """The median of |arg eigenvalue| over all eigenvalues of a square matrix, in degrees.

    A turn of a plane has two eigenvalues of the same angle; a mirrored direction counts as 180 degrees, a direction
    that is removed (eigenvalue 0) as 0. Raises `ShapeError` for NaN and infinity.
    """
    if not weight.isfinite().all():
        raise ShapeError("a matrix with NaN or infinity has no eigenvalues")
    values = torch.linalg.eigvals(weight.cpu()).numpy()
    return float(np.median(np.abs(np.angle(values, deg=True))))


__all__ = ["Rotation", "median_rotation", "rotation"]
