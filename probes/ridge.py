"""Ridge regression to one-hot classes in closed form: one Cholesky factor for all targets of a site."""

import torch

from interp.errors import ShapeError
from probes.affine import Affine
from probes.gram import Gram

SMALLEST_SPREAD = 1e-30
"""Standard deviation below which a feature counts as constant: 1 / spread must still be a float32."""
SMALLEST_PIVOT = 1e-12
"""Share of its variance that a feature must have to itself, given those before it, for the solution to mean anything.

In float64 a feature that is a sum of others has about 1e-16 left."""
SAFE_RIDGE = 1e-5
"""Least penalty for a Gram matrix of float32 products, whose smallest eigenvalues are rounding."""


def solve_ridge(gram: Gram, ridge: float) -> Affine:
    """The minimum over w and b of mean (w.x + b - y)^2 + ridge * sum_j variance_j w_j^2, for every target and class.

    `ridge` is relative: each weight is charged in units of its feature's variance, and the error is a mean over rows.
    So neither rescaling a feature nor repeating the rows changes a prediction, and the same `ridge` means the same at
    every depth. It equals ordinary ridge regression with penalty `ridge * rows` on features scaled to variance 1.
    The bias is free. Constant features get weight 0; a class that no row has gets weight and bias 0.

    Raises `ShapeError` when there are no rows, when a `fast` Gram comes with a ridge below `SAFE_RIDGE`, or when
    features are linearly dependent (fewer rows than features, for one) and `ridge` is too small to choose among the
    solutions.
    """
    if not gram.rows:
        raise ShapeError("no rows to fit: none were given, or every label is negative")
    if gram.fast and ridge < SAFE_RIDGE:
        raise ShapeError(
            f"a Gram of float32 products needs a ridge of {SAFE_RIDGE:g} or more: use Gram.of(..., fast=False)"
        )
    spread = (gram.scatter.diagonal() / gram.rows).sqrt()
    varies = spread > SMALLEST_SPREAD
    scale = spread[varies][:, None]
    correlation = gram.scatter[varies][:, varies] / gram.rows / scale / scale.T
    correlation.diagonal().add_(ridge)
    factor, failed = torch.linalg.cholesky_ex(correlation)
    if failed or (factor.diagonal() ** 2 < SMALLEST_PIVOT).any():
        raise ShapeError(
            f"the {len(scale)} features that vary are linearly dependent over {gram.rows} rows, so ridge={ridge:g} "
            "leaves many solutions. Choose a larger ridge (1e-4, say), or give more rows than features."
        )
    solved = torch.cholesky_solve(gram.cross[varies].flatten(1) / gram.rows / scale, factor) / scale
    weight = torch.zeros_like(gram.cross).flatten(1)
    weight[varies] = solved
    bias = gram.frequencies - (gram.mean @ weight).view_as(gram.counts)
    return Affine(weight.T.reshape(*gram.counts.shape, -1).float().contiguous(), bias.float())
