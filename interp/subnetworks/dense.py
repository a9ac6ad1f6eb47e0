"""Exact cross-entropy against targets whose rows are made a chunk at a time: for capped logits, and for teachers."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from interp.models.unembedding import Unembedding
from interp.subnetworks.cross_entropy import Part, chunked

Targets = Callable[[int, int], Float[Tensor, "row token"]]
"""The distributions of the rows from the first index to before the second."""


def dense_cross_entropy(
    hidden: Float[Tensor, "row width"],
    unembedding: Unembedding,
    targets: Targets,
    weights: Float[Tensor, " row"] | None = None,
    *,
    chunk: int | None = None,
) -> Float[Tensor, ""]:
    """What `cross_entropy` gives, from distributions that `targets` makes for `chunk` rows at a time.

    A soft cap is honoured. Every row must sum to 1: it is for `targets` to see to that. Raises `ShapeError`.
    """

    def part(states: Tensor, start: int, stop: int, slope: bool) -> Part:
        chances, logits = targets(start, stop), unembedding.logits(states)
        chances = chances.to(logits)
        losses = logits.logsumexp(1) - torch.linalg.vecdot(chances, logits)
        if not slope:
            return Part(losses, None)
        excess = logits.softmax(1).sub_(chances)
        if unembedding.cap is not None:
            excess *= 1 - (logits / unembedding.cap) ** 2
        return Part(losses, excess.to(unembedding.weight.dtype) @ unembedding.weight)

    return chunked(hidden, unembedding.chunk(chunk), part, weights)


__all__ = ["Targets", "dense_cross_entropy"]
