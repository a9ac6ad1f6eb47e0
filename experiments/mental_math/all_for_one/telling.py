"""What a record keeps of one model on one task: shares with intervals, each beside its baselines."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool

from experiments.mental_math.all_for_one.choosing import choose, layers, pair, rows
from experiments.mental_math.all_for_one.sweep import Half, Sweep
from interp.last_token.setting import AllForOne
from interp.stats import Interval, bootstrap


def tell(sweep: Sweep, threshold: float, planted: AllForOne | None, generator: np.random.Generator) -> dict[str, Any]:
    """Base accuracy, both wait curves, the triangle, the search, and the chosen setting beside its baselines.

    All but the search is of the prompts to report on. `planted` is the circuit that is known to be there, if one is.
    """
    half, chosen = sweep.report, choose(sweep.choose, threshold)
    told = {
        **sweep.told,
        "depth": sweep.depth,
        "base": share(half.full, generator),
        "majority": float(half.majority().mean()),
        "waiting": [share(marks[half.full], generator) for marks in half.waiting],
        "plain mean": [share(marks[half.full], generator) for marks in half.plain],
        "scores": rows(half.scores()),
        "best that waits": float(np.nanmax(half.scores()[1:])),
        "search": chosen.told,
        "chosen": at(half, chosen.setting, generator),
    }
    if planted is not None:
        exactly = chosen.found and pair(chosen.setting) == pair(planted)
        told["planted"] = {**at(half, planted, generator), "search finds exactly it": exactly}
    return told


def at(half: Half, setting: AllForOne, generator: np.random.Generator) -> dict[str, Any]:
    """One setting with its neighbours and baselines, and both ways to count its layers."""
    wait, transfer = setting.wait, setting.transfer
    depth, known = len(half.waiting) - 1, half.full
    told = {
        "layers": layers(setting),
        "faithful": share(half.kept(setting), generator),
        "no transfer": share(half.kept(AllForOne(wait, 0)), generator),
        "majority": float(half.majority().mean()),
        "plain mean and all later blocks": share(half.plain[wait, known], generator),
    }
    if wait + transfer < depth:
        told["wait + 1"] = share(half.kept(AllForOne(wait + 1, transfer)), generator)
    elif wait < depth:
        # As many blocks as are left.
        told["wait + 1"] = share(half.kept(AllForOne(wait + 1, depth - wait - 1)), generator)
    if transfer:
        told["transfer - 1"] = share(half.kept(AllForOne(wait, transfer - 1)), generator)
    return told


def share(marks: Bool[np.ndarray, " prompt"], generator: np.random.Generator) -> Interval:
    """How many are marked, with the interval over prompts."""
    return bootstrap(marks.astype(np.int64), np.ones(len(marks), np.int64), generator)


def pooled(parts: Sequence[Bool[np.ndarray, " _"]], generator: np.random.Generator) -> Interval:
    """The same over the prompts of several tasks together."""
    return share(np.concatenate(list(parts)), generator)


def baseline(half: Half, wait: int) -> Bool[np.ndarray, " known"]:
    """The better of two that know nothing of other tokens: no transfer after this wait, and the best single answer."""
    return max(half.kept(AllForOne(wait, 0)), half.majority(), key=lambda marks: marks.sum())


__all__ = ["at", "baseline", "pooled", "share", "tell"]
