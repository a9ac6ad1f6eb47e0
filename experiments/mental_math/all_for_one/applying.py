"""The setting of one task, given to others as it is; and settings that each of them finds for itself."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from experiments.mental_math.all_for_one.choosing import choose, layers
from experiments.mental_math.all_for_one.sweep import Sweep
from experiments.mental_math.all_for_one.telling import baseline, pooled, share
from interp.errors import ModelError
from interp.last_token.setting import AllForOne


def apply(
    setting: AllForOne, sweeps: Mapping[str, Sweep], threshold: float, generator: np.random.Generator
) -> dict[str, Any]:
    """Faithfulness by task under `setting` and under what each task chooses itself, on the prompts to report on.

    "given" and "own" pool all these tasks, each with its baseline; None without any task.
    """
    by_task, given, own = {}, [], []
    for name, sweep in sweeps.items():
        half, chosen = sweep.report, choose(sweep.choose, threshold)
        given.append((half.kept(setting), baseline(half, setting.wait)))
        own.append((half.kept(chosen.setting), baseline(half, chosen.setting.wait)))
        by_task[name] = {
            "given": share(given[-1][0], generator),
            "own": share(own[-1][0], generator),
            "own setting": layers(chosen.setting),
            "own found": chosen.found,
            "baseline": share(given[-1][1], generator),
        }
    told: dict[str, Any] = {"layers": layers(setting), "tasks": by_task, "given": None, "own": None}
    for name, parts in (("given", given), ("own", own)):
        if parts:
            hits, nulls = zip(*parts, strict=True)
            worst = min(float(marks.mean()) for marks in hits)
            told[name] = {"faithful": pooled(hits, generator), "baseline": pooled(nulls, generator), "worst": worst}
    return told


def require_same_depth(name: str, depth: int, family: str, other: int) -> None:
    """Raise `ModelError` unless a setting of the one model means the same in the other."""
    if depth != other:
        raise ModelError(
            f"{family} has {other} blocks and {name} {depth}: a setting can only be taken over by a model of the same "
            "depth. Name another --family, or none"
        )


__all__ = ["apply", "require_same_depth"]
