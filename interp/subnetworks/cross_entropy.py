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

TILE = {"cpu": (512, 1024), "other": (8192, 8192)}
"""Rows and tokens whose logits are held at a time: few enough to stay near the processor, enough to keep it busy."""


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

    rows, block = TILE.get(hidden.device.type, TILE["other"])

    def part(states: Tensor, start: int, stop: int, slope: bool) -> Part:
        towards = directions[start:stop].to(states.device)
        normaliser, expected = _folded(states, unembedding, block, slope)
        losses = normaliser - (widened(states) * towards).sum(1)
        if offsets is not None:
            losses = losses - offsets[start:stop].to(states.device)
        return Part(losses, None if expected is None else expected - towards)

    return chunked(hidden, rows if chunk is None else unembedding.chunk(chunk), part, weights)


def _folded(
    states: Float[Tensor, "row width"], head: Unembedding, block: int, slope: bool
) -> tuple[Float[Tensor, " row"], Float[Tensor, "row width"] | None]:
    """log-sum-exp of each row's logits and, if `slope`, softmax @ W: both summed up over `block` tokens at a time.

    Sums are of exp(logit - largest so far), and shrink whenever a larger one comes.
    """
    wide = widened(states)
    largest, sums = torch.full_like(wide[:, :1], -torch.inf), torch.zeros_like(wide[:, :1])
    expected = torch.zeros_like(wide) if slope else None
    for start in range(0, head.vocabulary, block):
        bias = None if head.bias is None else head.bias[start : start + block]
        some = Unembedding(head.weight[start : start + block], bias)
        logits = some.raw(states)
        highest = torch.maximum(largest, logits.amax(1, keepdim=True))
        shrunk, chances = (largest - highest).exp_(), logits.sub_(highest).exp_()
        sums = sums.mul_(shrunk).add_(chances.sum(1, keepdim=True))
        if expected is not None:
            expected = expected.mul_(shrunk).add_(chances.to(some.weight.dtype) @ some.weight)
        largest = highest
    return (sums.log() + largest)[:, 0], None if expected is None else expected / sums


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


__all__ = ["TILE", "Part", "chunked", "cross_entropy"]
