"""Four readings of the board, as probe labels for the positions that a model has read."""

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from experiments.othello.games import Trace
from experiments.othello.labels import colours, relative

READINGS = ("mine/theirs", "black/white", "mine/theirs before the move", "black/white before the move")
"""Mine/theirs/empty and black/white/empty, after the move that the model has just read, and before it."""
MINE, COLOUR, MINE_BEFORE, COLOUR_BEFORE = range(4)
"""Places in `READINGS`."""

CLASSES = 3
"""Empty and two owners or colours."""


def readings(trace: Trace) -> Int[Tensor, "game ply reading square"]:
    """The labels after (or before) every move that a model reads: all but the last there can be.

    Positions after the end of a game get -1, which probes and counts leave out.
    """
    views = [view(trace, before=before)[:, :-1] for before in (False, True) for view in (relative, colours)]
    labels = np.stack(views, axis=2)
    labels[~trace.played[:, :-1]] = -1
    return torch.from_numpy(labels)
