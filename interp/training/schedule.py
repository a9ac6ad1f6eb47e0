"""Learning rates as pure functions of the step, so that a resumed run needs no schedule state."""

import math
from collections.abc import Callable

Schedule = Callable[[int], float]


def constant(rate: float) -> Schedule:
    """The same learning rate at every step."""
    return lambda step: rate  # noqa: ARG005


def warmup_cosine(peak: float, steps: int, warmup: int = 0, floor: float = 0.0) -> Schedule:
    """Linear rise to `peak` over `warmup` steps, then half a cosine down to `floor * peak` at the last of `steps`."""
    if not 0 <= warmup < steps:
        raise ValueError(f"warmup must lie in 0..{steps - 1} for {steps} steps, not {warmup}")

    def rate(step: int) -> float:
        if step < warmup:
            return peak * (step + 1) / warmup
        done = (step - warmup) / max(1, steps - 1 - warmup)
        return peak * (floor + (1 - floor) * (1 + math.cos(math.pi * min(1.0, done))) / 2)

    return rate
