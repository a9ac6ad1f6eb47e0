"""Edits with the latents of a dictionary: the one that says what a square shall hold is set, the other is taken out."""

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from experiments.othello.edits.cases import Cases
from experiments.othello.edits.reading import Change
from experiments.othello.edits.reference import OWNERS, Reference
from interp.errors import ShapeError
from interp.matching import MatchWarning, auroc

ROWS = 5000
"""Reference positions on which latents are chosen."""


class Spokesmen(NamedTuple):
    """Of one dictionary, the latent that speaks for every owner of every square."""

    latent: Int64[Tensor, "square owner"]
    """The one with the highest AUROC."""
    area: Float64[Tensor, "square owner"]
    """That AUROC, on the positions that it was chosen on; NaN where a square never or always has this owner."""
    typical: Float[Tensor, "square owner"]
    """Its mean activation where the square has this owner."""


@torch.no_grad()
def spokesmen(dictionaries: Sequence[Any], reference: Reference) -> list[Spokesmen]:
    """The best latents of the dictionary of every depth, on the first `ROWS` reference positions, evenly spaced."""
    if len(dictionaries) != len(reference.rows):
        raise ShapeError(f"{len(dictionaries)} dictionaries for {len(reference.rows)} depths: give one for each")
    some = torch.linspace(0, len(reference.positions) - 1, min(ROWS, len(reference.positions))).long()
    labels = reference.holds[some].flatten(1)
    found = []
    for dictionary, rows in zip(dictionaries, reference.rows, strict=True):
        latents = dictionary.encode(rows[some]).float()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MatchWarning)  # the four squares in the middle are never empty
            areas = auroc(latents, labels)
        best = areas.nan_to_num(-1.0).argmax(0)
        held = torch.where(labels, latents[:, best], 0.0).sum(0) / labels.sum(0)
        pick = torch.arange(labels.shape[1])
        found.append(Spokesmen(*(one.view(-1, OWNERS) for one in (best, areas[best, pick], held))))
    return found


def set_latents(dictionaries: Sequence[Any], chosen: Sequence[Spokesmen], cases: Cases) -> Change:
    """Bring the target's latent to its typical activation and the present owner's to 0, and add what that decodes to.

    Nothing else of the activation changes: the dictionary's error stays in. Raises `ShapeError` for a square that
    never had the target's owner, so that nothing is typical.
    """
    square, target, current = cases.square.long(), cases.target.long(), cases.current.long()
    if any(one.typical[square, target].isnan().any() for one in chosen):
        raise ShapeError("a square never holds what a case wants it to: nothing is typical. Take more reference games.")

    @torch.no_grad()
    def step(depth: int, rows: Tensor, where: slice) -> Tensor:
        one, decoder = chosen[depth], dictionaries[depth].W_dec.float()
        latents = dictionaries[depth].encode(rows).float()
        new, old = (one.latent[square[where], owner[where], None] for owner in (target, current))
        missing = one.typical[square[where], target[where], None] - latents.gather(1, new)
        # A latent that speaks for both is set, not taken out: it would cancel itself.
        surplus = torch.where(old == new, 0.0, latents.gather(1, old))
        added: Tensor = missing * decoder[new[:, 0]] - surplus * decoder[old[:, 0]]
        return added

    return step


__all__ = ["ROWS", "Spokesmen", "set_latents", "spokesmen"]
