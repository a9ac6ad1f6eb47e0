"""What a subnetwork must beat: random masks matched in count and in magnitude, and simply the largest weights."""

from typing import Literal

import torch
from jaxtyping import Bool
from torch import Generator, Tensor

from interp.errors import ShapeError, unknown
from interp.models.model import Model
from interp.subnetworks.magnitude import largest, strata
from interp.subnetworks.mask import Mask, require_of
from interp.subnetworks.maskable import parameters
from interp.subnetworks.pieces import pieces

Match = Literal["count", "magnitude"]
"""What a random mask has in common with the one that it is compared with."""
Within = Literal["matrix", "model"]
"""Where the largest weights compete: each matrix by itself, or all of them together."""


def controls(model: Model, mask: Mask, generator: Generator) -> dict[str, Mask]:
    """The four controls of `mask`, all of its size: two random masks and two of largest weights, by name.

    Only "largest weights of the model" may spread otherwise than the mask over the matrices. Raises `ModelError` for a
    mask of another model.
    """
    return {
        "random, same count": random_like(model, mask, generator, "count"),
        "random, same magnitude": random_like(model, mask, generator, "magnitude"),
        "largest weights of each matrix": top_magnitude(model, mask, "matrix"),
        "largest weights of the model": top_magnitude(model, mask, "model"),
    }


def random_like(model: Model, mask: Mask, generator: Generator, match: Match = "count") -> Mask:
    """A random mask that keeps as many weights of every matrix as `mask` does.

    "count" draws them from the whole matrix. "magnitude" draws as many as the mask keeps from each tenth of the
    matrix by absolute value of its weights, and from finer parts among the largest (see `strata`). Counts are exact
    in both; `mean_magnitude` of both masks shows what difference in size is left.
    Raises `ModelError` for a mask of another model, `UnknownNameError` for another `match`.
    """
    if match not in ("count", "magnitude"):
        raise unknown("match", match, ["count", "magnitude"])
    old, weights = require_of(mask, model), parameters(model, mask.kept)
    new = {name: torch.zeros_like(kept) for name, kept in old.items()}
    for piece in pieces(model, mask):
        kept, weight = piece.of(old[piece.parameter]), piece.of(weights[piece.parameter].detach())
        part = strata(weight) if match == "magnitude" else torch.zeros_like(kept, dtype=torch.int64)
        drawn = torch.zeros_like(kept)
        for one, count in enumerate(torch.bincount(part[kept]).tolist()):
            drawn |= _some(part == one, count, generator)
        piece.put(new[piece.parameter], drawn)
    return Mask(new, mask.model)


def top_magnitude(model: Model, like: Mask, within: Within = "matrix") -> Mask:
    """The weights of largest absolute value: as many as `like` keeps, among those that it chose among.

    "matrix": as many of every matrix as `like` keeps there. "model": as many in all, wherever they lie.
    Raises `ModelError` for a mask of another model, `UnknownNameError` for another `within`.
    """
    if within not in ("matrix", "model"):
        raise unknown("choice of largest weights", within, ["matrix", "model"])
    old, weights = require_of(like, model), parameters(model, like.kept)
    if within == "model":
        flat = torch.cat([weight.detach().flatten() for weight in weights.values()])
        parts = torch.split(largest(flat, like.size), [weight.numel() for weight in weights.values()])
        return Mask({n: part.view_as(weights[n]) for n, part in zip(weights, parts, strict=True)}, like.model)
    new = {name: torch.zeros_like(kept) for name, kept in old.items()}
    for piece in pieces(model, like):
        count = int(piece.of(old[piece.parameter]).sum())
        piece.put(new[piece.parameter], largest(piece.of(weights[piece.parameter].detach()), count))
    return Mask(new, like.model)


def mean_magnitude(model: Model, mask: Mask) -> float:
    """Mean absolute value of the weights that `mask` keeps. Raises `ModelError`, and `ShapeError` for an empty mask."""
    if not mask.size:
        raise ShapeError("an empty mask keeps no weights whose magnitude could be averaged")
    kept, weights = require_of(mask, model), parameters(model, mask.kept)
    sums = [weight.detach()[kept[name]].abs().double().sum().item() for name, weight in weights.items()]
    return float(sum(sums)) / mask.size


def _some(among: Bool[Tensor, "output input"], count: int, generator: Generator) -> Bool[Tensor, "output input"]:
    """`count` of the places that are true, each choice of them as likely as any other."""
    places = among.flatten().nonzero()[:, 0]
    drawn = torch.randperm(len(places), generator=generator, device=generator.device)[:count]
    chosen = torch.zeros_like(among).flatten()
    chosen[places[drawn.to(places.device)]] = True
    return chosen.view(among.shape)


__all__ = ["Match", "Within", "controls", "mean_magnitude", "random_like", "top_magnitude"]
