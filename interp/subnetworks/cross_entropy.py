"""Exact cross-entropy against distributions over the vocabulary, without their rows: width numbers a target are enough.

The logits are W h + b and a target p sums to 1, so its cross-entropy is logsumexp(W h + b) - h . (p W) - p . b.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from interp.errors import ShapeError
from interp.models.unembedding import Unembedding, widened
from interp.subnetworks.known import with_gradient


class Part(NamedTuple):
    """What became of some rows."""

    losses: Float[Tensor, " row"]
    """Nats."""
    gradient: Float[Tensor, "row width"] | None
    """Of each row's loss with respect to its hidden state; None where it is not wanted."""


def cross_entropy(
    hidden: Float[Tensor, "row width"],
    unembedding: Unembedding,
    directions: Float[Tensor, "row width"],
    offsets: Float[Tensor, " row"] | None = None,
    weights: Float[Tensor, " row"] | None = None,
    *,
    chunk: int | None = None,
) -> Float[Tensor, ""]:
    """Mean nats over the rows (weighted by `weights`), with gradients for `hidden` alone.

    `directions` are p W and `offsets` p . b (None where the unembedding has no bias) of each row's target p. `chunk`
    rows are taken at a time; their gradient is made right away, so that [row, width] is all that waits for the
    backward pass. Weights that are all 0 give 0. Raises `ShapeError`, also for a capped unembedding: its logits are
    not linear, and `dense_cross_entropy` is for it.
    """
    if unembedding.cap is not None:
        raise ShapeError("capped logits are not linear in the target; use dense_cross_entropy")
    if directions.shape != hidden.shape:
        raise ShapeError(f"need one direction a row, not {list(directions.shape)} for {list(hidden.shape)}")
    if (offsets is None) != (unembedding.bias is None):
        raise ShapeError("offsets (p . b of each row) are needed if the unembedding has a bias, and only then")
    if offsets is not None and offsets.shape != hidden.shape[:1]:
        raise ShapeError(f"need one offset a row, not {list(offsets.shape)} for {len(hidden)} rows")

    weight = unembedding.weight

    def part(states: Tensor, start: int, stop: int, slope: bool) -> Part:
        towards = directions[start:stop].to(states.device)
        logits = unembedding.raw(states)
        largest = logits.amax(1, keepdim=True)
        chances = logits.sub_(largest).exp_()
        sums = chances.sum(1, keepdim=True)
        losses = (sums.log() + largest)[:, 0] - (widened(states) * towards).sum(1)
        if offsets is not None:
            losses = losses - offsets[start:stop].to(states.device)
        gradient = widened(chances.to(weight.dtype) @ weight) / sums - towards if slope else None
        return Part(losses, gradient)

    return chunked(hidden, unembedding.chunk(chunk), part, weights)


def chunked(
    hidden: Float[Tensor, "row width"],
    chunk: int,
    part: Callable[[Tensor, int, int, bool], Part],
    weights: Float[Tensor, " row"] | None,
) -> Float[Tensor, ""]:
    """The mean of the losses that `part(states, start, stop, slope)` gives for `chunk` rows at a time.

    If `slope`, their gradients are needed too. Raises `ShapeError` for no rows and weights that are none.
    """
    scales = _scales(len(hidden), weights, hidden)
    slope = torch.is_grad_enabled() and hidden.requires_grad
    with torch.no_grad():
        total, gradients = torch.zeros((), dtype=torch.float64, device=hidden.device), []
        for start in range(0, len(hidden), chunk):
            found = part(hidden.detach()[start : start + chunk], start, min(start + chunk, len(hidden)), slope)
            scale = scales[start : start + chunk]
            total += (found.losses * scale).sum()
            if found.gradient is not None:
                gradients.append((found.gradient * scale[:, None]).to(hidden.dtype))
        value = total.to(scales.dtype)
    return with_gradient(hidden, value, torch.cat(gradients)) if slope else value


def _scales(rows: int, weights: Tensor | None, hidden: Tensor) -> Float[Tensor, " row"]:
    """What each row's loss is multiplied by, so that the sum is the mean."""
    if not rows:
        raise ShapeError("there are no rows to take a mean of")
    kind = torch.promote_types(hidden.dtype, torch.float32)
    if weights is None:
        return torch.full((rows,), 1 / rows, dtype=kind, device=hidden.device)
    if weights.shape != (rows,) or not bool((weights.isfinite() & (weights >= 0)).all()):
        raise ShapeError(f"need one weight a row, finite and at least 0, for {rows} rows: {list(weights.shape)}")
    weights = weights.to(hidden.device, kind)
    return weights / weights.sum().clamp_min(torch.finfo(kind).tiny)


__all__ = ["Part", "chunked", "cross_entropy"]
