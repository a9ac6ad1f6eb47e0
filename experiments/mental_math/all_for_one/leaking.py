"""What the filters on answers leak: of the tasks that are asked, and of the samplings that the authors published."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from experiments.mental_math.leakage import leakage_of
from experiments.mental_math.sampling import BASE, DEMO, Sampling
from experiments.mental_math.tasks import task

PUBLISHED = {"demonstration": DEMO, "base accuracy": BASE}
"""The samplings of the authors' code, by what they are for."""


def leaks(tasks: Mapping[str, Sampling], floor: int, generator: np.random.Generator) -> dict[str, Any]:
    """Per task and operand: bits it tells of the operands before it, beside no filter and as many random tuples."""
    asked = {name: _leak(name, sampling, floor, generator) for name, sampling in tasks.items()}
    published = {
        use: {name: _leak(name, sampling, floor, generator) for name in ("A+B", "A-B")}
        for use, sampling in PUBLISHED.items()
    }
    return {"asked": asked, "published": published}


def _leak(name: str, sampling: Sampling, floor: int, generator: np.random.Generator) -> dict[str, Any]:
    found = leakage_of(task(name), sampling, generator, floor)
    return {
        leak.slot: {
            "bits": leak.before, "unfiltered": free.before, "random tuples": chance.before,
            "fewest partners": leak.partners, "values with fewer than the floor": leak.rare,
        }
        for leak, free, chance in zip(found.filtered, found.unfiltered, found.chance, strict=True)
    }  # fmt: skip


__all__ = ["PUBLISHED", "leaks"]
