import math

import pytest
import torch
from torch import Tensor

from probes.perceptron import AdamW, Layers, Plan, Scale, initial, loss_and_gradient, share_of_rate, train
from tests.probes.made import rows


def layers(width: int = 5, hidden: int = 7, classes: int = 3, targets: int = 2, seed: int = 0) -> Layers:
    generator = torch.Generator().manual_seed(seed)
    shapes = ((hidden, width), (hidden,), (classes, targets, hidden), (classes, targets))
    return Layers(*(torch.randn(shape, generator=generator) for shape in shapes))


def plain(found: Layers, x: Tensor, y: Tensor, weights: Tensor | None) -> Tensor:
    """The definition: one row and one target at a time."""
    total = torch.zeros(())
    for row, labels in zip(x, y, strict=True):
        hidden = torch.relu(found.inner @ row + found.inner_bias)
        for target, label in enumerate(labels.tolist()):
            logits = found.outer[:, target] @ hidden + found.outer_bias[:, target]
            loss = torch.nn.functional.cross_entropy(logits, torch.tensor(label))
            total = total + loss * (1.0 if weights is None else weights[label, target])
    return total / y.numel()


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("count", [1, 20])
def test_loss_and_gradient_are_those_of_autograd(weighted: bool, count: int) -> None:
    x, y = rows(count, targets=2)
    x = (x - x.mean(0)) / 3
    weights = torch.tensor([[0.5, 2.0], [1.0, 3.0], [4.0, 0.1]]) if weighted else None
    ours = layers()
    theirs = Layers(*(tensor.clone().requires_grad_() for tensor in ours))
    expected = plain(theirs, x, y, weights)
    expected.backward()
    loss, gradient = loss_and_gradient(ours, x, y, weights)
    torch.testing.assert_close(loss, expected.detach())
    for found, tensor in zip(gradient, theirs, strict=True):
        assert tensor.grad is not None
        torch.testing.assert_close(found, tensor.grad, rtol=1e-4, atol=1e-6)


def test_a_class_that_never_comes_has_no_gradient_and_hurts_no_other() -> None:
    x, y = rows(20, targets=2)
    four = layers(classes=4)
    four.outer_bias[3] = -torch.inf
    three = four._replace(outer=four.outer[:3], outer_bias=four.outer_bias[:3])
    loss, gradient = loss_and_gradient(four, x, y)
    expected, others = loss_and_gradient(three, x, y)
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(gradient.inner, others.inner)
    torch.testing.assert_close(gradient.outer[:3], others.outer)
    assert not gradient.outer[3].any()
    assert not gradient.outer_bias[3].any()


def test_the_optimiser_is_that_of_torch() -> None:
    ours, theirs = layers(), layers()
    parameters = [torch.nn.Parameter(tensor) for tensor in theirs]
    optimiser = torch.optim.AdamW([
        {"params": parameters[0::2], "weight_decay": 0.1},
        {"params": parameters[1::2], "weight_decay": 0.0},
    ])  # fmt: skip
    mine = AdamW(ours, 0.1)
    for step in range(5):
        gradient = layers(seed=step + 1)
        for group in optimiser.param_groups:
            group["lr"] = 0.01 * (step + 1)
        for parameter, slope in zip(parameters, gradient, strict=True):
            parameter.grad = slope.clone()
        optimiser.step()
        mine.step(gradient, 0.01 * (step + 1))
    for found, parameter in zip(ours, parameters, strict=True):
        torch.testing.assert_close(found, parameter.detach())


@pytest.mark.parametrize("steps", [1, 2, 19, 100])
def test_the_rate_rises_to_1_and_falls_without_reaching_0(steps: int) -> None:
    shares = [share_of_rate(step, steps) for step in range(steps)]
    top = shares.index(max(shares))
    assert max(shares) == 1
    assert top == max(1, round(0.05 * steps)) - 1
    assert all(share > 0 for share in shares)
    assert shares[: top + 1] == sorted(shares[: top + 1])
    assert shares[top:] == sorted(shares[top:], reverse=True)


def test_the_rate_by_hand() -> None:
    assert [share_of_rate(step, 40) for step in (0, 1)] == [0.5, 1.0]
    assert share_of_rate(20, 40) == pytest.approx((1 + math.cos(math.pi * 19 / 39)) / 2)


def test_folded_layers_do_to_features_what_layers_do_to_scaled_ones() -> None:
    x, _ = rows(20)
    scale = Scale(x.mean(0), torch.where(torch.arange(5) == 2, 0.0, 1 / x.std(0)))
    assert not scale(x)[:, 2].any()
    torch.testing.assert_close(scale.folded(layers()).logits(x)[0], layers().logits(scale(x))[0], rtol=1e-4, atol=1e-4)


def test_the_first_prediction_is_the_outer_bias_and_hidden_units_differ() -> None:
    bias = torch.tensor([[0.1, 0.2], [0.3, 0.4]])
    found = initial(5, 7, bias, torch.Generator().manual_seed(0))
    logits, hidden = found.logits(torch.randn(4, 5, generator=torch.Generator().manual_seed(1)))
    assert torch.equal(logits, bias.expand(4, -1, -1))
    assert len(hidden.T.unique(dim=0)) == 7
    assert found.outer_bias is not bias


def test_an_epoch_reads_every_labelled_row_once_in_batches_that_differ_by_a_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[Tensor] = []
    scale = Scale(torch.zeros(5), torch.ones(5))

    def spy(found: Layers, x: Tensor, y: Tensor, weights: Tensor | None) -> tuple[Tensor, Layers]:
        seen.append(x[:, 0])
        return loss_and_gradient(found, x, y, weights)

    monkeypatch.setattr("probes.perceptron.loss_and_gradient", spy)
    x, y = rows(25, targets=2)
    x[:, 0] = torch.arange(25.0)
    y[3:5] = -1
    losses = train(layers(), x, y, scale, None, Plan(3, 1e-3, 8, 0.0), torch.Generator().manual_seed(0))
    assert [len(part) for part in seen] == [8, 8, 7] * 3
    epochs = [torch.cat(seen[3 * i : 3 * i + 3]).long().tolist() for i in range(3)]
    kept = sorted(set(range(25)) - {3, 4})
    assert all(sorted(epoch) == kept for epoch in epochs)
    assert epochs[0] != epochs[1] != kept
    assert len(losses) == 3
