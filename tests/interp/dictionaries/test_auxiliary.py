"""The auxiliary loss against its definition, written out densely."""

import pytest
import torch
from torch import Tensor

from interp.dictionaries.architectures import TopK
from interp.dictionaries.auxiliary import auxiliary
from interp.dictionaries.weights import Weights
from tests.interp.dictionaries import oracle
from tests.interp.dictionaries.oracle import CASES, DEAD, gradients, leaves, some_rows, some_weights

LEARNED = ("encoder", "decoder", "encoder_bias", "decoder_bias")


def setting(dead: int, kind: str = "topk") -> tuple[Weights, Tensor, Tensor, Tensor]:
    weights, x = some_weights(CASES[kind], dead), some_rows() * 0.7
    residual = torch.randn(x.shape, generator=torch.Generator().manual_seed(9), dtype=x.dtype)
    return weights, x, residual, weights.since_fired >= 1000


@pytest.mark.parametrize("kind", ["topk", "l1 tied"])
@pytest.mark.parametrize("dead", DEAD)
def test_it_and_all_its_gradients_are_those_of_the_definition(dead: str, kind: str) -> None:
    weights, x, residual, which = setting(DEAD[dead], kind)
    found = auxiliary(weights, (x - weights.decoder_bias).detach(), residual, which)
    leaf = leaves(weights)
    wanted = oracle.auxiliary(leaf, x, residual, which)
    torch.testing.assert_close(found, wanted, rtol=1e-12, atol=0)
    truth = gradients(wanted, leaf)
    if found.requires_grad:
        found.backward()
    for name, parameter in weights.named_parameters():
        ours = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        torch.testing.assert_close(ours, truth[name], rtol=1e-10, atol=1e-12, msg=name)


def test_every_dead_latent_that_takes_part_learns_in_encoder_decoder_and_bias() -> None:
    weights, x, residual, which = setting(3)
    auxiliary(weights, (x - weights.decoder_bias).detach(), residual, which).backward()
    for name in LEARNED[:3]:
        gradient = getattr(weights, name).grad.reshape(len(which), -1)
        assert gradient[which].ne(0).all(), name
        assert gradient[~which].eq(0).all(), name
    assert weights.decoder_bias.grad is not None
    assert weights.decoder_bias.grad.ne(0).all()


def test_latents_that_are_negative_everywhere_learn_too() -> None:
    weights, x, residual, which = setting(3)
    with torch.no_grad():
        weights.encoder_bias.fill_(-100.0)
    found = auxiliary(weights, (x - weights.decoder_bias).detach(), residual, which)
    (gradient,) = torch.autograd.grad(found, weights.encoder)
    assert gradient[which].ne(0).all()


def test_none_dead_costs_nothing_and_needs_no_gradient() -> None:
    weights, x, residual, which = setting(0)
    found = auxiliary(weights, x, residual, which)
    assert found == 0
    assert not found.requires_grad


def test_the_residual_is_taken_as_it_is() -> None:
    weights, x, residual, which = setting(30)
    residual.requires_grad_()
    found = auxiliary(weights, (x - weights.decoder_bias).detach(), residual, which)
    (gradient,) = torch.autograd.grad(found, [residual], allow_unused=True)
    assert gradient is None


def test_with_few_dead_latents_it_counts_in_proportion() -> None:
    """Two dead of the four wanted: half of a squared error that a pencil gives."""
    weights = Weights(8, 3)
    with torch.no_grad():
        weights.encoder.copy_(torch.eye(3, 8))
        weights.decoder.copy_(torch.eye(3, 8))
    x = torch.arange(8.0).neg()[None]
    residual = torch.zeros(1, 8)
    found = auxiliary(weights, x, residual, torch.tensor([False, True, True]))
    assert found.item() == 0.5 * (1 + 4)


def test_each_row_takes_its_own_largest_latents_by_value_and_not_by_size() -> None:
    weights = TopK(3, k=1).weights(2)  # two dimensions: one latent a row
    with torch.no_grad():
        weights.encoder.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0], [9.0, 9.0]]))
        weights.decoder.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]))
    x = torch.tensor([[2.0, -5.0], [-4.0, -3.0]])
    found = auxiliary(weights, x, torch.zeros(2, 2), torch.tensor([True, True, False]))
    assert found.item() == (2**2 + 3**2) / 2


def test_one_dimension_is_enough() -> None:
    weights = TopK(4, k=1).weights(1)
    with torch.no_grad():
        weights.encoder.fill_(1.0)
        weights.decoder.fill_(1.0)
    assert auxiliary(weights, torch.ones(2, 1), torch.zeros(2, 1), torch.ones(4, dtype=torch.bool)).item() == 1.0
