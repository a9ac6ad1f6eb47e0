"""What a model loses without a subnetwork, and what the subnetwork keeps by itself: tables of next-token losses."""

from collections.abc import Mapping, Sequence
from math import nan
from typing import NamedTuple, get_args

import numpy as np
import torch
from jaxtyping import Float64, Integer
from torch import Generator, Tensor

from interp.errors import ModelError, ShapeError
from interp.models.model import Model
from interp.stats import Interval, bootstrap
from interp.subnetworks.mask import Mask
from interp.subnetworks.pruned import Fill, pruned
from interp.surprisals import surprisals

FILLS: tuple[Fill, ...] = get_args(Fill)
"""Everything that can stand in place of a weight that is removed. Effects differ with it: report it, better all."""
FULL, EMPTY = "full model", "empty model"
"""Names of the rows that stand in every table: no weight removed, and every weight that the masks decide about."""


Losses = Float64[np.ndarray, " sequence"]


class Row(NamedTuple):
    """The model with some of its weights, on all sequences."""

    name: str
    """Of the mask."""
    fill: Fill | None
    """What stands where weights were removed; None for the full model."""
    left: int
    """Weights that are left, of those that the mask decides about."""
    loss: Interval
    """Nats a predicted token, with the interval over sequences."""
    change: Interval
    """`loss` less that of the full model, sequence by sequence: narrower than the two intervals suggest."""
    recovered: float
    """Where `loss` lies between the empty model with the same fill (0) and the full one (1); NaN where they agree."""


def sequence_losses(model: Model, tokens: Integer[Tensor, "sequence position"]) -> Float64[np.ndarray, " sequence"]:
    """Nats a predicted token, for each sequence by itself. Raises `ModelError` when they are NaN or infinite."""
    found = surprisals(model, tokens).double().mean(1).cpu().numpy()
    if not np.isfinite(found).all():
        raise ModelError(f"the loss of {model.name} is {found[~np.isfinite(found)][0]} on some sequences")
    return found


def loss(model: Model, tokens: Integer[Tensor, "sequence position"], generator: np.random.Generator) -> Interval:
    """Nats a predicted token of the model as it is now, with the bootstrap interval over sequences."""
    found = sequence_losses(model, tokens)
    return bootstrap(found, np.ones_like(found), generator)


def necessity(
    model: Model,
    tokens: Integer[Tensor, "sequence position"],
    masks: Mapping[str, Mask],
    generator: Generator,
    *,
    fills: Sequence[Fill] = FILLS,
    draws: int = 1,
) -> list[Row]:
    """The losses without each of the `masks`: a necessary subnetwork's is far above those of its controls.

    The full model first; then for every fill the empty model and, in their order, the masks ablated. Hand in the
    controls beside the subnetwork: `{"bigram": mask} | controls(model, mask, generator)`. "resample" averages the
    losses of `draws` fillings; how much these differ is not in the interval. The generator (on the CPU) draws
    fillings and intervals. Raises `ModelError` for a mask of another model and losses that are no numbers,
    `ShapeError` for masks that decide about different parameters.
    """
    return _table(model, tokens, {name: ~mask for name, mask in masks.items()}, generator, fills, draws)


def sufficiency(
    model: Model,
    tokens: Integer[Tensor, "sequence position"],
    masks: Mapping[str, Mask],
    generator: Generator,
    *,
    fills: Sequence[Fill] = FILLS,
    draws: int = 1,
) -> list[Row]:
    """The losses with each of the `masks` alone, all other weights removed; the table is that of `necessity`."""
    return _table(model, tokens, masks, generator, fills, draws)


def _table(
    model: Model,
    tokens: Integer[Tensor, "sequence position"],
    left: Mapping[str, Mask],
    generator: Generator,
    fills: Sequence[Fill],
    draws: int,
) -> list[Row]:
    _require(left, draws)
    seed = int(torch.randint(2**62, (), generator=generator, device=generator.device))
    some = next(iter(left.values()))
    nothing = some & ~some
    full = sequence_losses(model, tokens)

    def row(name: str, fill: Fill | None, mask: Mask, found: Losses, empty: Losses) -> Row:
        # The same sequences are drawn for every row: what differs between rows is not the draw.
        value, change = (bootstrap(x, np.ones_like(x), np.random.default_rng(seed)) for x in (found, found - full))
        gap = float((empty - full).mean())
        return Row(name, fill, mask.size, value, change, float((empty - found).mean()) / gap if gap else nan)

    rows = [row(FULL, None, ~nothing, full, full)]
    for fill in fills:
        empty = _under(model, tokens, nothing, fill, generator, draws)
        rows.append(row(EMPTY, fill, nothing, empty, empty))
        for name, mask in left.items():
            rows.append(row(name, fill, mask, _under(model, tokens, mask, fill, generator, draws), empty))
    return rows


def _under(
    model: Model,
    tokens: Integer[Tensor, "sequence position"],
    mask: Mask,
    fill: Fill,
    generator: Generator,
    draws: int,
) -> Losses:
    found = []
    for _ in range(draws if fill == "resample" else 1):
        with pruned(model, mask, fill, generator):
            found.append(sequence_losses(model, tokens))
    mean: Losses = np.mean(found, axis=0)
    return mean


def _require(masks: Mapping[str, Mask], draws: int) -> None:
    if not masks or draws < 1:
        raise ShapeError(f"a table of losses needs at least one mask and one draw, not {len(masks)} and {draws}")
    if len({frozenset(mask.kept) for mask in masks.values()}) > 1:
        raise ShapeError("the masks decide about different parameters: no one empty model stands beside them all")
    for name in masks.keys() & {FULL, EMPTY}:
        raise ShapeError(f"every table has a row named {name!r} already: give the mask another name")


__all__ = ["EMPTY", "FILLS", "FULL", "Row", "loss", "necessity", "sequence_losses", "sufficiency"]
