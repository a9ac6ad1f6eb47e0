"""Metrics of a study that never ran, as it would leave them."""

from typing import Any

import numpy as np

from experiments.mental_math.when_models_wait.settings import STUDIED
from experiments.mental_math.when_models_wait.training import tasks
from interp.settings import settings_json


def made(waiting: int = 0) -> dict[str, Any]:
    """Ten models of which the first `waiting` wait a block, and two planted ones that wait two."""
    studied = [
        {
            **settings_json(one),
            "tasks": {name: task(one.depth, int(place < waiting)) for name in tasks(one.operands)},
        }
        for place, one in enumerate(STUDIED)
    ]
    planted = [
        {"name": name, "depth": depth, "tasks": {each: task(depth, 2) for each in tasks(2)}}
        for name, depth in (("sums-planted", 5), ("sums-tiny", 4))
    ]
    return {"studied": studied, "planted": planted, "able": 0.9, "threshold": 0.95}


def task(depth: int, wait: int, base: float = 0.99) -> dict[str, Any]:
    """One task of a model that waits so many blocks and no more."""
    rng = np.random.default_rng([depth, wait])
    low = rng.uniform(0.02, 0.2, depth + 1)
    curve = [interval(0.99 if blocks <= wait else low[blocks]) for blocks in range(depth + 1)]
    return {
        "able": base >= 0.9,
        "base": interval(base),
        "majority": 0.08,
        "waiting": curve,
        "longest": wait,
        "share": wait / depth,
        "waits": wait > 0,
        "triangle": [[0.5] * (depth + 1 - blocks) + [None] * blocks for blocks in range(depth + 1)],
        "best": {"wait": max(wait, 1), "transfer": 1, "faithful": interval(0.98 if wait else 0.1)},
        "knockouts": [interval(share) for share in rng.uniform(0, 1, depth)],
    }


def interval(value: float) -> list[float]:
    """A number with a small range."""
    return [float(value), float(value) - 0.02, min(1.0, float(value) + 0.02), 300]
