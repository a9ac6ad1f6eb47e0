"""The layers that Du et al. show, on a model of another depth."""

PUBLISHED_DEPTH = 8
"""Blocks of their model; their layer k is the residual stream after k of them."""


def at(layer: int, depth: int) -> int:
    """The depth of a model of `depth` blocks that lies relatively as deep as their layer; halves go up, and to 1."""
    return max(1, (2 * layer * depth + PUBLISHED_DEPTH) // (2 * PUBLISHED_DEPTH))


def between(first: int, last: int, depth: int) -> range:
    """The depths from one of their layers to another, both included."""
    return range(at(first, depth), at(last, depth) + 1)


__all__ = ["PUBLISHED_DEPTH", "at", "between"]
