import pytest
import torch

from interp.dictionaries.architectures import JumpReLU
from interp.errors import ShapeError

ARCHITECTURE = JumpReLU(4, threshold=1.0, bandwidth=0.5)
PRE = torch.tensor([0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 2.0])
"""Far below, at the lower edge of the window, inside, at the threshold, inside, at the upper edge, far above."""
INSIDE = torch.tensor([False, False, True, True, True, False, False])
ABOVE = PRE > 1


@pytest.mark.parametrize(
    "wrong", [{"penalty_weight": -1.0}, {"threshold": 0.0}, {"bandwidth": 0.0}, {"threshold": float("nan")}]
)
def test_settings_that_cannot_be_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ShapeError, match="penalty_weight must be 0 or more, threshold and bandwidth more than 0"):
        JumpReLU(4, **wrong)


def test_up_to_its_threshold_a_latent_is_silent() -> None:
    found = ARCHITECTURE.activate(PRE, torch.ones(7))
    assert found.tolist() == torch.where(ABOVE, PRE, 0.0).tolist()


def test_activations_teach_the_encoder_above_and_the_threshold_inside_the_window() -> None:
    pre, thresholds = PRE.clone().requires_grad_(), torch.ones(7, requires_grad=True)
    upstream = torch.arange(1.0, 8.0)
    of_pre, of_thresholds = torch.autograd.grad(ARCHITECTURE.activate(pre, thresholds), [pre, thresholds], upstream)
    assert of_pre.tolist() == (upstream * ABOVE).tolist()
    assert of_thresholds.tolist() == (-1.0 / 0.5 * upstream * INSIDE).tolist()


def test_the_count_teaches_the_threshold_alone() -> None:
    pre, thresholds = PRE.clone().requires_grad_(), torch.ones(7, requires_grad=True)
    count = ARCHITECTURE.penalty(pre, pre, thresholds)
    assert count.item() == 3
    count.backward()
    assert pre.grad is None
    assert thresholds.grad is not None
    assert thresholds.grad.tolist() == (-1 / 0.5 * INSIDE.float()).tolist()


def test_the_support_reaches_down_to_the_end_of_the_window() -> None:
    architecture = JumpReLU(7, threshold=1.0, bandwidth=0.5)
    code = architecture.support(PRE[None], architecture.weights(2), 7)
    assert code is not None
    assert code.latents.tolist() == [2, 3, 4, 5, 6]


def test_thresholds_are_saved() -> None:
    config, tensors = ARCHITECTURE.saved(ARCHITECTURE.weights(3))
    assert config == {"architecture": "jumprelu"}
    torch.testing.assert_close(tensors["threshold"], torch.ones(4))
    assert not tensors["threshold"].requires_grad
