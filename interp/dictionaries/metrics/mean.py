"""The mean of activation rows that come in batches of any size."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from interp.errors import ShapeError


class RunningMean:
    """Exact up to float64 rounding, however the rows were batched: sums of rows are kept, not means of means."""

    def __init__(self) -> None:
        self.rows: int = 0
        """How many rows were added."""
        self.constant: bool = True
        """Whether every row added was the same as the first."""
        self._first: Tensor = torch.empty(0)
        self._total: Tensor = torch.empty(0)

    def add(self, rows: Float[Tensor, "row *width"]) -> None:
        """Count `rows`. Raises `ShapeError` for another width than before and for NaN or infinity, naming the row."""
        if not len(rows):
            return
        if not self.rows:
            self._first, self._total = rows[0].clone(), torch.zeros_like(rows[0], dtype=torch.float64)
        if rows.shape[1:] != self._first.shape:
            raise ShapeError(f"rows of shape {list(rows.shape[1:])} follow rows of shape {list(self._first.shape)}")
        require_finite(rows, "activation", self.rows)
        self.constant = self.constant and bool((rows == self._first).all())
        self._total += rows.double().sum(0)
        self.rows += len(rows)

    @property
    def value(self) -> Float[Tensor, "*width"]:
        """The mean in float64. Raises `ShapeError` when no row was added."""
        if not self.rows:
            raise ShapeError("there are no rows: the corpus or the selection is empty")
        return self._total / self.rows


def require_finite(rows: Float[Tensor, "row *width"], what: str, begin: int) -> None:
    """Raise `ShapeError` naming the first row with NaN or infinity; `begin` is the number of the first of `rows`."""
    wrong: Bool[Tensor, " row"] = ~rows.isfinite().flatten(1).all(1)
    if wrong.any():
        row = int(wrong.nonzero()[0])
        kind = "NaN" if rows[row].isnan().any() else "infinity"
        raise ShapeError(
            f"{what} row {begin + row} holds {kind} ({int(wrong.sum())} of {len(rows)} rows of this batch)"
        )


__all__ = ["RunningMean", "require_finite"]
