"""When losses have come down, by the class of the next token and for single tokens, and when their order flips."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float64

from experiments.function_tokens.consolidation.grouped import DRAWS, Followed, called, differences
from interp.stats import Interval
from interp.token_classes import GroupedLosses, flips, reached

WAY = 0.9
"""The share of its way after which a loss has converged."""


def converging(followed: Followed, names: Sequence[str], rng: np.random.Generator) -> dict[str, Any]:
    """Steps at which 90 % of the way are done, and flips of order, as plain JSON.

    `names` are those of the function tokens, the most frequent first.
    """
    found = differences(followed.whole, rng)
    of_words = differences(followed.words, rng)
    return {
        "classes": {name: list(way_done(followed, name, rng)) for name in followed.whole[0].following},
        "tokens": _tokens(followed, names),
        "next in frequency": _steps(followed, _known(followed.rivals)),
        "differences": None if found is None else [list(one) for one in found],
        "differences of words": None if of_words is None else [list(one) for one in of_words],
        "flips": [] if found is None else [one._asdict() for one in flips(np.array(followed.steps), found)],
        "hardest": [_hardest(group) for group in followed.whole],
        "hardest of words": [_hardest(group) for group in followed.words],
    }


def way_done(followed: Followed, following: str, rng: np.random.Generator) -> Interval:
    """The step from which the loss of what comes next, of a class, has done `WAY` of its way.

    With an interval over documents; a loss that does not come down gets the last step.
    """
    column = followed.whole[0].following.index(following)
    sums = np.stack([group.sums[:, :, column].sum(1) for group in followed.whole], 1)
    counts = np.stack([group.counts[:, :, column].sum(1) for group in followed.whole], 1)
    documents = len(sums)
    times = rng.multinomial(documents, np.full(documents, 1 / documents), size=DRAWS)
    drawn = times @ counts
    curves = (times @ sums)[(drawn > 0).all(1)] / drawn[(drawn > 0).all(1)]
    value = float(_lasting(followed, (sums.sum(0) / counts.sum(0))[None])[0])
    low, high = np.quantile(_lasting(followed, curves), [0.025, 0.975])
    return Interval(value, min(float(low), value), max(float(high), value), documents)


def _lasting(followed: Followed, curves: Float64[np.ndarray, "curve checkpoint"]) -> Float64[np.ndarray, " curve"]:
    found = reached(np.array(followed.steps), curves, WAY).lasting
    return np.where(np.isnan(found), float(followed.steps[-1]), found)


def _tokens(followed: Followed, names: Sequence[str]) -> list[dict[str, Any]]:
    """Function tokens that are predicted often enough, the most frequent first."""
    kept = ~np.isnan(followed.function).any(1)
    curves = followed.function[kept]
    steps = _steps(followed, curves)
    chosen = [name for name, known in zip(names, kept, strict=True) if known]
    return [
        {"token": name, "step": step, "losses": curve.tolist()}
        for name, step, curve in zip(chosen, steps, curves, strict=True)
    ]


def _steps(followed: Followed, curves: Float64[np.ndarray, "curve checkpoint"]) -> list[float]:
    return _lasting(followed, curves).tolist() if len(curves) else []


def _known(curves: Float64[np.ndarray, "member checkpoint"]) -> Float64[np.ndarray, "curve checkpoint"]:
    found: Float64[np.ndarray, "curve checkpoint"] = curves[~np.isnan(curves).any(1)]
    return found


def _hardest(group: GroupedLosses) -> str:
    """The group with the highest mean loss."""
    means = np.nan_to_num(group.means, nan=-np.inf)
    row, column = np.unravel_index(int(means.argmax()), means.shape)
    return called(group.current[row], group.following[column])


__all__ = ["WAY", "converging", "way_done"]
