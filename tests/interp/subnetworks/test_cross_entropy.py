from typing import Any

import pytest
import torch
from torch import Tensor

from interp import ShapeError
from interp.models.unembedding import Unembedding
from interp.subnetworks.cross_entropy import cross_entropy
from interp.subnetworks.dense import dense_cross_entropy

ROWS, WIDTH, TOKENS = 11, 6, 17


def normal(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def unembedding(bias: bool = True, cap: float | None = None, dtype: torch.dtype = torch.float64) -> Unembedding:
    return Unembedding(normal(TOKENS, WIDTH, seed=1, dtype=dtype), normal(TOKENS, dtype=dtype) if bias else None, cap)


def targets(seed: int = 2) -> Tensor:
    """Distributions with zeros, one of which is certain."""
    rows = normal(ROWS, TOKENS, seed=seed).clamp_min(0)
    rows[3] = torch.nn.functional.one_hot(torch.tensor(5), TOKENS)
    return rows / rows.sum(1, keepdim=True)


def slow(hidden: Tensor, head: Unembedding, rows: Tensor, weights: Tensor | None) -> tuple[Tensor, Tensor]:
    """The loss and its gradient by dense log-probabilities in float64, and autograd."""
    hidden = hidden.detach().double().requires_grad_()
    logits = hidden @ head.weight.double().T + (0 if head.bias is None else head.bias.double())
    if head.cap is not None:
        logits = head.cap * torch.tanh(logits / head.cap)
    losses = -(rows * logits.log_softmax(1)).sum(1)
    loss = losses.mean() if weights is None else (losses * weights).sum() / weights.sum()
    return loss.detach(), torch.autograd.grad(loss, hidden)[0]


def fast(
    hidden: Tensor, head: Unembedding, rows: Tensor, weights: Tensor | None, dense: bool = False, **chunk: Any
) -> tuple[Tensor, Tensor]:
    hidden = hidden.detach().clone().requires_grad_()
    if dense:
        loss = dense_cross_entropy(hidden, head, lambda start, stop: rows[start:stop], weights, **chunk)
    else:
        offsets = None if head.bias is None else rows @ head.bias.to(rows)
        directions = (rows @ head.weight.to(rows)).to(torch.promote_types(hidden.dtype, torch.float32))
        loss = cross_entropy(hidden, head, directions, None if offsets is None else offsets.to(directions), weights)
    (gradient,) = torch.autograd.grad(loss * 3, hidden)
    return loss.detach(), gradient / 3


@pytest.mark.parametrize("chunk", [None, 1, 4, 1000])
@pytest.mark.parametrize("weights", [None, torch.tensor([0, 1, 2, 0.5] + 7 * [1], dtype=torch.float64)])
@pytest.mark.parametrize(("bias", "cap"), [(True, None), (False, None), (True, 2.0), (False, 0.5)])
def test_loss_and_gradient_are_those_of_dense_targets(
    bias: bool, cap: float | None, weights: Tensor | None, chunk: int | None
) -> None:
    hidden, head, rows = normal(ROWS, WIDTH, seed=3), unembedding(bias, cap), targets()
    expected = slow(hidden, head, rows, weights)
    ways = [fast(hidden, head, rows, weights, dense=True, chunk=chunk)]
    ways += [fast(hidden, head, rows, weights, chunk=chunk)] if cap is None else []
    for loss, gradient in ways:
        torch.testing.assert_close(loss, expected[0], rtol=0, atol=1e-12)
        torch.testing.assert_close(gradient, expected[1], rtol=0, atol=1e-12)


def test_one_way_is_refused_where_it_would_be_wrong() -> None:
    with pytest.raises(ShapeError, match="dense_cross_entropy"):
        cross_entropy(normal(2, WIDTH), unembedding(cap=3.0), normal(2, WIDTH), normal(2))
