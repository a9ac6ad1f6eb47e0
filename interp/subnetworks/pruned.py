"""A model with weights removed, for the length of a block of code."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, get_args

import torch
from jaxtyping import Bool, Float
from torch import Generator, Tensor

from interp.errors import ShapeError, unknown
from interp.models.model import Model
from interp.subnetworks.mask import Mask, require_of
from interp.subnetworks.maskable import parameters
from interp.subnetworks.units import Units, units_of

Fill = Literal["zero", "mean", "resample"]
"""What stands where a weight was: 0, the mean of its matrix, or another weight of the same matrix, drawn at random."""


@contextmanager
def pruned(model: Model, mask: Mask, fill: Fill = "zero", generator: Generator | None = None) -> Iterator[None]:
    """Inside the block the model has only the weights of `mask`; afterwards it is as before, bit by bit.

    What stands in place of the others is said by `fill`; a mean and a draw are those of one of `matrices`, or of a
    whole parameter that is none of them. Weights beyond the parameters that the mask covers stay as they are.
    Writing to the masked parameters inside the block is undone with it; memory is taken for a copy of them.

    Raises `ModelError` for a mask of another model, which a model that is pruned already counts as (join the masks
    instead), `UnknownNameError` for an unknown fill, and `ShapeError` for "resample" without a generator.
    """
    if fill not in get_args(Fill):
        raise unknown("fill", fill, get_args(Fill))
    if fill == "resample" and generator is None:
        raise ShapeError("the fill 'resample' draws weights: hand in a generator")
    kept = require_of(mask, model)
    weights = parameters(model, kept)
    matrix = units_of(model, mask.model, "matrix", weights) if fill != "zero" else None
    changed = {
        name: _filled(name, weight.detach(), kept[name], fill, matrix, generator) for name, weight in weights.items()
    }
    originals = {name: weight.data for name, weight in weights.items()}
    try:
        for name, weight in weights.items():
            weight.data = changed[name]
        yield
    finally:
        for name, weight in weights.items():
            weight.data = originals[name]


@contextmanager
def ablated(model: Model, mask: Mask, fill: Fill = "zero", generator: Generator | None = None) -> Iterator[None]:
    """Inside the block the model lacks the weights of `mask`: `pruned` to its complement, errors as there."""
    with pruned(model, ~mask, fill, generator):
        yield


def _filled(
    name: str,
    weight: Float[Tensor, "..."],
    kept: Bool[Tensor, "..."],
    fill: Fill,
    matrix: Units | None,
    generator: Generator | None,
) -> Float[Tensor, "..."]:
    """The weight with something else wherever it is not kept."""
    if matrix is None:
        return torch.where(kept, weight, 0)
    if fill == "mean":
        means = torch.zeros(matrix.count, dtype=torch.float64, device=weight.device)
        place = matrix.place(name)
        counts = matrix.gather(name, torch.ones_like(weight, dtype=torch.float64))
        means[place] = matrix.gather(name, weight.double()) / counts
        return torch.where(kept, weight, matrix.expand(name, means).to(weight))
    assert generator is not None, "pruned asks for it"
    return torch.where(kept, weight, _others(weight, matrix.index[name].expand(weight.shape), generator))


def _others(weight: Float[Tensor, "..."], index: Tensor, generator: Generator) -> Float[Tensor, "..."]:
    """For each weight another one of the same matrix, drawn evenly; a matrix with one weight keeps it."""
    drawn = weight.clone()
    for one in torch.unique(index):
        inside = index == one
        values = weight[inside]
        count = len(values)
        if count > 1:
            step = torch.randint(1, count, (count,), generator=generator, device=generator.device).to(weight.device)
            drawn[inside] = values[(torch.arange(count, device=weight.device) + step) % count]
    return drawn
