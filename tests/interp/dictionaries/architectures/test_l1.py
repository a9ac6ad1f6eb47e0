import pytest
import torch

from interp.dictionaries.architectures import L1
from interp.errors import ShapeError

ERROR = torch.tensor([[3.0, 4.0], [0.0, 0.0], [-1.0, 0.0]])


@pytest.mark.parametrize("weight", [-0.1, float("nan")])
def test_a_penalty_that_rewards_is_refused(weight: float) -> None:
    with pytest.raises(ShapeError, match="penalty_weight must be 0 or more"):
        L1(4, penalty_weight=weight)


def test_errors_count_squared_or_by_their_length() -> None:
    assert L1(4).misfit(ERROR).item() == pytest.approx((25 + 0 + 1) / 3)
    assert L1(4, squared=False).misfit(ERROR).item() == pytest.approx((5 + 0 + 1) / 3)


def test_an_error_of_zero_has_a_gradient_of_zero_and_not_nan() -> None:
    error = torch.zeros(2, 3, requires_grad=True)
    (gradient,) = torch.autograd.grad(L1(4, squared=False).misfit(error), error)
    assert gradient.tolist() == [[0.0] * 3] * 2


def test_the_penalty_is_the_sum_of_the_activations() -> None:
    active = torch.tensor([1.0, 2.5, 0.0])
    assert L1(4).penalty(active, active, None).item() == 3.5


def test_tied_and_free_are_what_they_say() -> None:
    assert L1(4, tied=True).weights(3).tied
    assert not L1(4).weights(3).tied
    assert not L1(4, decoder_bias=False).weights(3).decoder_bias.requires_grad
    free = L1(2, unit_norm=False)
    weights = free.weights(2)
    with torch.no_grad():
        weights.decoder.copy_(torch.tensor([[3.0, 4.0], [1.0, 0.0]]))
    weights.decoder.grad = torch.ones(2, 2)
    free.guide(weights)
    free.constrain(weights)
    assert weights.decoder.tolist() == [[3.0, 4.0], [1.0, 0.0]]
    assert weights.decoder.grad.tolist() == [[1.0, 1.0], [1.0, 1.0]]


def test_the_gradient_of_a_tied_matrix_is_left_alone_since_its_length_is_the_encoders_too() -> None:
    tied = L1(2, tied=True)
    weights = tied.weights(2)
    with torch.no_grad():
        weights.decoder.copy_(torch.tensor([[0.6, 0.8], [1.0, 0.0]]))
    weights.decoder.grad = torch.ones(2, 2)
    tied.guide(weights)
    assert weights.decoder.grad.tolist() == [[1.0, 1.0], [1.0, 1.0]]
    tied.constrain(weights)
    torch.testing.assert_close(weights.encoder.detach().norm(dim=1), torch.ones(2))
