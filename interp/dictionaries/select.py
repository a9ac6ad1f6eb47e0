"""Which latents of a row, or of a batch, may be active: exactly the largest ones, found without sorting all."""

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from interp.dictionaries.code import Code
from interp.errors import ShapeError

GROUP = 8
"""Columns that share one maximum in the first round of `largest`."""


def largest(pre: Float[Tensor, "row latent"], k: int) -> tuple[Float[Tensor, "row k"], Int64[Tensor, "row k"]]:
    """The `k` largest of each row and their places, in no particular order; of equal values any may be taken.

    Two rounds: the `k` groups of columns with the largest maxima hold the `k` largest values, so that the second
    round looks at `k` groups instead of at the whole row. Raises `ShapeError` when there are fewer than `k` columns.
    """
    rows, width = pre.shape
    if not 1 <= k <= width:
        raise ShapeError(f"k must be between 1 and the width {width}, not {k}")
    columns = width // GROUP
    if width % GROUP or 4 * k > columns:
        values, places = pre.topk(k, sorted=False)
        return values, places
    # Group j holds the columns j, j + columns, ...: maxima then run along contiguous memory.
    grouped = pre.reshape(rows, GROUP, columns)
    groups = grouped.amax(1).topk(k, sorted=False).indices
    candidates = grouped.gather(2, groups[:, None].expand(-1, GROUP, -1)).view(rows, GROUP * k)
    values, found = candidates.topk(k, sorted=False)
    return values, groups.gather(1, found % k) + (found // k) * columns


def top_k(pre: Float[Tensor, "row latent"], k: int) -> Code:
    """The `k` largest entries of every row (TopK; Gao et al. 2024, section 2.3)."""
    places = largest(pre, k)[1]
    starts = torch.arange(0, places.numel(), k, device=pre.device)
    return Code(places.flatten(), starts, pre.shape[1])


def batch_top_k(pre: Float[Tensor, "row latent"], k: float) -> Code:
    """The `k * rows` largest entries of the whole batch, of the positive ones (BatchTopK; Bussmann et al. 2024).

    Entries equal to the smallest one chosen are all in, so that the choice does not depend on an order.
    """
    rows, width = pre.shape
    count = int(k * rows)
    if not 1 <= count <= pre.numel():
        raise ShapeError(f"k * rows must be between 1 and {rows} x {width}, not {k} x {rows}")
    return Code.of((pre >= batch_threshold(pre, count)) & (pre > 0))


def batch_threshold(pre: Float[Tensor, "row latent"], count: int) -> Float[Tensor, ""]:
    """The `count`-th largest entry of the whole batch.

    A sample says below which value the answer cannot lie but by bad luck; only what is above it is searched, and the
    whole batch when luck was bad.
    """
    flat = pre.flatten()
    step = max(1, flat.numel() // 65_536)
    sample = flat[::step]
    rank = min(len(sample), int(1.25 * count / step) + 32)
    floor = sample.kthvalue(len(sample) - rank + 1).values
    above = flat[flat >= floor]
    searched = above if len(above) >= count else flat
    return searched.kthvalue(len(searched) - count + 1).values


__all__ = ["batch_threshold", "batch_top_k", "largest", "top_k"]
