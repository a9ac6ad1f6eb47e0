"""Latents column by column: most entries are 0, so only the others are sorted, and the zeros are one tie."""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int64, Real
from torch import Tensor

from interp.errors import ShapeError

_ENTRIES = 2**22
"""Entries of the latents that are worked on at a time: 32 MiB in float64."""


class MatchWarning(UserWarning):
    """Some labels cannot be matched: all their rows have one class."""


class Column(NamedTuple):
    """One latent: the rows where it is not 0, highest value first."""

    rows: Int64[Tensor, " entry"]
    """Rows whose value is not 0, from the highest value to the lowest."""
    values: Real[Tensor, " entry"]
    """Their values; equal ones stand next to each other."""
    above: int
    """How many of them are positive. The zeros belong between these and the negative ones."""
    zeros: int
    """Rows whose value is 0."""


def chunks(latents: Real[Tensor, "row latent"]) -> Iterator[tuple[slice, Real[Tensor, "some row"]]]:
    """Some latents at a time, dense, a row of the chunk for each latent; sparse (COO) latents are unpacked here.

    Raises `ShapeError` for NaN and infinity.
    """
    rows, width = latents.shape
    step = max(1, _ENTRIES // max(rows, 1))
    if latents.is_sparse:
        latents = latents.coalesce()
    for begin in range(0, width, step):
        part = slice(begin, min(begin + step, width))
        if latents.is_sparse:
            chosen = torch.arange(part.start, part.stop, device=latents.device)
            chunk = latents.index_select(1, chosen).to_dense().T.contiguous()
        else:
            chunk = latents[:, part].T.contiguous()
        if not finite(chunk):
            raise ShapeError(f"NaN or infinity in one of the latents {part.start} to {part.stop - 1}")
        yield part, chunk


def columns(latents: Real[Tensor, "row latent"]) -> Iterator[Column]:
    """The latents in their order, sorted. Raises `ShapeError` for NaN and infinity."""
    for _, chunk in chunks(latents):
        where, rows = chunk.nonzero(as_tuple=True)
        sizes = torch.bincount(where, minlength=len(chunk)).tolist()
        for own, values in zip(torch.split(rows, sizes), torch.split(chunk[where, rows], sizes), strict=True):
            values, order = values.sort(descending=True, stable=True)
            yield Column(own[order], values, int((values > 0).sum()), chunk.shape[1] - len(values))


def require(latents: Tensor, labels: Tensor) -> None:
    """Raise `ShapeError` unless these are latents [row, latent] and boolean labels [row, label] of the same rows."""
    if latents.ndim != 2 or labels.ndim != 2 or len(latents) != len(labels):
        raise ShapeError(
            f"need latents [row, latent] and labels [row, label] of the same rows, not {list(latents.shape)} and "
            f"{list(labels.shape)}"
        )
    if labels.dtype != torch.bool:
        raise ShapeError(f"labels must be true or false, one column for each class, not {labels.dtype}")
    if not latents.numel() or not labels.numel():
        raise ShapeError(f"nothing to match in latents {list(latents.shape)} and labels {list(labels.shape)}")


def finite(values: Real[Tensor, "*any"]) -> bool:
    """Whether there is neither NaN nor infinity: their sum shows it at a fifth of the time, unless it overflows."""
    return bool(values.sum().isfinite()) or bool(values.isfinite().all())


def constant(labels: Bool[Tensor, "row label"]) -> Bool[Tensor, " label"]:
    """Labels that have the same class in all rows, so that there is nothing to tell apart."""
    count = positives(labels)
    return (count == 0) | (count == len(labels))


def positives(labels: Bool[Tensor, "row label"]) -> Int64[Tensor, " label"]:
    """Rows that have each label."""
    return whole(labels).sum(0).long()  # a sum of booleans takes ten times as long


def whole(labels: Bool[Tensor, "row label"]) -> Float[Tensor, "row label"]:
    """The labels as 0 and 1 in the narrowest floating-point numbers in which all their sums are exact."""
    return labels.to(torch.float32 if len(labels) < 2**24 else torch.float64)
