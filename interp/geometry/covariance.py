"""How alike the covariances of the residual stream are at two depths, its strongest direction left out."""

import numpy as np
import torch
from jaxtyping import Float64
from torch import Tensor

from interp.errors import ShapeError
from interp.geometry.moments import Moments

_NOTHING = 1e-12
"""Share of a covariance below which what is left of it is rounding."""


def similarity(moments: Moments, drop: int = 1) -> Float64[np.ndarray, "depth depth"]:
    """Frobenius cosines between the covariances of all depths without their `drop` strongest directions.

    Chang and Bergen 2025, section 5.2, after Belrose et al. 2023: a few directions of enormous variance, the same at
    every depth, would make all depths look alike. 1 on the diagonal; NaN for a depth where nothing is left. Raises
    `ShapeError` when `drop` leaves no direction.
    """
    if not 0 <= drop < moments.width:
        raise ShapeError(f"of {moments.width} directions 0 to {moments.width - 1} can be left out, not {drop}")
    flat = torch.stack([_truncated(products, drop) for products in moments.products.cpu()]).flatten(1)
    cosines: Tensor = (flat @ flat.T).clamp(-1, 1)
    return cosines.numpy()


def alike(one: Float64[np.ndarray, "depth depth"], other: Float64[np.ndarray, "depth depth"]) -> float:
    """Pearson correlation of the cells above the diagonal of two similarity matrices; NaN where one is constant.

    Few depths have few cells: 4 have 6. Raises `ShapeError` for different shapes and fewer than 3 depths.
    """
    if one.shape != other.shape or len(one) < 3:
        raise ShapeError(f"need two matrices of one shape and at least 3 depths, not {one.shape} and {other.shape}")
    above = np.triu_indices(len(one), 1)
    left, right = (matrix[above] - matrix[above].mean() for matrix in (one, other))
    scale = np.sqrt((left @ left) * (right @ right))
    return float(left @ right / scale) if scale > _NOTHING else float("nan")


def _truncated(products: Float64[Tensor, "width width"], drop: int) -> Float64[Tensor, "width width"]:
    """Without its strongest directions, of Frobenius norm 1; NaN where nothing is left."""
    sizes, axes = torch.linalg.eigh(products)
    kept = len(sizes) - drop
    rest = (axes[:, :kept] * sizes[:kept]) @ axes[:, :kept].T
    size, whole = float(rest.norm()), float(products.norm())
    return rest / size if size > _NOTHING * whole else torch.full_like(rest, torch.nan)


__all__ = ["alike", "similarity"]
