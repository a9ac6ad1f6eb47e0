"""Learning rates as pure functions of the step, so that a resumed run needs no schedule state."""

import math
from collections.abc import Callable

Schedule = Callable[[int], float]


def constant(rate: float) -> Schedule:
    """The same learning rate at every step."""
    return lambda step: rate  # noqa: ARG005


def warmup_cosine(peak: float, steps: int, warmup: int = 0, floor: float = 0.0) -> Schedule:
    """Linear rise to `peak` over `warmup` steps, then half a cosine down to `floor * peak` at the last of `steps`.

    The rise ends at `peak` in its last step; a single step after it stays there. Steps past the end stay at the floor.
    """
    if not 0 <= warmup < steps:
        raise ValueError(f"warmup must be at least 0 and less than the {steps} steps, not {warmup}")
    if not 0 <= floor <= 1:
        raise ValueError(f"floor is a share of the peak, 0 to 1, not {floor}")

    def rate(step: int) -> float:
        if step < warmup:
            return peak * (step + 1) / warmup
        done = (step - warmup) / max(1, steps - 1 - warmup)
        return peak * (floor + (1 - floor) * (1 + math.cos(math.pi * min(1.0, done))) / 2)

    return rate


def warmup_decay(peak: float, steps: int, warmup: int = 0, decay: int = 0) -> Schedule:
    """Linear rise to `peak` over `warmup` steps, `peak`, and over the last `decay` of `steps` a linear fall towards 0.

    The rise ends at `peak` in its last step; the fall would reach 0 in the step after the last.
    """
    if warmup < 0 or decay < 0 or warmup + decay > steps:
        raise ValueError(f"warmup and decay must fit into the {steps} steps, not {warmup} and {decay}")

    def rate(step: int) -> float:
        rise = (step + 1) / warmup if step < warmup else 1.0
        fall = max(0.0, (steps - step) / (decay + 1)) if step >= steps - decay else 1.0
        return peak * rise * fall

    return rate
