"""Losses and the gradients of every parameter, against the definitions written out densely."""

import pytest
import torch
from torch import Tensor

from interp.dictionaries import loss as module
from interp.dictionaries.architectures import L1, Architecture, BatchTopK, JumpReLU, TopK
from interp.dictionaries.loss import loss, rebuild
from interp.dictionaries.weights import Weights
from tests.interp.dictionaries.oracle import CASES, DEAD, LATENTS, expected, gradients, leaves, some_rows, some_weights

PARTS = ("loss", "misfit", "penalty", "aux")


def require_equal(
    weights: Weights, architecture: Architecture, x: Tensor, *, dense: bool | None, tolerance: float
) -> None:
    """Loss, parts, counts, silence and gradients are those of the definition."""
    leaf, before = leaves(weights), weights.since_fired.clone()
    dead = before >= 500
    wanted = expected(leaf, architecture, x, dead, penalty=0.6, aux=0.2)
    found = loss(weights, architecture, x, penalty=0.6, aux=0.2, dead_after=500, dense=dense)
    for name in PARTS:
        torch.testing.assert_close(found[name].detach(), wanted[name].detach(), rtol=tolerance, atol=tolerance)
    fires = wanted["active"] > 0
    assert found["l0"].item() == pytest.approx(fires.sum().item() / len(x))
    assert found["dead"].item() == pytest.approx(dead.double().mean().item())
    assert torch.equal(weights.since_fired, torch.where(fires.any(0), 0, before + len(x)))
    found["loss"].backward()
    for name, truth in gradients(wanted["loss"], leaf).items():
        parameter: Tensor = getattr(weights, name)
        assert parameter.grad is not None, name
        torch.testing.assert_close({name: parameter.grad}, {name: truth}, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("dense", [False, True, None])
@pytest.mark.parametrize("dead", DEAD)
@pytest.mark.parametrize("kind", CASES)
def test_losses_and_all_gradients_are_those_of_the_definition(kind: str, dead: str, dense: bool | None) -> None:
    weights = some_weights(CASES[kind], DEAD[dead])
    require_equal(weights, CASES[kind], some_rows(), dense=dense, tolerance=1e-10)


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("kind", CASES)
def test_in_single_precision_too(kind: str, dense: bool) -> None:
    weights = some_weights(CASES[kind], 30, torch.float32)
    require_equal(weights, CASES[kind], some_rows(torch.float32), dense=dense, tolerance=2e-5)


def silent(kind: str) -> Weights:
    """Weights of which nothing fires."""
    weights = some_weights(CASES[kind], LATENTS)
    with torch.no_grad():
        weights.encoder_bias.fill_(-100.0)
    return weights


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("kind", [kind for kind in CASES if "half" not in kind])
def test_when_nothing_fires_the_dead_latents_learn_all_the_same(kind: str, dense: bool) -> None:
    weights = silent(kind)
    require_equal(weights, CASES[kind], some_rows(), dense=dense, tolerance=1e-10)
    assert weights.encoder.grad is not None
    assert weights.encoder.grad.ne(0).any()


@pytest.mark.parametrize("dense", [False, True])
@pytest.mark.parametrize("kind", CASES)
def test_one_row_is_a_batch(kind: str, dense: bool) -> None:
    weights = some_weights(CASES[kind], 2)
    require_equal(weights, CASES[kind], some_rows(rows=1), dense=dense, tolerance=1e-10)


@pytest.mark.parametrize("kind", CASES)
def test_without_a_weight_there_is_no_auxiliary_loss(kind: str) -> None:
    weights = some_weights(CASES[kind], 30)
    leaf = leaves(weights)
    found = loss(weights, CASES[kind], some_rows(), aux=0.0, dead_after=500)
    assert "aux" not in found
    wanted = expected(leaf, CASES[kind], some_rows(), weights.since_fired >= 500, penalty=1.0, aux=0.0)
    torch.testing.assert_close(found["loss"], wanted["loss"], rtol=1e-10, atol=0)


@pytest.mark.parametrize("kind", [kind for kind in CASES if CASES[kind].coefficient])
def test_the_warm_up_multiplies_the_penalty_alone(kind: str) -> None:
    none, half, whole = (
        loss(some_weights(CASES[kind]), CASES[kind], some_rows(), penalty=share) for share in (0.0, 0.5, 1.0)
    )
    assert none["loss"] == none["misfit"]
    torch.testing.assert_close(whole["loss"] - none["loss"], 0.3 * whole["penalty"])
    torch.testing.assert_close(half["loss"] - none["loss"], 0.15 * whole["penalty"])


def test_a_bias_that_is_not_learned_gets_no_gradient() -> None:
    kind = "l1 tied of the length, free, without a bias"
    weights = some_weights(CASES[kind], 30)
    for dense in (False, True):
        loss(weights, CASES[kind], some_rows(), dead_after=500, dense=dense)["loss"].backward()
        assert weights.decoder_bias.grad is None


def test_dense_products_are_taken_when_much_is_active_and_no_limit_is_exceeded() -> None:
    x = some_rows()
    for kind, entries in (("l1", True), ("jumprelu", True), ("topk with more than half of all", False)):
        weights = some_weights(CASES[kind])
        scaled = x * weights.scale
        centred = (scaled - weights.decoder_bias).detach()
        assert (rebuild(weights, CASES[kind], scaled, centred).code is None) == entries, kind
        assert rebuild(weights, CASES[kind], scaled, centred, dense=False).code is not None, kind
        assert rebuild(weights, CASES[kind], scaled, centred, dense=True).code is None, kind


def test_sparse_products_are_taken_up_to_the_break_even(monkeypatch: pytest.MonkeyPatch) -> None:
    architecture, x = CASES["l1"], some_rows()
    weights = some_weights(architecture)
    scaled = x * weights.scale
    centred = (scaled - weights.decoder_bias).detach()
    active = int((centred @ weights.encoder.T + weights.encoder_bias > 0).sum())
    for entries, sparse in ((active + 0.5, True), (active - 0.5, False)):
        monkeypatch.setattr(module, "BREAK_EVEN", entries / (len(x) * LATENTS))
        assert (rebuild(weights, architecture, scaled, centred).code is not None) == sparse


def test_losses_are_those_of_a_pencil() -> None:
    """One row (3, 4), two latents along the axes, the bias at 0: all by hand."""
    hand: dict[Architecture, tuple[float, float]] = {
        TopK(2, k=1): (9.0, 0.0),
        TopK(2, k=2): (0.0, 0.0),
        BatchTopK(2, k=1.0): (9.0, 0.0),
        L1(2, penalty_weight=2.0): (0.0, 14.0),
        JumpReLU(2, penalty_weight=2.0, threshold=3.5, bandwidth=0.1): (9.0, 2.0),
    }
    for architecture, (misfit, cost) in hand.items():
        weights = architecture.weights(2)
        with torch.no_grad():
            weights.decoder.copy_(torch.eye(2))
            weights.encoder.copy_(torch.eye(2))
        found = loss(weights, architecture, torch.tensor([[3.0, 4.0]]))
        assert (found["misfit"].item(), found["loss"].item()) == (misfit, misfit + cost), architecture
    weights = L1(2).weights(2)
    far = loss(weights, L1(2, squared=False), torch.tensor([[3.0, 4.0]]))
    assert far["misfit"].item() == 5.0


def test_the_threshold_learns_from_its_window_alone() -> None:
    """Pre-activations at 1.0: the window of half a bandwidth ends just before or just behind them."""
    for bandwidth, learns in ((0.99, False), (1.0, False), (1.01, True)):
        architecture = JumpReLU(1, threshold=0.5, bandwidth=bandwidth)
        for dense in (False, True):
            weights = architecture.weights(1)
            with torch.no_grad():
                weights.encoder.fill_(1.0)
                weights.decoder.fill_(1.0)
            loss(weights, architecture, torch.ones(1, 1), dense=dense)["loss"].backward()
            gradient = weights.thresholds.grad
            assert gradient is not None
            # The error is 0, so that only the count pulls.
            assert gradient.item() == pytest.approx(-1 / bandwidth if learns else 0.0), bandwidth


@pytest.mark.parametrize("kind", ["topk", "batchtopk", "l1", "jumprelu"])
@pytest.mark.parametrize("wrong", [torch.nan, torch.inf])
def test_bad_activations_make_a_bad_loss_and_no_crash(kind: str, wrong: float) -> None:
    x = some_rows()
    x[3, 1] = wrong
    for dense in (False, True):
        found = loss(some_weights(CASES[kind], 30), CASES[kind], x, dead_after=500, dense=dense)
        assert not found["loss"].isfinite()
        found["loss"].backward()


def test_a_batch_of_one_row_may_use_all_latents() -> None:
    architecture = BatchTopK(LATENTS, k=float(LATENTS))
    weights = some_weights(architecture)
    require_equal(weights, architecture, some_rows(rows=1), dense=False, tolerance=1e-10)
