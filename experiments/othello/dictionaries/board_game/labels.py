"""What latents are asked for: whose disc lies on a square, and where the player to move next may move."""

import torch
from jaxtyping import Bool
from torch import Tensor

from experiments.othello.labels import Owner
from experiments.othello.positions import Positions
from experiments.othello.rules import Rules

BOARD, LEGAL = "board", "legal"
"""The two questions."""


def questions(positions: Positions, rules: Rules) -> dict[str, Bool[Tensor, "row _"]]:
    """Mine on each square and then theirs; and every move but those to the centre.

    Empty squares are no label: they are two thirds of an early board, and any latent that counts moves finds them.
    """
    owners = [positions.owner == owner for owner in (Owner.MINE, Owner.THEIRS)]
    playable = torch.tensor([int(square) for square in rules.playable])
    return {BOARD: torch.cat(owners, 1), LEGAL: positions.legal[:, playable]}


__all__ = ["BOARD", "LEGAL", "questions"]
