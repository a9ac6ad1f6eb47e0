"""What heads attend to from the last token: slot by slot, in the full model and inside the all-for-one subgraph."""

from collections.abc import Iterable, Sequence
from math import nan
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Integer
from torch import Tensor

from interp.ablation.boundaries import Boundary
from interp.activations.capture import capture
from interp.activations.edits import Edit, edited, replace
from interp.errors import ShapeError, unknown
from interp.last_token.full import require_batch
from interp.last_token.heads import Head
from interp.last_token.reference import edits
from interp.last_token.setting import AllForOne
from interp.models.model import Model
from interp.models.sites import pattern, resid
from interp.stats import Interval, bootstrap


class Attention(NamedTuple):
    """How the last token spreads its attention over the positions."""

    layers: list[int]
    """The blocks, ascending."""
    weights: Float[Tensor, "prompt layer head position"]
    """Sums to 1 over positions."""

    @property
    def mean(self) -> Float[Tensor, "layer head position"]:
        """The mean over prompts."""
        return self.weights.mean(0)

    def of(self, one: Head) -> Float[Tensor, "prompt position"]:
        """The weights of one head; `ShapeError` when its block was not looked into."""
        if one.layer not in self.layers:
            raise ShapeError(f"attention was captured in blocks {self.layers}, not in block {one.layer}")
        return self.weights[:, self.layers.index(one.layer), one.head]


class Concentration(NamedTuple):
    """How much of a head's attention to some slots goes to a single one of them."""

    position: int
    """The position that gets most, on the mean over prompts."""
    slot: str
    """Its name."""
    share: Interval
    """Its share of the attention to the slots that count, over prompts; 1 / their number when it is even."""
    total: Interval
    """How much of the head's attention goes to those slots at all, over prompts."""


def attends(
    model: Model, tokens: Integer[Tensor, "prompt position"], layers: Iterable[int], *, batch: int = 512
) -> Attention:
    """The attention of the last token in the full model, head by head."""
    return _captured(model, tokens, list(layers), [[]] * -(-len(tokens) // require_batch(batch)), batch)


def attends_inside(
    model: Model,
    tokens: Integer[Tensor, "prompt position"],
    setting: AllForOne,
    boundary: Boundary,
    *,
    batch: int = 512,
) -> Attention:
    """The attention of the last token inside the all-for-one subgraph, in the blocks in which it sees others.

    A head that `setting.heads` leaves out attends to the sink and the last token only.
    """
    peeks = edits(setting, model.depth, tokens.shape[1], heads=model.heads)
    # Asked once: what a boundary draws at random must not depend on how many prompts run at a time.
    states = torch.split(boundary.states(setting.wait, tokens), require_batch(batch))
    changes = [[replace(resid(setting.wait), some), *peeks] for some in states]
    return _captured(model, tokens, list(setting.peeking), changes, batch)


def concentration(
    weights: Float[Tensor, "prompt position"],
    slots: Sequence[str],
    generator: np.random.Generator,
    among: Iterable[str] | None = None,
) -> Concentration:
    """The slot that gets most of one head's attention, and its share of what `among` gets.

    `slots` names every position; a name may stand at several, which are then counted apart. `among` names the slots
    that count: say the operands. Default: all but the first (the sink) and the last, that is what is brought from
    elsewhere. The share is a ratio of sums over prompts, so that prompts in which the head rests count little; it is
    NaN where none of the slots gets any attention.
    """
    if len(slots) != weights.shape[1]:
        raise ShapeError(f"name each of the {weights.shape[1]} positions, got {len(slots)} names")
    counted = _counted(slots, among)
    there = weights[:, counted].double().cpu().numpy()
    best, total, ones = int(there.sum(0).argmax()), there.sum(1), np.ones(len(there))
    share = bootstrap(there[:, best], total, generator) if total.any() else Interval(nan, nan, nan, len(there))
    return Concentration(counted[best], slots[counted[best]], share, bootstrap(total, ones, generator))


def _captured(
    model: Model, tokens: Tensor, layers: list[int], changes: Sequence[Sequence[Edit]], batch: int
) -> Attention:
    """The last row of the patterns of `layers`, `batch` prompts at a time, each batch under edits of its own."""
    tokens, layers = model.checked(tokens), sorted(set(layers))
    if not layers:
        raise ShapeError("no block is to be looked into: a setting without transfer has none in which others are seen")
    sites, parts = [pattern(layer) for layer in layers], []
    for some, change in zip(torch.split(tokens, batch), changes, strict=True):
        with edited(model, *change):
            acts = capture(model, some, sites, at=-1)
        parts.append(torch.stack([acts[site] for site in sites], dim=1))
    return Attention(layers, torch.cat(parts))


def _counted(slots: Sequence[str], among: Iterable[str] | None) -> list[int]:
    """The positions that count."""
    if among is None:
        found = list(range(1, len(slots) - 1))
    else:
        wanted = set(among)
        if strays := sorted(wanted - set(slots)):
            raise unknown("slot", strays[0], slots)
        found = [position for position, slot in enumerate(slots) if slot in wanted]
    if not found:
        raise ShapeError("no slot is left to count: name some, or use prompts of more than two tokens")
    return found


__all__ = ["Attention", "Concentration", "attends", "attends_inside", "concentration"]
