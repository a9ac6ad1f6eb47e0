"""How many latents fire, how often each of them, and which never do."""

from math import floor, log10
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int64, Integer
from torch import Tensor

from interp.errors import ShapeError


class Firing:
    """For each latent the number of rows in which it is not zero. Exact: counts are integers."""

    def __init__(self, latents: int):
        """`latents` is the size of the dictionary."""
        self.rows = 0
        self.fired: Int64[Tensor, " latent"] = torch.zeros(latents, dtype=torch.int64)
        """Rows in which each latent fired."""

    def add(self, latents: Float[Tensor, "row latent"]) -> Int64[Tensor, " row"]:
        """Count a batch; returns how many latents fired in each row. NaN counts as firing: refuse it before."""
        active = latents != 0
        self.rows += len(latents)
        self.fired += active.sum(0).cpu()
        return active.sum(1)

    @property
    def l0(self) -> float:
        """Mean number of latents that are not zero in a row."""
        return int(self.fired.sum()) / self.rows

    @property
    def dead_share(self) -> float:
        """Share of latents that fired in none of the rows; it falls as rows are added, so `rows` belongs beside it."""
        return int((self.fired == 0).sum()) / len(self.fired)


class DensityHistogram(NamedTuple):
    """Latents by the logarithm of their density, those that never fired apart."""

    edges: Float[np.ndarray, " edge"]
    """Edges of the bins in log10 of the density, ending at 0 (in every row); a bin holds its lower edge."""
    counts: Integer[np.ndarray, " bin"]
    """Latents in each bin."""
    dead: int
    """Latents that never fired: they have no logarithm, and are in no bin."""


def density_histogram(fired: Int64[Tensor, " latent"], rows: int, per_decade: int = 4) -> DensityHistogram:
    """The histogram of log10(fired / rows), from the decade of a single firing to 0, with equal bins.

    `counts.sum() + dead` is the number of latents. Raises `ShapeError` for no rows, or counts that are not 0 to `rows`.
    """
    if rows < 1 or per_decade < 1 or not ((fired >= 0) & (fired <= rows)).all():
        raise ShapeError(f"firings must be counts of 0 to {rows} rows, with at least 1 row and 1 bin a decade")
    decades = max(1, -floor(log10(1 / rows)))
    edges = np.linspace(-decades, 0, decades * per_decade + 1)
    live = fired[fired > 0].cpu().numpy()
    counts, _ = np.histogram(np.log10(live / rows), bins=edges)
    return DensityHistogram(edges, counts, int((fired == 0).sum()))


__all__ = ["DensityHistogram", "Firing", "density_histogram"]
