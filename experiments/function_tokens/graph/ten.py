"""What ten function tokens reach, from what `measure` told of one dictionary: in portions of the text, and in all."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from interp.stats import Interval, over_seeds, t_quantile

TOP = 10
"""Tokens at which coverage is judged, as in the paper's table 1."""


def at_ten(one: Mapping[str, Any]) -> Interval:
    """Coverage by ten function tokens in a portion of the text: the mean over portions, with Student's t."""
    return over_seeds(one["portions"]["frequency"])


def excess(one: Mapping[str, Any]) -> Interval:
    """The same less what shuffled labels reach there, in closed form."""
    return over_seeds(_excesses(one))


def _excesses(one: Mapping[str, Any]) -> list[float]:
    found = one["portions"]
    return [real - chance for real, chance in zip(found["frequency"], found["null"], strict=True)]


def by_chance(one: Mapping[str, Any]) -> float:
    """What shuffled labels reach in a portion: the mean in closed form."""
    return float(np.mean(one["portions"]["null"]))


def shufflings(one: Mapping[str, Any]) -> Interval:
    """What shuffled labels reach: the mean in closed form, and the range of single shufflings around it.

    The mean is known, so that few draws are enough for the range: Student's t of their distances from it.
    """
    mean, drawn = by_chance(one), np.array(one["portions"]["shuffled"])
    half = t_quantile(0.95, len(drawn)) * float(((drawn - mean) ** 2).mean()) ** 0.5
    return Interval(mean, mean - half, mean + half, len(drawn))


def whole(one: Mapping[str, Any]) -> dict[str, float]:
    """Coverage by ten tokens of the whole text, where it may be saturated."""
    return {"whole text": of_whole(one, "frequency"), "whole text by chance": of_whole(one, "null")}


def of_whole(one: Mapping[str, Any], kind: str) -> float:
    """Coverage by ten tokens of the whole text: "frequency", "null", "greedy", or "all latents" as denominator."""
    return float(one["coverage"][kind][place(one)])


def place(one: Mapping[str, Any]) -> int:
    """Where ten function tokens are in the points of a graph; the last where there are fewer."""
    points: list[int] = one["points"]
    return points.index(TOP) if TOP in points else len(points) - 1


__all__ = ["TOP", "at_ten", "by_chance", "excess", "of_whole", "place", "shufflings", "whole"]
