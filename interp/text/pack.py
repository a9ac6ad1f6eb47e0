"""Documents into windows of one length, every token exactly once."""

import torch
from jaxtyping import Int32, Int64
from torch import Tensor

from interp.errors import ShapeError
from interp.sequences import Sequences


def pack(
    ids: Int32[Tensor, " token"],
    starts: Int64[Tensor, " boundary"],
    length: int,
    *,
    separator: int,
    bos: int | None,
    source: str,
) -> Sequences:
    """Join documents by `separator`, cut the row into windows of `length`, put `bos` first in each if there is one.

    Of the joined row's n tokens the last n % (length - 1 with a BOS, else length) are dropped. See
    `Corpus.sequences`.
    """
    width = length if bos is None else length - 1
    total = len(ids) + len(starts) - 2
    if width < 1 or total < width:
        raise ShapeError(
            f"windows of {length} tokens{' with BOS' * (bos is not None)} cannot be made from {source}: it has {total} "
            "tokens, separators included"
        )
    count = total // width
    sizes = starts.diff()
    sizes[:-1] += 1  # the separator after each document but the last
    documents = torch.repeat_interleave(torch.arange(len(sizes), dtype=torch.int32), sizes)
    begins = torch.cat([sizes.new_zeros(1), sizes.cumsum(0)])
    places = (torch.arange(total) - begins[:-1].repeat_interleave(sizes)).int()
    joined = torch.full((total,), separator, dtype=torch.int32)
    inside = torch.ones(total, dtype=torch.bool)
    inside[begins[1:-1] - 1] = False
    joined[inside] = ids
    places[~inside] = -1

    def windows(row: Tensor, first: int | bool | None) -> Tensor:
        cut = row[: count * width].reshape(count, width)
        if bos is None:
            return cut
        before = cut[:, :1] if first is None else torch.full_like(cut[:, :1], first)
        return torch.cat([before, cut], 1)

    return Sequences(
        windows(joined, bos), windows(documents, None), windows(places, -1), windows(inside, False), source
    )


__all__ = ["pack"]
