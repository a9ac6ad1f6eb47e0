"""The masked linear map against plain autograd through the same formula, and what it keeps."""

from typing import Any

import pytest
import torch
from torch import Tensor

from interp.subnetworks.gates import Continuous, HardConcrete, Opened
from interp.subnetworks.linear import masked_linear, masked_tensor

GATES = [Continuous(3.0), HardConcrete(0, 4)]


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def gradients(result: Tensor, *leaves: Tensor) -> tuple[Tensor, ...]:
    return torch.autograd.grad(result, leaves, drawn(*result.shape, seed=9))


class Noticed(torch.autograd.Function):
    """Gates with the slope of `Opened.pull`, as autograd would have them."""

    @staticmethod
    def forward(ctx: Any, variable: Tensor, gate: Any) -> Tensor:
        ctx.opened = gate.opened(variable, 0)
        gates: Tensor = ctx.opened.gates
        return gates.clone()

    @staticmethod
    def backward(ctx: Any, *outputs: Tensor) -> Any:
        return ctx.opened.pull(outputs[0].clone()), None


@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("shape", [(4,), (2, 4), (2, 3, 4)])
def test_it_equals_plain_autograd(gate: Any, turned: bool, shape: tuple[int, ...]) -> None:
    x, bias = drawn(*shape, seed=1).requires_grad_(), drawn(5, seed=2).requires_grad_()
    variable, weight = drawn(5, 4, seed=3), drawn(5, 4, seed=4)
    if turned:
        variable, weight = variable.T.contiguous(), weight.T.contiguous()
    variable.requires_grad_()
    ours = masked_linear(x, variable, weight, bias, lambda m: gate.opened(m, 0), turned)
    masked = weight * Noticed.apply(variable, gate)
    plain = torch.nn.functional.linear(x, masked.T if turned else masked, bias)
    torch.testing.assert_close(ours, plain)
    for one, other in zip(gradients(ours, x, variable, bias), gradients(plain, x, variable, bias), strict=True):
        torch.testing.assert_close(one, other)


def test_gates_may_be_shared_along_an_axis() -> None:
    x, values, weight = drawn(2, 4, seed=1), drawn(5, seed=2).requires_grad_(), drawn(5, 4, seed=3)

    def spread(values: Tensor) -> Opened:
        return Opened(values[:, None], lambda gradient: gradient.sum(1))

    ours = masked_linear(x, values, weight, None, spread)
    plain = torch.nn.functional.linear(x, weight * values[:, None])
    torch.testing.assert_close(ours, plain)
    torch.testing.assert_close(gradients(ours, values), gradients(plain, values))


def test_a_masked_tensor_equals_plain_autograd() -> None:
    variable, weight = drawn(6).requires_grad_(), drawn(6, seed=1)
    ours = masked_tensor(variable, weight, Continuous(2.0).opened)
    plain = weight * torch.sigmoid(2 * variable)
    torch.testing.assert_close(ours, plain)
    torch.testing.assert_close(gradients(ours, variable), gradients(plain, variable))


def test_it_keeps_nothing_of_its_own_for_the_backward_pass() -> None:
    x, variable, weight = drawn(2, 4).requires_grad_(), drawn(5, 4).requires_grad_(), drawn(5, 4)
    kept: list[int] = []

    def notice(tensor: Tensor) -> Tensor:
        kept.append(tensor.data_ptr())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(notice, lambda tensor: tensor):
        masked_linear(x, variable, weight, None, Continuous(1.0).opened)
    assert set(kept) == {x.data_ptr(), variable.data_ptr(), weight.data_ptr()}


def test_weights_in_half_precision_have_variables_in_full() -> None:
    x, weight = torch.ones(1, 4, dtype=torch.bfloat16, requires_grad=True), torch.ones(5, 4, dtype=torch.bfloat16)
    variable = torch.zeros(5, 4, requires_grad=True)
    result = masked_linear(x, variable, weight, None, Continuous(1.0).opened)
    assert result.dtype == torch.bfloat16
    result.sum().backward()
    assert variable.grad is not None
    assert variable.grad.dtype == torch.float32
    assert torch.equal(variable.grad, torch.full((5, 4), 0.25))
