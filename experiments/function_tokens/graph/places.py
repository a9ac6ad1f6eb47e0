"""Which depths of a model stand for the paper's shallow, middle and deep layer."""

from collections.abc import Sequence
from typing import NamedTuple

PARTS = (10 / 42, 21 / 42, 32 / 42)
"""Layers 9, 20 and 31 of the 42 of Gemma-2-9B, each after its block."""


class Places(NamedTuple):
    """Places in a list of depths; equal where a model is too shallow for three."""

    shallow: int
    middle: int
    deep: int


def places(depths: Sequence[int], blocks: int) -> Places:
    """Those nearest to the same parts of a model of so many blocks; depth 0, before any, only if it is all there is."""
    found = [place for place, depth in enumerate(depths) if depth] or [0]
    nearest = (min(found, key=lambda place: (abs(depths[place] - part * blocks), place)) for part in PARTS)
    return Places(*nearest)


__all__ = ["PARTS", "Places", "places"]
