"""Numbers of dictionaries read off at one and the same quality, between those of two sparsities."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.function_tokens.consolidation.latents import OFTEN

SATURATED = 0.9
"""The share of a dictionary's latents from which on their count says how wide it is, not what the model has."""
QUALITIES = ("explained", "recovered")
"""What may be held equal: variance explained, which an untrained model has too, and cross-entropy recovered."""


def matched(dictionaries: Sequence[Mapping[str, Any]], quality: str) -> dict[str, Any] | None:
    """At one quality that every trained checkpoint reaches, the numbers of every checkpoint and seed, as plain JSON.

    The quality lies in the middle of what all trained checkpoints have in common between their sparsest and their
    densest dictionary. None where they have nothing in common, or the quality is not known of all of them. The
    untrained checkpoint, step 0, is `within` or not; outside, its nearest dictionary stands for it; it is left out
    where the quality is not known of it.
    """
    steps = sorted({one["step"] for one in dictionaries})
    seeds = sorted({one["seed"] for one in dictionaries})
    rows = {(step, seed): _of(dictionaries, step, seed) for step in steps for seed in seeds}
    known = {key: all(one[quality] is not None for one in found) for key, found in rows.items()}
    trained = [key for key in rows if key[0] > 0]
    if not trained or not all(known[key] for key in trained):
        return None
    spans = {key: _span(found, quality) for key, found in rows.items() if known[key]}
    low, high = max(spans[key][0] for key in trained), min(spans[key][1] for key in trained)
    if low > high:
        return None
    target = (low + high) / 2
    told = [
        {"step": step, "seed": seed, "within": spans[step, seed][0] <= target <= spans[step, seed][1],
         **{name: _at(rows[step, seed], quality, name, target) for name in _numbers(dictionaries)}}
        for step, seed in spans
    ]  # fmt: skip
    return {"quality": quality, "target": target, "checkpoints": told}


def saturated(found: Mapping[str, Any], width: int) -> bool:
    """Whether a trained checkpoint has so many latents in use (`OFTEN` firings) that the width limits their count."""
    return any(one["often"] > SATURATED * width for one in found["checkpoints"] if one["step"] > 0)


def _numbers(dictionaries: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is read off: k on a logarithmic scale, counts, and slopes where all have them."""
    slopes = [name for name in ("steep", "steep null") if all(one[name] is not None for one in dictionaries)]
    return ["k", "once", "often", *slopes]


def _of(dictionaries: Sequence[Mapping[str, Any]], step: int, seed: int) -> list[Mapping[str, Any]]:
    """The sparsities of one checkpoint and seed."""
    return [one for one in dictionaries if (one["step"], one["seed"]) == (step, seed)]


def _span(found: Sequence[Mapping[str, Any]], quality: str) -> tuple[float, float]:
    values = [one[quality] for one in found]
    return min(values), max(values)


def _at(found: Sequence[Mapping[str, Any]], quality: str, name: str, target: float) -> float:
    """Between the two dictionaries nearest in quality, linear in it; ln k for k."""
    ordered = sorted(found, key=lambda one: float(one[quality]))
    values = [float(one[name]) for one in ordered]
    where = [float(one[quality]) for one in ordered]
    if name == "k":
        return float(np.exp(np.interp(target, where, np.log(values))))
    return float(np.interp(target, where, values))


__all__ = ["OFTEN", "QUALITIES", "SATURATED", "matched", "saturated"]
