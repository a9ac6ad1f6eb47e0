"""Does the dictionary keep the board? What a probe reads from the reconstruction and from what it leaves out."""

import warnings
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from experiments.othello.dictionaries.kinds import FIRST, RANDOM
from experiments.othello.dictionaries.rivals.field import Field
from experiments.othello.dictionaries.subjects import Subjects, encode
from interp.stats import Interval, bootstrap
from probes import LinearProbe, ProbeWarning, tally

SETS = (FIRST, RANDOM)
PARTS = ("activations", "reconstruction", "left out")


@torch.no_grad()
def kept(who: Subjects, field: Field) -> dict[str, Any]:
    """By set and depth the share of squares read right from activations, reconstruction and their difference.

    Each part gets a least-squares probe of its own, fitted on the rows to select on; least squares reads some points
    less than the logistic probe, from all parts alike. Beside them the variance that the reconstruction explains, and
    the most frequent class of each square. Intervals resample games.
    """
    split, rng = field.split, who.rng("rivals: kept")
    often = field.owner[split.selecting].mode(0).values
    found: dict[str, Any] = {"majority": right(often.expand(len(split.reporting), -1), field, rng)}
    for name in SETS:
        by_depth: dict[str, Any] = {part: [] for part in (*PARTS, "explained")}
        for depth in who.depths:
            rows = field.residual(who, who.owner(name), depth)
            dictionary = who.dictionaries[name][depth]
            rebuilt = dictionary.decode(encode(dictionary, rows))
            for part, values in zip(PARTS, (rows, rebuilt, rows - rebuilt), strict=True):
                by_depth[part].append(right(read(values, field), field, rng))
            by_depth["explained"].append(explained(rows[split.reporting], rebuilt[split.reporting]))
        found[name] = by_depth
    return found


def read(values: Float[Tensor, "row width"], field: Field) -> Int64[Tensor, "reporting square"]:
    """What a probe fitted on the selecting rows reads on the others."""
    split = field.split
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ProbeWarning)  # the four squares in the middle are never empty
        probe = LinearProbe().fit(values[split.selecting], field.owner[split.selecting], 3)
    predicted: Tensor = probe.predict(values[split.reporting])
    return predicted


def right(predicted: Int64[Tensor, "reporting square"], field: Field, rng: np.random.Generator) -> Interval:
    """Share of squares read right on the reporting rows, resampled by games."""
    reporting = field.split.reporting
    return bootstrap(*tally(predicted, field.owner[reporting], by=field.game[reporting]).labels, rng)


def explained(rows: Float[Tensor, "row width"], rebuilt: Float[Tensor, "row width"]) -> float:
    """Share of the variance of the rows that the reconstruction explains; 1 where nothing varies."""
    total = float((rows - rows.mean(0)).double().square().sum())
    missed = float((rows - rebuilt).double().square().sum())
    return 1 - missed / total if total > 0 else 1.0


__all__ = ["PARTS", "SETS", "explained", "kept", "read", "right"]
