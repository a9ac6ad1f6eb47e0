"""Which rows to show of a latent: those where it is strongest, and some from every quarter of its range."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64, Integer
from torch import Tensor

from interp.dictionaries.dictionary import Dictionary
from interp.dictionaries.evaluation import Table
from interp.errors import ShapeError
from interp.latents.active import Active, active

QUARTERS = ((0.75, 1.0), (0.5, 0.75), (0.25, 0.5), (0.0, 0.25))
"""Bands of a latent's active rows in the order of its activation, as shares of their number: 1 is the strongest."""


class Top(NamedTuple):
    """The rows in which latents are strongest, strongest first."""

    values: Float[Tensor, "latent count"]
    """The latent in each of these rows; 0 after the last row in which it is active."""
    rows: Int64[Tensor, "latent count"]
    """The numbers of these rows; -1 after the last one."""


def top(
    dictionary: Dictionary,
    rows: Table,
    latents: Iterable[int],
    count: int = 10,
    *,
    sequences: Integer[Tensor, " row"] | None = None,
    batch: int = 2048,
    quiet: bool = False,
) -> Top:
    """The `count` rows in which each of the `latents` is strongest, in one pass over a tensor or the rows of a store.

    Of the rows of one sequence only the strongest counts, so that ten contexts are not one sentence; `sequences` says
    in which each row stands (`store.index.sequence`), without it all rows count. Of equal ones the first row counts.
    Raises `ShapeError` as `interp.latents.active` does.
    """
    if count < 1:
        raise ShapeError(f"need a count of at least 1, not {count}")
    if sequences is not None and len(sequences) != len(rows):
        raise ShapeError(f"need one sequence a row: {len(sequences)} for {len(rows)} rows")
    firing = active(dictionary, rows, latents, batch=batch, quiet=quiet)
    found = [(one, strongest(one, count, sequences)) for one in firing]
    return Top(
        torch.stack([_padded(one.values[places], count, 0) for one, places in found]),
        torch.stack([_padded(one.rows[places], count, -1) for one, places in found]),
    )


def strongest(one: Active, count: int, sequences: Integer[Tensor, " row"] | None = None) -> Int64[Tensor, " place"]:
    """Places in `one` of the strongest rows, at most one a sequence, strongest first; of equal ones the first row."""
    order = one.values.sort(descending=True, stable=True).indices
    return order[_firsts(one, order, sequences)][:count]


def spread(
    one: Active,
    band: tuple[float, float],
    count: int,
    sequences: Integer[Tensor, " row"] | None = None,
    shown: Int64[Tensor, " shown"] | None = None,
) -> Int64[Tensor, " place"]:
    """Places in `one` of up to `count` rows evenly spread over a band of its activation, strongest first.

    The band holds active rows by rank: (0, 0.25) the weakest quarter of them. Of these, the strongest of each
    sequence stand to choose, without the sequences of rows already `shown`. Nothing is drawn at random: what is
    shown of a latent depends on nothing but the latent.
    """
    low, high = band
    total = len(one.values)
    order = one.values.sort(descending=True, stable=True).indices
    inside = order[total - round(high * total) : total - round(low * total)]
    if shown is not None:
        numbers = _sequence(one, sequences)
        inside = inside[~torch.isin(numbers[inside], numbers[shown])]
    inside = inside[_firsts(one, inside, sequences)]
    steps = (np.arange(min(count, len(inside))) + 0.5) * len(inside) / max(min(count, len(inside)), 1)
    return inside[torch.from_numpy(steps.astype(np.int64))]


def _firsts(
    one: Active, order: Int64[Tensor, " place"], sequences: Integer[Tensor, " row"] | None
) -> Bool[Tensor, " place"]:
    """Which of the places in their order are the first of their sequence."""
    _, first = np.unique(_sequence(one, sequences)[order].numpy(), return_index=True)
    found = torch.zeros(len(order), dtype=torch.bool)
    found[torch.from_numpy(first)] = True
    return found


def _sequence(one: Active, sequences: Integer[Tensor, " row"] | None) -> Integer[Tensor, " active"]:
    """The sequence of every active row; each row is its own where none are named."""
    return one.rows if sequences is None else sequences[one.rows]


def _padded(found: Tensor, count: int, filler: int) -> Tensor:
    return torch.cat([found, found.new_full((count - len(found),), filler)])


__all__ = ["QUARTERS", "Top", "spread", "strongest", "top"]
