"""Gates against their formulas, their slopes against autograd, and what is decided stays so."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from interp.subnetworks.gates import DECIDED, Continuous, Gate, HardConcrete, Opened


def variables() -> Tensor:
    return torch.linspace(-4, 4, 41, dtype=torch.float64)


def by_autograd(function: Callable[[Tensor], Tensor], at: Tensor, gradient: Tensor) -> Tensor:
    leaf = at.clone().requires_grad_()
    (found,) = torch.autograd.grad(function(leaf), leaf, gradient)
    return found


def noisy(m: Tensor, index: int) -> Tensor:
    """The gates of seed 3, step 7, from the formula of Louizos et al., equations 10 and 11."""
    noise = torch.empty(m.shape, dtype=m.dtype)
    noise.uniform_(1e-6, 1 - 1e-6, generator=HardConcrete(3, 7)._generator(index))
    soft = torch.sigmoid((noise.log() - (1 - noise).log() + m) / (2 / 3))
    return (soft * 1.2 - 0.1).clamp(0, 1)


def require(opened: Opened, expected: Callable[[Tensor], Tensor]) -> None:
    at = variables()
    torch.testing.assert_close(opened.gates, expected(at))
    gradient = torch.randn(at.shape, dtype=at.dtype, generator=torch.Generator().manual_seed(0))
    slopes = by_autograd(expected, at, gradient)
    torch.testing.assert_close(opened.pull(gradient.clone()), slopes)


def test_continuous_gates_are_a_sigmoid_that_sharpens() -> None:
    for beta in (1.0, 30.0):
        require(Continuous(beta).opened(variables()), lambda m, beta=beta: torch.sigmoid(beta * m))  # type: ignore[misc]
        require(Continuous(beta).counted(variables()), lambda m, beta=beta: torch.sigmoid(beta * m))  # type: ignore[misc]
    assert torch.equal(Continuous(30.0).settled(variables()), Continuous(30.0).opened(variables()).gates)


def test_hard_concrete_gates_are_the_published_ones() -> None:
    for index in (0, 5):
        require(HardConcrete(3, 7).opened(variables(), index), lambda m, index=index: noisy(m, index))  # type: ignore[misc]
    # The probability that a gate is not 0: sigmoid(log alpha - temperature log(-low / high)).
    require(HardConcrete(3, 7).counted(variables()), lambda m: torch.sigmoid(m - 2 / 3 * math.log(0.1 / 1.1)))


def test_the_chance_of_a_gate_to_be_open_is_what_is_counted() -> None:
    m = torch.full((200_000,), -1.0)
    opened = (HardConcrete(0, 0).opened(m, 0).gates > 0).double().mean()
    torch.testing.assert_close(opened, HardConcrete(0, 0).counted(m).gates[0].double(), rtol=0, atol=0.005)


def test_noise_is_the_same_when_asked_again_and_another_for_everything_else() -> None:
    m = torch.zeros(20)
    first = HardConcrete(0, 0).opened(m, 0).gates
    assert torch.equal(first, HardConcrete(0, 0).opened(m, 0).gates)
    for other in (HardConcrete(1, 0).opened(m, 0), HardConcrete(0, 1).opened(m, 0), HardConcrete(0, 0).opened(m, 1)):
        assert not torch.equal(first, other.gates)


@pytest.mark.parametrize("gate", [Continuous(1.0), Continuous(1e6), HardConcrete(0, 0)])
def test_a_decided_gate_is_exactly_open_or_closed_and_has_no_slope(gate: Gate) -> None:
    m = torch.tensor([-DECIDED, DECIDED])
    for gates, pull in (gate.opened(m, 0), gate.counted(m)):
        assert gates.tolist() == [0, 1]
        assert pull(torch.ones(2)).tolist() == [0, 0]
    assert gate.settled(m).tolist() == [0, 1]


@pytest.mark.parametrize("gate", [Continuous(5.0), HardConcrete(0, 0)])
def test_a_settled_gate_is_over_a_half_where_the_variable_is_positive(gate: Gate) -> None:
    at = variables()[variables().abs() > 0.01]
    assert torch.equal(gate.settled(at) > 0.5, at > 0)
