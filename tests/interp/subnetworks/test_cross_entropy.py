from typing import Any

import pytest
import torch
from torch import Tensor

from interp import ShapeError
from interp.models.unembedding import Unembedding
from interp.subnetworks.cross_entropy import TILE, cross_entropy
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
        loss = cross_entropy(
            hidden, head, directions, None if offsets is None else offsets.to(directions), weights, **chunk
        )
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


@pytest.mark.parametrize("block", [1, 5, 16, 17])
def test_a_vocabulary_that_comes_in_blocks_is_the_whole_one(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    head, rows = unembedding(), targets()
    # The likeliest token in the first block, in the last, and logits that no sum of exponentials could hold.
    hidden = normal(ROWS, WIDTH, seed=3) * torch.tensor([1, 10, 1e4] + 8 * [0.1]).double()[:, None]
    monkeypatch.setitem(TILE, "cpu", (4, block))
    found, expected = fast(hidden, head, rows, None), slow(hidden, head, rows, None)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12)


def test_a_last_smaller_chunk_counts_by_its_rows() -> None:
    hidden, head, rows = normal(ROWS, WIDTH, seed=3), unembedding(), targets()
    losses = torch.stack([slow(hidden[i : i + 1], head, rows[i : i + 1], None)[0] for i in range(ROWS)])
    torch.testing.assert_close(fast(hidden, head, rows, None, chunk=4)[0], losses.mean())


@pytest.mark.parametrize("dense", [False, True])
def test_logits_of_ten_thousand_neither_overflow_nor_vanish(dense: bool) -> None:
    head, rows = unembedding(), targets()
    hidden = 1e4 * normal(ROWS, WIDTH, seed=3)
    expected = slow(hidden, head, rows, None)
    for dtype, slack in ((torch.float64, 1e-12), (torch.float32, 1e-5)):
        low = unembedding(dtype=dtype)
        loss, gradient = fast(hidden.to(dtype), low, rows, None, dense=dense)
        torch.testing.assert_close(loss.double(), expected[0], rtol=slack, atol=0)
        torch.testing.assert_close(gradient.double(), expected[1], rtol=slack, atol=slack)


@pytest.mark.parametrize("dense", [False, True])
def test_half_precision_is_summed_in_float32(dense: bool) -> None:
    hidden, head, rows = normal(ROWS, WIDTH, dtype=torch.bfloat16), unembedding(dtype=torch.bfloat16), targets()
    loss, gradient = fast(hidden, head, rows, None, dense=dense)
    expected = slow(hidden, head, rows, None)
    assert (loss.dtype, gradient.dtype) == (torch.float32, torch.bfloat16)
    torch.testing.assert_close(loss.double(), expected[0], rtol=1e-2, atol=0)
    torch.testing.assert_close(gradient.double(), expected[1], rtol=0, atol=5e-3)


def test_width_numbers_a_row_wait_for_the_backward_pass() -> None:
    saved: list[tuple[int, ...]] = []

    def note(tensor: Tensor) -> Tensor:
        saved.append(tuple(tensor.shape))
        return tensor

    hidden, rows = normal(ROWS, WIDTH).requires_grad_(), targets()
    head = unembedding()
    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        cross_entropy(hidden, head, rows @ head.weight, rows @ normal(TOKENS))
        dense_cross_entropy(hidden, head, lambda start, stop: rows[start:stop])
    assert saved == [(ROWS, WIDTH)] * 2


def test_where_no_gradient_is_wanted_none_is_made() -> None:
    hidden, rows, head = normal(ROWS, WIDTH), targets(), unembedding(bias=False)
    assert not cross_entropy(hidden, head, rows @ head.weight).requires_grad
    with torch.no_grad():
        assert not cross_entropy(hidden.requires_grad_(), head, rows @ head.weight).requires_grad


def test_the_gradient_passes_on_to_what_made_the_states() -> None:
    mask, weight, rows, head = normal(4, WIDTH).requires_grad_(), normal(ROWS, 4), targets(), unembedding(bias=False)
    cross_entropy(weight @ mask, head, rows @ head.weight).backward()
    torch.testing.assert_close(mask.grad, weight.T @ slow(weight @ mask, head, rows, None)[1])


def test_a_second_derivative_is_an_error_rather_than_zero() -> None:
    hidden, rows, head = normal(ROWS, WIDTH).requires_grad_(), targets(), unembedding(bias=False)
    loss = cross_entropy(hidden, head, rows @ head.weight)
    (slope,) = torch.autograd.grad(loss, hidden, create_graph=True)
    with pytest.raises(RuntimeError, match="does not require grad"):
        slope.sum().backward()


def test_rows_that_all_weigh_nothing_give_nothing() -> None:
    hidden, rows, head = normal(ROWS, WIDTH).requires_grad_(), targets(), unembedding(bias=False)
    loss = cross_entropy(hidden, head, rows @ head.weight, weights=torch.zeros(ROWS).double())
    loss.backward()
    assert hidden.grad is not None
    assert float(loss.detach()) == 0 == float(hidden.grad.abs().max())


@pytest.mark.usefixtures("unchecked")
def test_what_does_not_fit_together_is_refused() -> None:
    hidden, head, plain = normal(ROWS, WIDTH), unembedding(), unembedding(bias=False)
    with pytest.raises(ShapeError, match="one direction a row"):
        cross_entropy(hidden, plain, normal(ROWS - 1, WIDTH))
    with pytest.raises(ShapeError, match="only then"):
        cross_entropy(hidden, head, hidden)
    with pytest.raises(ShapeError, match="only then"):
        cross_entropy(hidden, plain, hidden, normal(ROWS))
    with pytest.raises(ShapeError, match="one offset a row"):
        cross_entropy(hidden, head, hidden, normal(ROWS, 1))
    with pytest.raises(ShapeError, match="no rows"):
        cross_entropy(hidden[:0], plain, hidden[:0])
    with pytest.raises(ShapeError, match="1 row or more"):
        cross_entropy(hidden, plain, hidden, chunk=0)
    for wrong in (
        torch.ones(ROWS + 1),
        -torch.ones(ROWS),
        torch.full((ROWS,), torch.nan),
        torch.full((ROWS,), torch.inf),
    ):
        with pytest.raises(ShapeError, match="one weight a row"):
            cross_entropy(hidden, plain, hidden, weights=wrong)
