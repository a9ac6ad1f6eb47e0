"""Cross-entropy by the model's own logits and dense targets, in float64."""

from collections.abc import Callable

import torch
from torch import Tensor

import interp
from interp import Model
from interp.subnetworks.hidden import final_states
from interp.subnetworks.targets import Prepared
from tests.architectures import fresh

Row = Callable[[list[int]], Tensor | None]
"""The distribution after some tokens of a sequence; None where there is none."""


def double(name: str) -> Model:
    """The model of an architecture in float64."""
    return interp.load(fresh(name).double())


def slow(model: Model, tokens: Tensor, row: Row) -> tuple[Tensor, Tensor]:
    """The mean over all positions that have a distribution, and its gradient for a weight of the first block."""
    weight = next(model.blocks[0].parameters())
    chances, losses = model(tokens).log_softmax(-1), []
    for sequence, found in zip(tokens.tolist(), chances, strict=True):
        for position, logs in enumerate(found):
            target = row(sequence[: position + 1])
            if target is not None:
                losses.append(-(target[target > 0] * logs[target > 0]).sum())
    loss = torch.stack(losses).mean()
    return loss.detach(), torch.autograd.grad(loss, weight)[0]


def fast(model: Model, tokens: Tensor, prepared: Prepared) -> tuple[Tensor, Tensor]:
    """The same by a prepared target."""
    loss = prepared.loss(final_states(model, tokens), tokens)
    return loss.detach(), torch.autograd.grad(loss, next(model.blocks[0].parameters()))[0]


def require_same(found: tuple[Tensor, Tensor], expected: tuple[Tensor, Tensor]) -> None:
    """Fail unless loss and gradient are equal to 1e-12."""
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12)
