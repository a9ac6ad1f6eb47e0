"""What holds for every kind of dictionary."""

import json
from dataclasses import asdict

import pytest
import torch

from interp.dictionaries.architectures import L1, Architecture, BatchTopK, JumpReLU, TopK
from interp.dictionaries.loss import loss
from interp.errors import ShapeError
from tests.interp.dictionaries.oracle import CASES, some_rows, some_weights

KINDS: list[type[Architecture]] = [BatchTopK, JumpReLU, L1, TopK]
FREE = "l1 tied of the length, free, without a bias"


def test_names_tell_kinds_apart() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [0, -1])
def test_a_dictionary_without_latents_is_refused(kind: type[Architecture], width: int) -> None:
    with pytest.raises(ShapeError, match=f"at least one latent, not {width}"):
        kind(width)


@pytest.mark.parametrize("case", CASES)
def test_settings_go_to_json_and_back(case: str) -> None:
    there = json.loads(json.dumps(asdict(CASES[case])))
    assert type(CASES[case])(**there) == CASES[case]


@pytest.mark.parametrize("case", [case for case in CASES if case != FREE])
def test_after_a_step_every_direction_has_length_one(case: str) -> None:
    weights = some_weights(CASES[case])
    with torch.no_grad():
        weights.decoder.mul_(torch.linspace(0.1, 3, len(weights.decoder), dtype=torch.float64)[:, None])
    CASES[case].constrain(weights)
    torch.testing.assert_close(weights.decoder.detach().norm(dim=1), torch.ones(64, dtype=torch.float64))


@pytest.mark.parametrize("case", [case for case in CASES if "tied" not in case])
def test_before_a_step_gradients_stand_at_right_angles_to_their_directions(case: str) -> None:
    weights = some_weights(CASES[case])
    loss(weights, CASES[case], some_rows())["loss"].backward()
    assert weights.decoder.grad is not None
    assert weights.encoder.grad is not None
    before, encoder = weights.decoder.grad.clone(), weights.encoder.grad.clone()
    CASES[case].guide(weights)
    after = weights.decoder.grad
    assert (after * weights.decoder).sum(1).abs().max() < 1e-12 < (before * weights.decoder).sum(1).abs().max()
    # What is taken away lies along the direction, and nothing else is touched.
    torch.testing.assert_close(before - after, (before * weights.decoder).sum(1, keepdim=True) * weights.decoder)
    assert torch.equal(weights.encoder.grad, encoder)


@pytest.mark.parametrize("case", CASES)
def test_a_support_holds_all_that_can_fire_and_is_none_beyond_its_limit(case: str) -> None:
    weights, x = some_weights(CASES[case]), some_rows()
    pre = (x @ weights.encoder.T + weights.encoder_bias).detach()
    code = CASES[case].support(pre, weights, pre.numel())
    assert code is not None
    if CASES[case].coefficient:
        count = len(code.latents)
        assert CASES[case].support(pre, weights, count) is not None
        assert CASES[case].support(pre, weights, count - 1) is None


def test_only_penalised_kinds_have_a_coefficient() -> None:
    assert [one.coefficient for one in (TopK(4, k=1), BatchTopK(4, k=1.0))] == [0.0, 0.0]
    assert [one.coefficient for one in (L1(4, penalty_weight=0.7), JumpReLU(4, penalty_weight=0.7))] == [0.7, 0.7]
