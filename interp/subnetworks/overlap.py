"""How many weights two subnetworks share, and how many they would share by chance under four closed-form nulls."""

from dataclasses import dataclass
from math import erfc, nan, sqrt
from typing import NamedTuple

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from interp.errors import ShapeError
from interp.models.model import Model
from interp.subnetworks.magnitude import strata
from interp.subnetworks.mask import Mask
from interp.subnetworks.pieces import pieces


class Moments(NamedTuple):
    """Of the number of shared weights when one of the masks is drawn anew."""

    mean: float
    """Weights expected to be shared."""
    variance: float
    """Its square root is the spread to be expected."""


@dataclass(frozen=True)
class Null:
    """How the observed overlap stands against one kind of chance."""

    expected: float
    """Mean number of shared weights under chance: exact."""
    deviation: float
    """Standard deviation under chance: exact."""
    ratio: float
    """Shared weights over expected ones; NaN where none is expected."""
    z: float
    """(shared - expected) / deviation; NaN where chance has only one outcome (an empty or a full mask)."""
    p: float
    """P(at least as many shared) for a normal variable; it says 0 beyond z = 38 and is rough beyond 5: report z too."""


@dataclass(frozen=True)
class Overlap:
    """Weights shared by masks a and b. Chance is drawn within each matrix, so where masks crowd is no overlap.

    A ratio can be no larger than 1 / the denser mask's share of the weights: at 50 % of the weights, 2.
    """

    shared: int
    """Weights that both keep."""
    a: int
    """Weights that a keeps."""
    b: int
    """Weights that b keeps."""
    total: int
    """Weights that they choose among."""
    free: Null
    """a's weights placed anywhere in their matrix (section 6.2 of Chang and Bergen 2025 as it is written)."""
    rows: Null
    """a's rows (outputs of the matrix) permuted: inputs that both masks favour count as chance. This is what the
    code published with that paper draws; its expectation is larger and its ratio smaller than `free`."""
    columns: Null
    """a's columns (inputs of the matrix) permuted: outputs that both masks favour count as chance."""
    magnitude: Null
    """a's weights placed among those of their matrix that are about as large (see `strata`): that both masks like
    large weights counts as chance."""

    @property
    def contained(self) -> float:
        """Share of a that lies in b; NaN when a is empty."""
        return self.shared / self.a if self.a else nan

    @property
    def jaccard(self) -> float:
        """Shared weights over those that at least one keeps; NaN when both are empty."""
        either = self.a + self.b - self.shared
        return self.shared / either if either else nan


def overlap(a: Mask, b: Mask, model: Model) -> Overlap:
    """Count what `a` and `b` share, and compare with chance within each matrix of `model` (and each other parameter).

    The nulls are closed forms: means and variances are those of infinitely many shuffles, and matrices add up because
    they are drawn independently. The masks may be of two checkpoints of one model; magnitudes are those of `model`.
    Raises `ShapeError` when the masks choose among different weights or the model is built otherwise.
    """
    if a.kept.keys() != b.kept.keys():
        raise ShapeError(f"the masks decide about different parameters: {', '.join(a.kept.keys() ^ b.kept.keys())}")
    pieces(model, b)
    weights, shared = dict(model.hf.named_parameters()), 0
    found: dict[str, list[Moments]] = {name: [] for name in ("free", "rows", "columns", "magnitude")}
    for piece in pieces(model, a):
        weight = piece.of(weights[piece.parameter].detach())
        first, second = (piece.of(mask.kept[piece.parameter]).to(weight.device) for mask in (a, b))
        shared += int((first & second).sum())
        found["free"].append(free_choice(first, second))
        found["rows"].append(permuted_rows(first, second))
        found["columns"].append(permuted_rows(first.T, second.T))
        found["magnitude"].append(free_choice(first, second, strata(weight)))
    nulls = {name: _null(shared, several) for name, several in found.items()}
    return Overlap(shared=shared, a=a.size, b=b.size, total=a.total, **nulls)


def free_choice(
    a: Bool[Tensor, "output input"],
    b: Bool[Tensor, "output input"],
    parts: Int64[Tensor, "output input"] | None = None,
) -> Moments:
    """Of the overlap when as many weights as `a` keeps are drawn freely: hypergeometric, in each of `parts` by itself.

    Of n weights of which the masks keep i and j they share ij/n, with variance ij(n-i)(n-j) / (n^2 (n-1)).
    """
    part = torch.zeros_like(a, dtype=torch.int64) if parts is None else parts
    count = torch.bincount(part.flatten())
    kept = [torch.bincount(part[mask], minlength=len(count)).tolist() for mask in (a, b)]
    mean = variance = 0.0
    for n, i, j in zip(count.tolist(), *kept, strict=True):
        mean += i * j / n if n else 0.0
        variance += i * j * (n - i) * (n - j) / (n**2 * (n - 1)) if n > 1 else 0.0
    return Moments(mean, variance)


def permuted_rows(a: Bool[Tensor, "row column"], b: Bool[Tensor, "row column"]) -> Moments:
    """Of the overlap when the rows of `a` are permuted at random, each column keeping its count.

    The overlap is then the sum over rows i of G[i, p(i)] with G = a b^T and p a random permutation. Its mean is
    sum(G) / rows, and its variance the sum of squares of G, centred by row and by column, over rows - 1 (Hoeffding
    1951). Written out, that sum needs whole numbers only: no rounding is left where nothing can vary.
    """
    rows, columns = a.shape
    first, second = a.double(), b.double()
    by_column = first.sum(0), second.sum(0)
    # The squares of a b^T sum to the products of a^T a and b^T b: the smaller matrices are enough.
    products = (first @ second.T) ** 2 if rows <= columns else (first.T @ first) * (second.T @ second)
    squares, every = int(products.sum()), int(by_column[0] @ by_column[1])
    rowwise = sum(int(x) ** 2 for x in [*(first @ by_column[1]).tolist(), *(second @ by_column[0]).tolist()])
    centred = rows**2 * squares - rows * rowwise + every**2
    return Moments(every / rows, max(0, centred) / (rows**2 * (rows - 1)) if rows > 1 else 0.0)


def _null(shared: int, pieces: list[Moments]) -> Null:
    mean, variance = (sum(moments) for moments in zip(*pieces, strict=True))
    deviation = sqrt(variance)
    z = (shared - mean) / deviation if deviation else nan
    return Null(mean, deviation, shared / mean if mean else nan, z, erfc(z / sqrt(2)) / 2)


__all__ = ["Moments", "Null", "Overlap", "free_choice", "overlap", "permuted_rows"]
