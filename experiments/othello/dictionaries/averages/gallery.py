"""Boards to look at: some latents of each class, drawn at random, and what is usual at the plies of their rows."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from experiments.othello.dictionaries.averages.facts import CLASSES, NONE, Facts
from experiments.othello.dictionaries.averages.squares import MINE, THEIRS, Squares
from experiments.othello.dictionaries.averages.strongest import Strongest

EACH = 2
"""Latents of a class at a depth."""


def gallery(
    found: Facts, again: Strongest, report: Squares, depth: int, rng: np.random.Generator, each: int = EACH
) -> list[dict[str, Any]]:
    """Average boards of `each` latents of each class (fewer where there are fewer), over rows that confirm them."""
    boards, usual = report.mean(again), report.at_ply(again)
    shown = []
    for place, name in enumerate(CLASSES):
        if name == NONE:
            continue
        latents = torch.nonzero(found.judged & (found.kinds == place))[:, 0].numpy()
        for latent in rng.permutation(latents)[:each].tolist():
            shown.append({
                "depth": depth, "class": name, "latent": latent, "rows": int(again.count[latent]),
                "moved": int(found.moved[latent]),
                "marked": torch.nonzero(found.beyond[latent].any(0))[:, 0].tolist(),
                "mine": _rounded(boards[latent, MINE]), "theirs": _rounded(boards[latent, THEIRS]),
                "usual mine": _rounded(usual[latent, MINE]), "usual theirs": _rounded(usual[latent, THEIRS]),
            })  # fmt: skip
    return shown


def _rounded(shares: Tensor) -> list[float]:
    return [round(share, 3) for share in shares.tolist()]


__all__ = ["EACH", "gallery"]
