"""Numbers of dictionaries read off at one and the same quality: between two sparsities, never beyond those trained."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

JUDGED = "recovered"
"""The quality that rows are judged at, as the paper tuned its sparsities (appendix C): cross-entropy recovered."""
QUALITIES = (JUDGED, "explained")
"""What may be held equal. Variance explained stands beside: an untrained model has it too, and it needs no loss."""
CALLED = {"recovered": "cross-entropy recovered", "explained": "explained variance"}
"""How qualities are called in figures and messages."""


def matched(dictionaries: Sequence[Mapping[str, Any]], quality: str) -> dict[str, Any]:
    """At one quality that every trained checkpoint reaches, the numbers of every checkpoint and seed, as plain JSON.

    `target`, the quality, lies in the middle of `shared`: what all trained checkpoints have in common between their
    sparsest and their densest dictionary. Nothing is extrapolated. Where there is nothing in common (`shared` ends
    before it begins), or the quality is not known of all or does not rise with the number of active latents, `target`
    is None, `why not` says so, and there are no `checkpoints`.

    The untrained checkpoint, step 0, has no cross-entropy to recover: it is read off at the variance that the first
    trained one of its seed explains at the match. It is `within` its own sparsities or not; if not, its nearest
    dictionary stands for it.
    """
    rows = _rows(dictionaries)
    trained = {key: found for key, found in rows.items() if key[0] > 0}
    ks = sorted({one["k"] for one in dictionaries})
    told: dict[str, Any] = {"quality": quality, "ks": [ks[0], ks[-1]]}
    told |= {"shared": None, "target": None, "checkpoints": []}
    if unusable := _unusable(trained, quality):
        return {**told, "why not": unusable}
    spans = [_span(found, quality) for found in trained.values()]
    low, high = max(span[0] for span in spans), min(span[1] for span in spans)
    told["shared"] = [low, high]
    if low > high:
        beyond = f"no {CALLED[quality]} is common to all trained checkpoints: a match needs sparsities beyond"
        return {**told, "why not": f"{beyond} {ks[0]} to {ks[-1]}"}
    target, names = (low + high) / 2, _numbers(dictionaries)
    read = {key: _read(found, key, quality, target, names) for key, found in trained.items()}
    first = min(step for step, _ in trained)
    for step, seed in rows.keys() - trained.keys():
        at = read[first, seed]["explained"]
        read[step, seed] = _read(rows[step, seed], (step, seed), "explained", at, names)
    return {**told, "target": target, "why not": None, "checkpoints": [read[key] for key in rows]}


def _rows(dictionaries: Sequence[Mapping[str, Any]]) -> dict[tuple[int, int], list[Mapping[str, Any]]]:
    """The dictionaries of each step and seed, the sparsest first."""
    keys = sorted({(one["step"], one["seed"]) for one in dictionaries})
    ordered = sorted(dictionaries, key=lambda one: int(one["k"]))
    return {key: [one for one in ordered if (one["step"], one["seed"]) == key] for key in keys}


def _unusable(trained: Mapping[tuple[int, int], Sequence[Mapping[str, Any]]], quality: str) -> str | None:
    """Why checkpoints cannot be matched at this quality at all."""
    if not trained or any(one[quality] is None for found in trained.values() for one in found):
        return f"the {CALLED[quality]} is not known of every trained checkpoint"
    if not all(_rises(found, quality) for found in trained.values()):
        return f"the {CALLED[quality]} does not rise with the number of active latents: no sparsity belongs to it"
    return None


def _rises(found: Sequence[Mapping[str, Any]], quality: str) -> bool:
    values = [one[quality] for one in found]
    return all(one < following for one, following in pairwise(values))


def _numbers(dictionaries: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is read off: k on a logarithmic scale, counts, and slopes where all have them."""
    slopes = [name for name in ("steep", "steep null") if all(one[name] is not None for one in dictionaries)]
    return ["k", "once", "often", "explained", *slopes]


def _span(found: Sequence[Mapping[str, Any]], quality: str) -> tuple[float, float]:
    values = [one[quality] for one in found]
    return min(values), max(values)


def _read(
    found: Sequence[Mapping[str, Any]], key: tuple[int, int], quality: str, target: float, names: Sequence[str]
) -> dict[str, Any]:
    """The numbers of one checkpoint and seed at a quality."""
    low, high = _span(found, quality)
    within = _rises(found, quality) and low <= target <= high
    numbers = {name: _at(found, quality, name, target) for name in names}
    return {"step": key[0], "seed": key[1], "within": within, **numbers}


def _at(found: Sequence[Mapping[str, Any]], quality: str, name: str, target: float) -> float:
    """Between the two dictionaries nearest in quality, linear in it; ln k for k."""
    ordered = sorted(found, key=lambda one: float(one[quality]))
    values = [float(one[name]) for one in ordered]
    where = [float(one[quality]) for one in ordered]
    if name == "k":
        return float(np.exp(np.interp(target, where, np.log(values))))
    return float(np.interp(target, where, values))


__all__ = ["CALLED", "JUDGED", "QUALITIES", "matched"]
