"""How well rows are reconstructed: explained variance, error, shrinkage, direction and norm."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from interp.errors import ShapeError


class RowErrors(NamedTuple):
    """What was added of each row of a batch, for whoever groups rows by document."""

    residual: Float[Tensor, " row"]
    """Squared distance of the row from its reconstruction."""
    variance: Float[Tensor, " row"]
    """Squared distance of the row from the mean."""


class Reconstruction:
    """Sums over rows x and their reconstructions r, in float64; the numbers below are made from the sums at the end.

    So batches of any size, a short last one included, give what all rows at once give, up to float64 rounding.
    """

    def __init__(self, mean: Float[Tensor, "*width"]):
        """`mean` is the mean of the very rows that will be added, in float64 (`RunningMean`)."""
        self._mean = mean.double()
        self.rows = 0
        self._residual = self._variance = self._inner = self._out = 0.0
        self._norm_in = self._norm_out = self._cosine = 0.0

    def add(self, rows: Float[Tensor, "row *width"], back: Float[Tensor, "row *width"]) -> RowErrors:
        """Count `rows` and what a dictionary made of them."""
        # A dictionary predicts the mean as well as its type can hold it: one that does has an explained variance of 0,
        # not of minus its rounding. Types below float32 are too coarse to be a yardstick.
        mean = self._mean.to(torch.promote_types(back.dtype, torch.float32)).double().flatten()
        x, r = rows.double().flatten(1), back.to(rows.device).double().flatten(1)
        # One expression for both, so that equal predictions give equal bits.
        errors = RowErrors((x - r).square().sum(1), (x - mean.to(x)).square().sum(1))
        inner, norm_in, norm_out = (x * r).sum(1), x.norm(dim=1), r.norm(dim=1)
        product = norm_in * norm_out
        self.rows += len(x)
        self._residual += float(errors.residual.sum())
        self._variance += float(errors.variance.sum())
        self._inner += float(inner.sum())
        self._out += float(r.square().sum())
        self._norm_in += float(norm_in.sum())
        self._norm_out += float(norm_out.sum())
        self._cosine += float(torch.where(product > 0, inner / product, 0.0).sum())
        return errors

    @property
    def explained_variance(self) -> float:
        """1 - sum |x - r|^2 / sum |x - mean|^2, over all rows and dimensions together.

        1 for a perfect reconstruction, exactly 0 for the mean of the rows, negative for worse. Others differ: SAELens
        until 2025 and several papers divide by the sum of |x|^2 (variance about zero, near 1 for any dictionary where
        the mean is large); SAEBench's legacy formula and dictionary_learning average ratios of batches or dimensions,
        which depends on the batches or weighs quiet dimensions like loud ones. Raises `ShapeError` where all rows
        are the same: there is no variance to explain.
        """
        if self._variance <= 0:
            raise ShapeError(f"{self.rows} rows without variance: there is nothing for a dictionary to explain")
        return 1 - self._residual / self._variance

    @property
    def mean_squared_error(self) -> float:
        """Mean over rows of |x - r|^2, summed over dimensions as SAELens does (not averaged as `torch` does)."""
        return self._residual / self.rows

    @property
    def shrinkage(self) -> float | None:
        """The bias gamma of Rajamanoharan et al. 2024 (gated dictionaries): argmin over g of E|r / g - x|^2.

        The derivative is zero at 1 / g = E[r.x] / E|r|^2, so gamma = E|r|^2 / E[r.x]: 1 without bias, below 1 where
        reconstructions are systematically too small. None where r is zero or on average orthogonal to x.
        """
        return self._out / self._inner if self._inner else None

    @property
    def cosine(self) -> float:
        """Mean over rows of the cosine of x and r; 0 where one of them is zero."""
        return self._cosine / self.rows

    @property
    def norm_ratio(self) -> float:
        """Sum of |r| over sum of |x|. Below 1 even without bias, wherever r has an error: see `shrinkage`."""
        return self._norm_out / self._norm_in


__all__ = ["Reconstruction", "RowErrors"]
