import pytest
import torch

from interp.dictionaries.weights import Weights
from interp.errors import ShapeError


@pytest.mark.parametrize(("width", "latents"), [(0, 3), (3, 0), (-1, 3)])
def test_without_a_dimension_or_a_latent_there_is_no_dictionary(width: int, latents: int) -> None:
    with pytest.raises(ShapeError, match=f"not {width} and {latents}"):
        Weights(width, latents)


def test_all_that_changes_in_training_is_saved_with_a_module() -> None:
    free = Weights(3, 5)
    learned = {"encoder", "decoder", "encoder_bias", "decoder_bias"}
    assert {name for name, _ in free.named_parameters()} == learned
    assert set(free.state_dict()) == learned | {"scale", "since_fired", "batch_threshold"}
    assert "threshold" in Weights(3, 5, threshold=0.1).state_dict()


def test_tied_matrices_are_one_parameter() -> None:
    tied = Weights(3, 5, tied=True)
    assert tied.tied
    assert not Weights(3, 5).tied
    assert sum(parameter.numel() for parameter in tied.parameters()) == 15 + 5 + 3
    assert tied.double().tied


def test_thresholds_start_where_they_are_told_and_belong_to_jumprelu_alone() -> None:
    torch.testing.assert_close(Weights(3, 5, threshold=0.2).thresholds, torch.full((5,), 0.2))
    with pytest.raises(ShapeError, match="only JumpReLU"):
        _ = Weights(3, 5).thresholds


def test_silence_is_counted_in_rows() -> None:
    weights = Weights(3, 4)
    weights.fired(torch.tensor([0, 1, 1]), 10)
    weights.fired(torch.tensor([1, 3]), 7)
    weights.fired(torch.tensor([], dtype=torch.int64), 5)
    assert weights.since_fired.tolist() == [12, 5, 22, 5]


def test_directions_get_length_one_and_zero_stays_zero() -> None:
    weights = Weights(2, 3)
    with torch.no_grad():
        weights.decoder.copy_(torch.tensor([[3.0, 4.0], [0.0, 0.0], [0.0, -1e-20]]))
    weights.normalise()
    torch.testing.assert_close(weights.decoder.detach(), torch.tensor([[0.6, 0.8], [0.0, 0.0], [0.0, -1.0]]))


def test_of_a_gradient_only_what_turns_a_direction_is_left() -> None:
    weights = Weights(2, 2)
    with torch.no_grad():
        weights.decoder.copy_(torch.tensor([[0.6, 0.8], [1.0, 0.0]]))
    weights.drop_parallel()  # no gradient yet, and no harm
    weights.decoder.grad = torch.tensor([[5.0, 0.0], [2.0, 7.0]])
    weights.drop_parallel()
    torch.testing.assert_close(weights.decoder.grad, torch.tensor([[3.2, -2.4], [0.0, 7.0]]))
