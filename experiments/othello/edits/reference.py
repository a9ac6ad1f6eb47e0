"""Positions of random games, in the same part of the game as the cases, that an edit learns its lengths from."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import one_hot

from experiments.othello.edits.cases import Cases
from experiments.othello.positions import Positions
from experiments.othello.rules import Rules
from experiments.othello.sample import held_out
from interp.activations.capture import capture
from interp.errors import ShapeError
from interp.models.model import Model
from interp.models.sites import resid

GAMES = 400
"""Random games, of which the plies of the cases are kept: some ten thousand positions."""
OWNERS = 3
NEAR = 2
"""Plies by which a donor may be earlier or later."""


@dataclass(frozen=True, eq=False)
class Reference:
    """Positions and what the model makes of them."""

    positions: Positions
    """Of games that no case comes from."""
    rows: Sequence[Float[Tensor, "row width"]]
    """The residual stream by depth."""

    @property
    def holds(self) -> Bool[Tensor, "row square owner"]:
        """Whether a square has an owner."""
        return one_hot(self.positions.owner.long(), OWNERS).bool()

    def means(self, depth: int) -> Float[Tensor, "square owner width"]:
        """The mean of the residual stream where a square has an owner; NaN where it never has."""
        return self._means[depth]

    @cached_property
    def _means(self) -> list[Float[Tensor, "square owner width"]]:
        """By depth: every edit asks for them again, of thousands of positions."""
        holds = self.holds.flatten(1).float()
        found = [holds.T @ rows / holds.sum(0)[:, None] for rows in self.rows]
        return [mean.view(-1, OWNERS, mean.shape[1]) for mean in found]

    def gaps(self, depth: int, cases: Cases) -> Float[Tensor, "case width"]:
        """The mean where the square of each case holds its target less the mean where it holds what it holds now.

        Raises `ShapeError` where no position shows one of them.
        """
        means, square = self.means(depth), cases.square.long()
        gap: Tensor = means[square, cases.target.long()] - means[square, cases.current.long()]
        if gap.isnan().any():
            case = int(gap.isnan().any(1).nonzero()[0])
            raise ShapeError(
                f"no reference position has square {int(square[case])} as case {case} wants it or has it: "
                "a typical one is not known. Take more games."
            )
        return gap

    def donors(self, cases: Cases, rng: np.random.Generator) -> Int[Tensor, " case"]:
        """For each case a random position whose square holds the target, within `NEAR` plies or as near as any is."""
        ply, owner = self.positions.ply.numpy(), self.positions.owner.numpy()
        found = []
        for length, square, target in zip(
            cases.length.tolist(), cases.square.tolist(), cases.target.tolist(), strict=True
        ):
            rows = np.flatnonzero(owner[:, square] == target)
            if not len(rows):
                raise ShapeError(f"no reference position holds {target} on square {square}: no donor. Take more games.")
            away = np.abs(ply[rows] - (length - 1))
            found.append(rng.choice(rows[away <= max(NEAR, away.min())]))
        return torch.from_numpy(np.array(found, dtype=np.int64))


def gather(model: Model, rules: Rules, first_ply: int, last_ply: int, seed: int, batch: int) -> Reference:
    """`GAMES` random games after their moves number `first_ply` to `last_ply`."""
    positions = Positions.of(held_out(rules, GAMES, seed, "edits reference"), slice(first_ply - 1, last_ply))
    sites = [resid(depth) for depth in range(model.depth + 1)]
    found = capture(model, positions.sample.seen[:, :last_ply], sites, batch=batch, device="cpu")
    return Reference(positions, [positions.rows(found[site]).float() for site in sites])


__all__ = ["GAMES", "NEAR", "Reference", "gather"]
