"""Edits of the same length that must not work: in a random direction, and of another square."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import normalize

from experiments.othello.edits.cases import Cases, legal
from experiments.othello.edits.reading import Change
from experiments.othello.labels import Owner
from interp.errors import ShapeError
from interp.matching import random_directions

Sizes = Mapping[int, Float[Tensor, " case"]]


def random_steps(sizes: Sizes, width: int, rng: np.random.Generator) -> Change:
    """A random direction for each case, the same at every depth as probes' are nearly, as long as `sizes` say."""
    unit = random_directions(len(next(iter(sizes.values()))), width, rng).float()

    def step(depth: int, rows: Tensor, where: slice) -> Tensor:
        return unit[where].to(rows) * sizes[depth][where, None]

    return step


def resized(change: Change, sizes: Sizes) -> Change:
    """Another change made as long as `sizes` say, case by case and depth by depth; nothing stays nothing."""

    def step(depth: int, rows: Tensor, where: slice) -> Tensor:
        return normalize(change(depth, rows, where), dim=1) * sizes[depth][where, None]

    return step


def elsewhere(cases: Cases, rng: np.random.Generator) -> Cases:
    """The same histories with another disc to change, drawn at random: erased where a disc was, else flipped.

    Raises `ShapeError` for a board without another disc (that can be missing: those of the centre cannot).
    """
    allowed = (cases.board != Owner.EMPTY) & (torch.arange(cases.rules.squares) != cases.square[:, None])
    erase = cases.target == Owner.EMPTY
    centre = torch.zeros(cases.rules.squares, dtype=torch.bool)
    centre[list(cases.rules.centre)] = True
    allowed &= ~(erase[:, None] & centre)
    if not allowed.any(1).all():
        raise ShapeError("a case has no other disc to change, so that there is no wrong square: leave it out")
    draws = torch.from_numpy(rng.random(allowed.shape))
    square = torch.where(allowed, draws, -1.0).argmax(1)
    present = cases.board.gather(1, square[:, None])[:, 0]
    target = torch.where(erase, torch.full_like(present, Owner.EMPTY), Owner.MINE + Owner.THEIRS - present)
    edited = cases.board.scatter(1, square[:, None], target[:, None])
    return replace(
        cases, square=square.to(cases.square), target=target, edited=edited, legal_edited=legal(cases.rules, edited),
        witness=None,
    )  # fmt: skip


__all__ = ["elsewhere", "random_steps", "resized"]
