"""The board at every depth, by the probes of the library with all their controls."""

import warnings
from collections.abc import Callable, Mapping
from typing import Any

from experiments.othello.boards import READINGS, readings
from experiments.othello.sample import Sample
from interp.models.model import Model
from interp.models.sites import resid
from interp.stats import Interval
from probes import Probe, ProbeWarning, Reading, Texts, study

Readings = Mapping[str, Reading[Any]]
"""A reading by site name, the deepest last."""


def read_board(
    model: Model,
    train: Sample,
    test: Sample,
    reading: int,
    probe: Probe,
    seed: int,
    batch: int,
    say: Callable[[str], None],
) -> Readings:
    """`probes.study` of one of `READINGS` at every depth."""
    say(
        f"{type(probe).__name__} for {READINGS[reading]}, {len(train.tokens)} games to fit, {len(test.tokens)} to judge"
    )
    sites = [resid(depth) for depth in range(model.depth + 1)]
    with warnings.catch_warnings():
        # The four squares in the middle are never empty; with few games some other class may be missing, too.
        warnings.simplefilter("ignore", ProbeWarning)
        return study(model, texts(train, reading), texts(test, reading), sites, probe, seed, batch=batch, say=say)


def texts(sample: Sample, reading: int) -> Texts:
    """The games as sequences with one of `READINGS` as labels, a target for each square."""
    return Texts(sample.seen, readings(sample.trace)[:, :, reading])


def scores(found: Readings) -> dict[str, list[Interval]]:
    """The scores by depth, field by field, and the expected calibration error where there are probabilities."""
    fields = ("per_label", "per_row", "majority", "shuffled", "random", "memorised", "selectivity")
    by_depth: dict[str, Any] = {field: [getattr(one.score, field) for one in found.values()] for field in fields}
    sure = [one.score.calibration for one in found.values()]
    if all(sure):
        by_depth["calibration_error"] = [one.error for one in sure if one]
    return by_depth


__all__ = ["Readings", "read_board", "scores", "texts"]
