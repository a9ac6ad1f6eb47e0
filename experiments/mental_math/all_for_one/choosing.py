"""The setting that one half of the prompts chooses, and how sure one can be of it."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float64, Int64

from experiments.mental_math.all_for_one.sweep import Half
from interp.last_token.search import agreement
from interp.last_token.setting import AllForOne
from interp.stats import Interval


class Chosen(NamedTuple):
    """What the search makes of a sweep."""

    setting: AllForOne
    """The one to report on: searched if the search finds one, else the best of all that wait at all."""
    found: bool
    """Whether the search found it."""
    told: dict[str, Any]
    """The search beside the whole triangle, for the record."""


def choose(half: Half, threshold: float) -> Chosen:
    """Wait first, then transfer; beside it the maximal setting of the triangle and its frontier."""
    scores, waiting = half.scores(), half.waiting[:, half.full].mean(-1)
    seen = agreement(waiting, scores, threshold)
    told = {
        "threshold": threshold,
        "found": pair(seen.searched),
        "maximal": pair(seen.maximal),
        "frontier": [pair(one) for one in seen.frontier],
        "agree": seen.agree,
        "note": seen.note,
        "waiting": waiting.tolist(),
        "scores": rows(scores),
    }
    return Chosen(seen.searched or best(scores), seen.searched is not None, told)


def best(scores: Float64[np.ndarray, "wait transfer"]) -> AllForOne:
    """The best score of all settings that wait at all; of equals the longest wait, then the least transfer."""
    wait, transfer = np.indices(scores.shape)
    inside = np.where(wait > 0, np.nan_to_num(scores, nan=-1.0), -1.0)
    order = np.lexsort((transfer.ravel(), -wait.ravel(), -inside.ravel()))
    found = np.unravel_index(order[0], scores.shape)
    return AllForOne(int(found[0]), int(found[1]))


def longest_wait(half: Half, threshold: float, generator: np.random.Generator, draws: int = 200) -> Interval:
    """Share of the blocks that the maximal setting waits, 0 where none passes; resampled over prompts."""
    hits = half.subgraphs[..., half.full].astype(np.float64)
    depth, count = len(hits) - 1, hits.shape[-1]

    def share(times: Int64[np.ndarray, " known"]) -> float:
        return float((hits @ times / count >= threshold).any(1).nonzero()[0].max(initial=0)) / depth

    value = share(np.ones(count, np.int64))
    drawn = [share(generator.multinomial(count, np.full(count, 1 / count))) for _ in range(draws)]
    low, high = np.quantile([value, *drawn], [0.025, 0.975])
    return Interval(value, min(value, float(low)), max(value, float(high)), count)


def layers(setting: AllForOne) -> dict[str, Any]:
    """The setting in blocks counted from 1, and in the authors' indices counted from 0."""
    return {
        "wait": setting.wait,
        "transfer": setting.transfer,
        "index of the last block that waits": setting.wait - 1,
        "indices of the blocks that transfer": list(setting.peeking),
    }


def pair(setting: AllForOne | None) -> list[int] | None:
    """[wait, transfer] for JSON."""
    return None if setting is None else [setting.wait, setting.transfer]


def rows(scores: Float64[np.ndarray, "wait transfer"]) -> list[list[float]]:
    """The triangle for JSON: a row for each wait, as long as there are transfers."""
    return [row[: len(row) - wait].tolist() for wait, row in enumerate(scores)]


__all__ = ["Chosen", "best", "choose", "layers", "longest_wait", "pair", "rows"]
