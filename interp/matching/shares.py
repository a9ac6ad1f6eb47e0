"""Latents thresholded at shares of their maximum, at all shares in one pass over what fires."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int64, Real
from torch import Tensor
from torch.nn.functional import embedding_bag

from interp.errors import ShapeError
from interp.matching.counting import Counts
from interp.matching.detection import SHARES
from interp.matching.latents import finite, positives, require, whole

_ENTRIES = 2**23
"""Entries of the latents that are looked at together."""


class Fired(NamedTuple):
    """Where some rows of the latents are above a limit, row by row."""

    part: slice
    """Which rows."""
    row: Int64[Tensor, " entry"]
    """The row, counted from the first of these."""
    latent: Int64[Tensor, " entry"]
    """The latent."""
    value: Real[Tensor, " entry"]
    """Its value there."""


def limits(latents: Real[Tensor, "row latent"], shares: Sequence[float] = SHARES) -> Float[Tensor, "share latent"]:
    """What each latent must exceed at each share of its maximum over these rows.

    Take them on the rows on which something is chosen, and use the same on those where it is reported. A latent that
    is nowhere above 0 has no maximum to speak of: its limits are 0. Raises `ShapeError` for shares that are below 0
    or not ascending.
    """
    if not shares or shares[0] < 0 or list(shares) != sorted(shares):
        raise ShapeError(f"shares of the maximum must be at least 0 and ascending, not {tuple(shares)}")
    highest = latents.to_dense().amax(0) if latents.is_sparse else latents.amax(0)
    return torch.stack([share * highest.clamp(min=0) for share in shares])


def counts_above(
    latents: Real[Tensor, "row latent"], labels: Bool[Tensor, "row label"], limits: Real[Tensor, "limit limited"]
) -> list[Counts]:
    """`counts` at each of several limits, ascending, for the price of about one.

    Every entry is counted once, at the highest limit that it exceeds; sums from the top give the rest. Exact.
    Latents may be dense or sparse (COO). Raises `ShapeError` as `counts` does.
    """
    require(latents, labels)
    require_limits(latents, limits)
    table, size = whole(labels), limits.numel()
    fired = torch.zeros(size, dtype=torch.int64, device=latents.device)
    hits = torch.zeros(size, labels.shape[1], dtype=torch.float64, device=latents.device)
    for found in entries(latents, limits[0]):
        level = sum((found.value > limit[found.latent] for limit in limits[1:]), torch.zeros_like(found.latent))
        place = found.latent * len(limits) + level
        order = place.argsort(stable=True)  # each bag then reads its rows in their order
        fired += (own := torch.bincount(place, minlength=size))
        hits += bags(found.row[order], table[found.part], own)
    by_latent = hits.long().view(-1, len(limits), labels.shape[1]).flip(1).cumsum(1).flip(1)
    number = fired.view(-1, len(limits)).flip(1).cumsum(1).flip(1)
    total = positives(labels)
    return [Counts(by_latent[:, limit], number[:, limit], total) for limit in range(len(limits))]


def entries(latents: Real[Tensor, "row latent"], above: Real[Tensor, " latent"]) -> Iterator[Fired]:
    """The entries above each latent's limit, some rows at a time. Raises `ShapeError` for NaN and infinity."""
    rows, width = latents.shape
    latents = latents.coalesce() if latents.is_sparse else latents
    step = max(1, _ENTRIES // width)
    for begin in range(0, rows, step):
        part = slice(begin, min(begin + step, rows))
        chunk = latents[part] if not latents.is_sparse else _dense(latents, part)
        if not finite(chunk):
            raise ShapeError(f"NaN or infinity in rows {part.start} to {part.stop - 1} of the latents")
        row, latent = (chunk > above).nonzero(as_tuple=True)
        yield Fired(part, row, latent, chunk[row, latent])


def require_limits(latents: Tensor, limits: Tensor) -> None:
    """Raise `ShapeError` unless these are limits [limit, latent] of the latents, none below the one before."""
    if not len(limits) or limits.shape[1] != latents.shape[1] or not (limits[1:] >= limits[:-1]).all():
        raise ShapeError(
            f"need ascending limits [limit, latent] of {latents.shape[1]} latents, not {list(limits.shape)}"
        )


def bags(
    members: Int64[Tensor, " entry"], table: Float[Tensor, "member column"], sizes: Int64[Tensor, " bag"]
) -> Float[Tensor, "bag column"]:
    """The sum of the table's rows in each bag, whose members stand one bag after the other."""
    return embedding_bag(members, table, sizes.cumsum(0) - sizes, mode="sum")


def _dense(latents: Tensor, part: slice) -> Tensor:
    chosen = torch.arange(part.start, part.stop, device=latents.device)
    return latents.index_select(0, chosen).to_dense()
