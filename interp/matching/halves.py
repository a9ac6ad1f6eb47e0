"""Two halves of the rows: one to select on, one to report on."""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Int64, Integer
from torch import Tensor

from interp.errors import ShapeError


class Halves(NamedTuple):
    """Rows by their numbers, ascending; no group is in both."""

    selecting: Int64[Tensor, " selecting"]
    """Rows on which something is chosen."""
    reporting: Int64[Tensor, " reporting"]
    """Rows on which what was chosen is measured."""


def halves(groups: Integer[Tensor, " row"], generator: np.random.Generator) -> Halves:
    """Half of the groups (documents, games), drawn at random, and the others; an odd one goes to the reporting half.

    Rows of one group resemble each other, so that a choice made on some of them would be flattered by the rest.
    Raises `ShapeError` for fewer than two groups.
    """
    distinct, place = torch.unique(groups, return_inverse=True)
    if len(distinct) < 2:
        raise ShapeError(f"need at least 2 groups to select on some and report on others, not {len(distinct)}")
    chosen = torch.zeros(len(distinct), dtype=torch.bool)
    chosen[torch.from_numpy(generator.permutation(len(distinct))[: len(distinct) // 2])] = True
    mine = chosen.to(place.device)[place]
    return Halves(mine.nonzero()[:, 0], (~mine).nonzero()[:, 0])
