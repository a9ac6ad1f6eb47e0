"""How near the decoders come to what probes read: cosines of directions, beside rotated decoders."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from experiments.othello.dictionaries.kinds import FIRST, PUBLISHED, SECOND
from experiments.othello.dictionaries.subjects import Subjects
from experiments.othello.labels import Owner
from interp.matching import nearest
from interp.stats import bootstrap
from probes import LogisticProbe
from probes.errors import ProbeError

SETS = (FIRST, SECOND, PUBLISHED)


def cosines(who: Subjects) -> dict[str, Any]:
    """By set and depth the highest absolute cosine of each square's mine/theirs direction with a decoder row, its
    mean over squares (resampled), and the same after rotations of the decoder as a whole (t over the draws).

    Signs do not count: a latent that writes theirs is as good as one that writes mine.
    """
    found: dict[str, Any] = {}
    for name in SETS:
        pairs = [
            nearest(
                mine_against_theirs(who.probes[depth]), who.dictionaries[name][depth].W_dec,
                who.rng(f"rivals: cosines {name} {depth}"), signed=False,
            )
            for depth in who.depths
        ]  # fmt: skip
        rng = who.rng(f"rivals: cosines over squares {name}")
        found[name] = {
            "mean": [bootstrap(pair.cosine.numpy(), np.ones(len(pair.cosine)), rng) for pair in pairs],
            "rotated": [pair.control for pair in pairs],
            "chance": [pair.chance for pair in pairs],
        }
    return found


def mine_against_theirs(probe: LogisticProbe) -> Float[Tensor, "square width"]:
    """The directions of the squares that were both in the games the probe was fitted to."""
    return torch.stack([one for one in directions(probe, Owner.MINE, Owner.THEIRS) if one is not None])


def directions(probe: LogisticProbe, class_: int, against: int | None = None) -> Sequence[Tensor | None]:
    """The unit direction of a class by square, against another class or against all; None where there is none."""
    return [_direction(probe, square, class_, against) for square in range(len(probe.bias))]


def _direction(probe: LogisticProbe, square: int, class_: int, against: int | None) -> Tensor | None:
    try:
        return probe.direction(square, int(class_), None if against is None else int(against))
    except ProbeError:
        return None


__all__ = ["SETS", "cosines", "directions", "mine_against_theirs"]
