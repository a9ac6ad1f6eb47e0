"""The best F1 that a threshold gives, of every latent for every label."""

import warnings
from collections.abc import Iterator
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Float64, Int64, Real
from torch import Tensor

from interp.matching.latents import Column, MatchWarning, columns, constant, positives, require, whole

_CELLS = 2**18
"""Thresholds times labels at a time: as many as a cache holds."""


class BestF1(NamedTuple):
    """What each latent is worth as a detector of each label at the threshold that suits the pair best."""

    f1: Float64[Tensor, "latent label"]
    """The highest F1 of "value >= threshold" over all thresholds."""
    threshold: Float64[Tensor, "latent label"]
    """The value of the latent where it is reached; of several, the highest. Where it is at or below 0, the rows
    where the latent is silent are called as well: that is the best a latent without any sign of the label can do."""
    precision: Float64[Tensor, "latent label"]
    """Share of the rows at or above the threshold that have the label."""
    recall: Float64[Tensor, "latent label"]
    """Share of the rows with the label that are at or above the threshold."""


class _Steps(NamedTuple):
    """Some thresholds in falling order, after each of which a whole tie has been called."""

    values: Float64[Tensor, " threshold"]
    called: Int64[Tensor, " threshold"]
    hits: Float[Tensor, "threshold label"]


def best_f1(latents: Real[Tensor, "row latent"], labels: Bool[Tensor, "row label"]) -> BestF1:
    """The best F1 of every pair over every threshold that the data tell apart, rows of equal value called together.

    Latents may be dense or sparse (COO), of any sign: zeros are one threshold, so that a pair costs as many steps as
    the latent has other values. Memory is bounded whatever the number of rows. F1 is compared in float64 as the
    quotient of two whole numbers, which tells any two apart.

    A label with one class only is NaN, with a `MatchWarning` that counts them: there is nothing to detect.
    A best of many thresholds flatters: select on some rows and report on others (`match`).
    Raises `ShapeError` for shapes that do not fit, labels that are not boolean, and NaN or infinity in a latent.
    """
    require(latents, labels)
    if undefined := int(constant(labels).sum()):
        warnings.warn(f"{undefined} of {labels.shape[1]} labels have one class only: no F1", MatchWarning, 2)
    return sweep(latents, labels)


def sweep(latents: Real[Tensor, "row latent"], labels: Bool[Tensor, "row label"]) -> BestF1:
    """`best_f1` of what was checked before, without its warning."""
    table, total = whole(labels), positives(labels)
    found = [_best(column, table, total) for column in columns(latents)]
    half, threshold, hits, called = (torch.stack(parts) for parts in zip(*found, strict=True))
    undefined = constant(labels)
    for part in (half, threshold, hits):
        part[:, undefined] = torch.nan
    return BestF1(2 * half, threshold, hits / called, hits / total)


def _best(
    column: Column, table: Float[Tensor, "row label"], total: Int64[Tensor, " label"]
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Half the best F1, its threshold, its hits and the rows called there, [label] each."""
    best = torch.full(total.shape, -1.0, dtype=torch.float64, device=total.device)
    threshold, hits, called = (torch.zeros_like(best) for _ in range(3))
    for steps in _steps(column, table, total):
        halves = steps.hits.double().div_(steps.called[:, None].double() + total)
        highest, at = halves.max(0)  # the first of several, which is the highest threshold
        better = highest > best
        best = torch.where(better, highest, best)
        threshold = torch.where(better, steps.values[at], threshold)
        hits = torch.where(better, steps.hits.gather(0, at[None])[0].double(), hits)
        called = torch.where(better, steps.called[at].double(), called)
    return best, threshold, hits, called


def _steps(column: Column, table: Float[Tensor, "row label"], total: Int64[Tensor, " label"]) -> Iterator[_Steps]:
    """All thresholds: those above 0, then 0 if any row has it, then those below."""
    above = column.above
    yield from _entries(column.rows[:above], column.values[:above], table, 0, torch.zeros_like(table[0]))
    silent = (total - table[column.rows[above:]].double().sum(0)).to(table.dtype)
    if column.zeros:
        zero = torch.zeros(1, dtype=torch.float64, device=total.device)
        yield _Steps(zero, torch.full_like(zero, above + column.zeros, dtype=torch.int64), silent[None])
    yield from _entries(column.rows[above:], column.values[above:], table, above + column.zeros, silent)


def _entries(
    rows: Int64[Tensor, " entry"],
    values: Real[Tensor, " entry"],
    table: Float[Tensor, "row label"],
    called: int,
    hits: Float[Tensor, " label"],
) -> Iterator[_Steps]:
    """The thresholds at these entries, when `called` rows with `hits` of the labels were called before them."""
    last = torch.ones_like(values, dtype=torch.bool)
    last[:-1] = values[1:] != values[:-1]
    number = torch.arange(called + 1, called + 1 + len(rows), device=rows.device)
    step = max(1, _CELLS // len(hits))
    for begin in range(0, len(rows), step):
        part = slice(begin, begin + step)
        running = table[rows[part]].cumsum(0).add_(hits)
        hits, ends = running[-1].clone(), last[part]
        if ends.all():
            yield _Steps(values[part].double(), number[part], running)
        elif ends.any():
            yield _Steps(values[part][ends].double(), number[part][ends], running[ends])
