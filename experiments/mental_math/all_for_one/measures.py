"""Numbers of the lead task that claims are about: halfway, the cliff, two blocks that transfer."""

from typing import Any

import numpy as np
from jaxtyping import Float64

from experiments.mental_math.all_for_one.sweep import Half, Sweep
from experiments.mental_math.all_for_one.telling import baseline, share
from interp.last_token.setting import AllForOne
from interp.stats import Interval, bootstrap


def middle(half: Half, generator: np.random.Generator) -> dict[str, Any]:
    """The wait curve at the last depth before the middle (15 of 32, the authors' wait), and that of the plain mean."""
    depth = len(half.waiting) - 1
    wait = (depth - 1) // 2
    return {
        "wait": wait,
        "depth": depth,
        "conditional": share(half.waiting[wait, half.full], generator),
        "plain": share(half.plain[wait, half.full], generator),
    }


def cliff(sweep: Sweep, generator: np.random.Generator) -> dict[str, Any]:
    """The two steepest falls of the wait curve from one depth to the next: found on one half, measured on the other."""
    falls = -np.diff(sweep.choose.waiting[:, sweep.choose.full].mean(-1))
    order = np.argsort(-falls, kind="stable")
    first = int(order[0])
    # A model of one block has one step, and beside it nothing that could fall.
    second = int(order[1]) if len(order) > 1 else first
    return {
        "last wait before it": first,
        "depth": sweep.depth,
        "fall": _fall(sweep.report, first, generator),
        "next fall": _fall(sweep.report, second, generator) if second != first else Interval(0.0, 0.0, 0.0, 1),
    }


def two_transfer(half: Half, wait: int, generator: np.random.Generator) -> dict[str, Any]:
    """No, one and two blocks that transfer after a wait (fewer where the model has not so many left)."""
    most = min(2, len(half.waiting) - 1 - wait)
    shares = [share(half.kept(AllForOne(wait, transfer)), generator) for transfer in range(most + 1)]
    return {"wait": wait, "faithful": shares, "baseline": share(baseline(half, wait), generator)}


def _fall(half: Half, wait: int, generator: np.random.Generator) -> Interval:
    marks: Float64[np.ndarray, "wait known"] = half.waiting[:, half.full].astype(np.float64)
    return bootstrap(marks[wait] - marks[wait + 1], np.ones(marks.shape[1]), generator)


__all__ = ["cliff", "middle", "two_transfer"]
