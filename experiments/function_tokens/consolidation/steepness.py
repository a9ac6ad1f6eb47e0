"""How steeply the degrees of tokens fall with their rank, over the same ranks for all dictionaries."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from interp.token_graph.slopes import degree_rank

FULL = 0.9
"""Tokens that reach this share of what the first one reaches have nowhere to go: their slope is 0 for want of more."""


class Degrees(NamedTuple):
    """Of one dictionary."""

    real: Float64[np.ndarray, " token"]
    """How many latents each token reaches."""
    null: Float64[np.ndarray, " token"]
    """How many it would reach for its occurrences alone."""


def steepness(all_of_them: Sequence[Degrees], rng: np.random.Generator) -> list[dict[str, float | int | None]]:
    """For each dictionary minus the slope of ln degree against ln rank, and the same of its null.

    Ranks begin behind the tokens that reach `FULL` of the most, in whichever dictionary and null has most of those, and
    end where the first runs out of tokens: else slopes would differ because ranks do. None where no two ranks are left.
    """
    columns = [degrees for one in all_of_them for degrees in one]
    first = max(int((degrees >= FULL * degrees.max()).sum()) for degrees in columns)
    last = min(int((degrees > 0).sum()) for degrees in columns)

    def fall(degrees: Float64[np.ndarray, " token"]) -> float | None:
        return -degree_rank(degrees, rng, first, last, draws=1).slope.value if first < last else None

    return [
        {"steep": fall(one.real), "steep null": fall(one.null), "first": first, "last": last} for one in all_of_them
    ]


__all__ = ["FULL", "Degrees", "steepness"]
