"""What a circuit must beat: as many weights of each matrix, added to the same core at random or by their size."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from interp.errors import ShapeError
from interp.models.model import Model
from interp.subnetworks.magnitude import largest
from interp.subnetworks.mask import Mask
from interp.subnetworks.maskable import parameters
from interp.subnetworks.pieces import pieces


def random_beside(model: Model, core: Mask, circuit: Mask, generator: np.random.Generator) -> Mask:
    """As many weights of each matrix as `circuit` keeps, drawn from those that `core` does not keep.

    Raises `ShapeError` where there are not so many, and for masks of a model that is built otherwise.
    """
    return _beside(model, core, circuit, lambda weights: torch.from_numpy(generator.random(weights.shape)))


def largest_beside(model: Model, core: Mask, circuit: Mask) -> Mask:
    """The same numbers of weights, the largest by absolute value that `core` does not keep. Raises as above."""
    return _beside(model, core, circuit, lambda weights: weights.detach().abs().double().cpu())


def _beside(model: Model, core: Mask, circuit: Mask, rank: Callable[[Tensor], Tensor]) -> Mask:
    weights = parameters(model, circuit.kept)
    found = {name: torch.zeros_like(kept) for name, kept in circuit.kept.items()}
    for piece in pieces(model, circuit):
        own, taken = (piece.of(mask.kept[piece.parameter]).cpu() for mask in (circuit, core))
        count, free = int(own.sum()), int((~taken).sum())
        if count > free:
            raise ShapeError(f"{piece.parameter} has {free} weights beside the core, fewer than the {count} to add")
        # Ranks lie above 0: a weight of the core comes after all others, whatever they are.
        ranks = (1 + rank(piece.of(weights[piece.parameter]))).masked_fill(taken, 0)
        piece.put(found[piece.parameter], largest(ranks, count))
    return Mask(found, circuit.model)


__all__ = ["largest_beside", "random_beside"]
