"""The MLP neurons of all blocks at some rows, in one pass of the model and without keeping the other rows."""

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from experiments.othello.dictionaries.rivals.field import Field
from experiments.othello.dictionaries.subjects import Subjects
from experiments.othello.positions import Positions
from interp.activations.capture import capture
from interp.models.sites import mlp_post


def neurons(who: Subjects, field: Field) -> list[Float[Tensor, "row neuron"]]:
    """What the output projection of each block's MLP reads, by block; those of block b are seen at depth b + 1."""
    halves = [_at(who, who.select, field.select), _at(who, who.report, field.report)]
    return [torch.cat(both) for both in zip(*halves, strict=True)]


def _at(who: Subjects, positions: Positions, rows: Int64[Tensor, " row"]) -> list[Float[Tensor, "row neuron"]]:
    sites = [mlp_post(block) for block in range(who.model.depth)]
    game, ply, seen = positions.game[rows], positions.ply[rows], positions.sample.seen
    parts: list[list[Tensor]] = [[] for _ in sites]
    for begin in range(0, len(seen), who.settings.batch):
        found = capture(who.model, seen[begin : begin + who.settings.batch], sites, device="cpu")
        own = (game >= begin) & (game < begin + who.settings.batch)
        for part, site in zip(parts, sites, strict=True):
            part.append(found[site][game[own] - begin, ply[own]].float())
    return [torch.cat(part) for part in parts]


__all__ = ["neurons"]
