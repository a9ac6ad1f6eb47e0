"""When the count of a dictionary's latents says how wide it is, and not what the model has."""

from collections.abc import Iterable, Mapping
from typing import Any

COUNTS = ("once", "often")
"""Latents that fire once, and `OFTEN` times. Both are looked at: the first reaches the width long before the second."""
SATURATED = 0.9
"""The share of the width from which on a count is held back: it could grow by a ninth at most, whatever was learned."""


def fullest(checkpoints: Iterable[Mapping[str, Any]], width: int) -> float:
    """The largest share of `width` that any count of any of them reaches."""
    return max(float(one[name]) / width for one in checkpoints for name in COUNTS)


def saturated(checkpoints: Iterable[Mapping[str, Any]], width: int) -> bool:
    """Whether the width holds back a count of any of them."""
    return fullest(checkpoints, width) >= SATURATED


__all__ = ["COUNTS", "SATURATED", "fullest", "saturated"]
