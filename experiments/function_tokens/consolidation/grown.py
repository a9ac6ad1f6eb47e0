"""What became of latents from the first trained checkpoint to the last: at equal quality, and at each sparsity."""

from collections.abc import Callable, Mapping, Sequence
from operator import sub
from typing import Any

import numpy as np

from experiments.function_tokens.consolidation.matched import JUDGED
from experiments.function_tokens.consolidation.saturation import fullest, saturated
from experiments.judging import entry
from interp.stats import Interval, over_seeds

Checkpoints = Sequence[Mapping[str, Any]]
"""Dictionaries of one sparsity, or read off at one quality: one of each step and seed."""


def counts(metrics: Mapping[str, Any]) -> dict[str, Any] | None:
    """Latents that fire often, at the end by early on; None without a quality in common."""
    found = metrics["matched"][JUDGED]
    if found["target"] is None:
        return None
    often, once = (by_seed(found["checkpoints"], _ratio, name) for name in ("often", "once"))
    told = entry(
        often["value"], often["control"], at_least_once=once["value"].value,
        at_least_once_untrained=once["control"].value,
    )  # fmt: skip
    told["extra"] |= {**_match(metrics), **_explained(metrics, _ratio, "often")}
    free = []
    for k, own in _sparsities(metrics).items():
        change, full = by_seed(own, _ratio, "often")["value"], fullest(_ends(own), own[0]["width"])
        told["extra"] |= {**_interval(f"at k {k}, ratio", change), f"at k {k}, fullest share of the width": full}
        free += [] if saturated(_ends(own), own[0]["width"]) else [change.low]
    # 0 says that no sparsity leaves the counts free, and is below every ratio that could show growth.
    told["extra"]["at one free sparsity, lowest"] = min(free, default=0.0)
    return told


def slopes(metrics: Mapping[str, Any]) -> dict[str, Any] | None:
    """How much more steeply degrees fall at the end; None without a quality in common, and where slopes are missing."""
    found = metrics["matched"][JUDGED]
    if found["target"] is None or not {"steep", "steep null"} <= found["checkpoints"][0].keys():
        return None
    here = found["checkpoints"]
    real, null = (by_seed(here, sub, name) for name in ("steep", "steep null"))
    told = entry(real["value"], null["value"])
    for label, step in _looked_at(here).items():
        told["extra"] |= {f"slope, {label}": _mean(here, step, "steep")}
        told["extra"] |= {f"slope of the null, {label}": _mean(here, step, "steep null")}
    told["extra"] |= {**_match(metrics), **_explained(metrics, sub, "steep"), **_explained(metrics, sub, "steep null")}
    free = []
    for k, own in _sparsities(metrics).items():
        change, by_chance = (by_seed(own, sub, name)["value"] for name in ("steep", "steep null"))
        told["extra"] |= {
            **_interval(f"at k {k}, change", change),
            **_interval(f"at k {k}, change of the null", by_chance),
        }
        free += [] if saturated(_ends(own), own[0]["width"]) else [change.low - max(0.0, by_chance.high)]
    # 0 says that no sparsity leaves the counts free, and shows no excess.
    told["extra"]["excess at one free sparsity, lowest"] = min(free, default=0.0)
    return told


def by_seed(checkpoints: Checkpoints, compare: Callable[[float, float], float], name: str) -> dict[str, Interval]:
    """The last checkpoint against the first trained one, and the untrained one against it, over seeds."""
    told = {(one["step"], one["seed"]): float(one[name]) for one in checkpoints}
    untrained, first, last = _looked_at(checkpoints).values()
    seeds = sorted({seed for _, seed in told})
    return {
        kind: over_seeds([compare(told[step, seed], told[first, seed]) for seed in seeds])
        for kind, step in (("value", last), ("control", untrained))
    }


def _match(metrics: Mapping[str, Any]) -> dict[str, float]:
    """Where the match lies between the sparsities that were trained, and how full dictionaries are there."""
    found, width = metrics["matched"][JUDGED], metrics["dictionaries"][0]["width"]
    here, steps = found["checkpoints"], _looked_at(found["checkpoints"])
    sparsest, densest = found["ks"]
    told = {
        "cross-entropy recovered": found["target"], "sparsest trained k": float(sparsest),
        "densest trained k": float(densest),
        "match inside the trained sparsities": float(all(one["within"] for one in here if one["step"] > 0)),
        "untrained reaches that quality": _mean(here, steps["untrained"], "within"),
        "counts saturate": float(saturated(here, width)),
        "first trained one saturates": float(saturated([one for one in here if one["step"] == steps["first"]], width)),
    }  # fmt: skip
    for label, step in steps.items():
        told[f"k, {label}"] = _mean(here, step, "k")
        told[f"explained variance, {label}"] = _mean(here, step, "explained")
        told[f"share of the width, {label}"] = _mean(here, step, "often") / width
        told[f"share of the width at least once, {label}"] = _mean(here, step, "once") / width
    return told


def _explained(metrics: Mapping[str, Any], compare: Callable[[float, float], float], name: str) -> dict[str, float]:
    """The same comparison at equal explained variance; zeros where that has no match, so that all seeds have them."""
    found, label = metrics["matched"]["explained"], f"at equal explained variance, {name}"
    told = {"explained variance has a match": float(found["target"] is not None)}
    told["equal explained variance"] = found["target"] or 0.0
    there = found["checkpoints"]
    steps = _looked_at(there) if there else {"first": 0, "last": 0}
    told |= {f"at equal explained variance, k, {end}": _mean(there, steps[end], "k") for end in ("first", "last")}
    return told | _interval(label, by_seed(there, compare, name)["value"] if there else Interval(0.0, 0.0, 0.0, 1))


def _interval(name: str, found: Interval) -> dict[str, float]:
    return {name: found.value, f"{name}, low": found.low, f"{name}, high": found.high}


def _sparsities(metrics: Mapping[str, Any]) -> dict[int, list[Mapping[str, Any]]]:
    many = metrics["dictionaries"]
    return {k: [one for one in many if one["k"] == k] for k in sorted({one["k"] for one in many})}


def _looked_at(checkpoints: Checkpoints) -> dict[str, int]:
    """The steps that are compared."""
    trained = sorted({one["step"] for one in checkpoints if one["step"] > 0})
    return {"untrained": 0, "first": trained[0], "last": trained[-1]}


def _ends(checkpoints: Checkpoints) -> list[Mapping[str, Any]]:
    """The trained ones that are compared."""
    steps = _looked_at(checkpoints)
    return [one for one in checkpoints if one["step"] in (steps["first"], steps["last"])]


def _ratio(one: float, other: float) -> float:
    return one / max(other, 1.0)


def _mean(checkpoints: Checkpoints, step: int, name: str) -> float:
    """0 where there is none."""
    return float(np.mean([one[name] for one in checkpoints if one["step"] == step] or [0.0]))


__all__ = ["by_seed", "counts", "slopes"]
