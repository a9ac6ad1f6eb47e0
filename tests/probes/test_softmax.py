from collections.abc import Iterator

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from probes import Gram
from probes.softmax import Softmax, Standard, _softmax
from tests.probes.made import rows

RIDGE = 0.03


def problem(x: Tensor, y: Tensor, classes: int, weights: Tensor | None = None, chunk: int = 1000) -> Softmax:
    gram = Gram.of(x, y, classes)
    spread = (gram.scatter.diagonal() / gram.rows).sqrt()
    places = (spread > 0).nonzero()[:, 0]

    def chunks() -> Iterator[tuple[Tensor, Tensor]]:
        yield from zip(torch.split(x, chunk), torch.split(y, chunk), strict=True)

    return Softmax(chunks, gram, Standard(places, gram.mean, spread[places]), RIDGE, weights)


def defined(x: Tensor, y: Tensor, classes: int, target: int, point: Tensor, weights: Tensor | None) -> Tensor:
    """The objective of one target at one point, straight from its definition and slowly."""
    x = x.double()
    x = (x - x.mean(0))[:, x.std(0) > 0]
    x = x / x.std(0, unbiased=False)
    counts = torch.bincount(y[:, target], minlength=classes).double() * (1 if weights is None else weights[target])
    order = sorted(range(classes), key=lambda k: (-float(counts[k]), k))
    present = [k for k in order if counts[k] > 0]
    theta = {k: point.view(classes - 1, -1)[i - 1] if i else 0 * point.view(classes - 1, -1)[0]
             for i, k in enumerate(order)}  # fmt: skip
    plane = torch.stack([theta[k] for k in present])
    logs = (x @ plane[:, :-1].T + plane[:, -1]).log_softmax(1)
    loss, mass = torch.zeros(()).double(), 0.0
    for row, label in enumerate(y[:, target].tolist()):
        weight = 1.0 if weights is None else float(weights[target, label])
        loss, mass = loss - weight * logs[row, present.index(label)], mass + weight
    centred = plane[:, :-1] - plane[:, :-1].mean(0)
    return loss / mass + RIDGE / 2 * centred.square().sum()


def start(objective: Softmax, width: int, seed: int = 0) -> Tensor:
    g = torch.Generator().manual_seed(seed)
    theta = 0.5 * torch.randn(objective.targets, objective.classes - 1, width + 1, generator=g).double()
    return (theta * ~objective.absent[..., None]).flatten(1)


@settings(max_examples=12, deadline=None)
@given(
    classes=st.sampled_from([2, 3, 5]), seed=st.integers(0, 50), weighted=st.booleans(), chunk=st.integers(1, 41),
    missing=st.booleans(), constant=st.booleans(),
)  # fmt: skip
def test_value_gradient_and_hessian_are_those_of_the_definition(
    classes: int, seed: int, weighted: bool, chunk: int, missing: bool, constant: bool
) -> None:
    x, y = rows(40, width=4, targets=2, classes=classes, seed=seed)
    x = x / 3  # the objective is computed in float32
    if missing:
        y = y.clamp(min=1)
    if constant:
        x = torch.cat([x[:, :1], torch.full((40, 1), 7.0), x[:, 1:]], 1)
    weights = torch.rand(2, classes, generator=torch.Generator().manual_seed(seed)).double() + 0.5 if weighted else None
    objective = problem(x, y, classes, weights, chunk)
    points, every = start(objective, 4, seed), torch.arange(2)
    values, gradients = objective(points, every)
    hessians = objective.hessian(points, every, 1)
    for target in range(2):
        point = points[target].clone().requires_grad_()

        def of(p: Tensor, target: int = target) -> Tensor:
            return defined(x, y, classes, target, p, weights)

        value = of(point)
        there = ~objective.absent[target].repeat_interleave(5)
        torch.testing.assert_close(values[target], value.detach(), rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(
            gradients[target], torch.autograd.grad(value, point)[0] * there, rtol=1e-4, atol=1e-5
        )
        exact: Tensor = torch.autograd.functional.hessian(of, points[target])
        torch.testing.assert_close(hessians[target], exact * there[:, None] * there, rtol=1e-4, atol=1e-5)


def test_some_of_the_targets_can_be_asked_alone() -> None:
    x, y = rows(40)
    objective = problem(x, y, 3, torch.rand(3, 3).double() + 0.5)
    points = start(objective, 5)
    values, gradients = objective(points, torch.arange(3))
    some = torch.tensor([2, 0])
    torch.testing.assert_close(objective(points[some], some), (values[some], gradients[some]), rtol=1e-6, atol=1e-7)
    both = objective.hessian(points, torch.arange(3), 1)[some]
    torch.testing.assert_close(objective.hessian(points[some], some, 1), both, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_curvature_is_the_bias_block_of_the_hessian(weighted: bool) -> None:
    x, y = rows(40)
    objective = problem(x, y, 3, torch.tensor([[1.0, 5.0, 2.0]]).double().expand(3, 3) if weighted else None)
    points = start(objective, 5)
    hessian = objective.hessian(points, torch.arange(3), 1)
    torch.testing.assert_close(objective.curvature(points), hessian[:, 5::6, 5::6], rtol=1e-5, atol=1e-6)


@settings(max_examples=12, deadline=None)
@given(classes=st.sampled_from([2, 3, 5]), seed=st.integers(0, 50), missing=st.booleans())
def test_logits_and_parameters_are_inverse_to_each_other(classes: int, seed: int, missing: bool) -> None:
    x, y = rows(40, classes=classes, seed=seed)
    objective = problem(x, y.clamp(min=int(missing)), classes)
    points = start(objective, 5, seed)
    weight, bias = objective.logits(points)
    standard = objective.standard
    biases = bias.double() + weight.double() @ standard.mean
    back = objective.parameters(weight.double() * standard.spread, biases.nan_to_num(neginf=0.0))
    torch.testing.assert_close(back, points, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(weight.sum(1), torch.zeros(3, 5), rtol=0, atol=1e-5)


def test_logits_are_those_of_the_parameters_up_to_what_all_classes_share() -> None:
    x, y = rows(40)
    objective = problem(x, y, 3)
    points = start(objective, 5)
    weight, bias = objective.logits(points)
    standard = objective.standard
    flat = points.view(3, 2, 6)
    scores = torch.einsum("rw,tkw->rtk", (x.double() - standard.mean) / standard.spread, flat[..., :5]) + flat[..., 5]
    full = torch.cat([torch.zeros(40, 3, 1), scores], 2)
    ours = (torch.einsum("rw,tkw->rtk", x, weight) + bias).gather(2, objective.order.expand(40, 3, 3))
    torch.testing.assert_close(ours.softmax(-1).double(), full.softmax(-1), rtol=1e-4, atol=1e-5)


def test_a_class_that_no_row_has_gets_probability_0_and_no_gradient() -> None:
    x, y = rows(40)
    objective = problem(x, y, 5)
    points = start(objective, 5)
    _, gradient = objective(points, torch.arange(3))
    assert not gradient.view(3, 4, 6)[:, 2:].any()
    weight, bias = objective.logits(points)
    chances = (torch.einsum("rw,tkw->rtk", 1e3 * x, weight) + bias).softmax(-1)
    assert not chances[..., 3:].any()
    assert chances.isfinite().all()


def test_chances_beside_a_reference_are_stable_for_logits_of_any_size() -> None:
    logits = torch.tensor([[-1e30, 1e30, 0.0, 90.0, -90.0]]).T[:, :, None].clone()
    exact = torch.cat([torch.zeros(5, 1).double(), logits[:, :, 0].double()], 1)
    chance, logs = _softmax(logits)
    torch.testing.assert_close(chance[:, 0, 0].double(), exact.softmax(1)[:, 1], rtol=1e-5, atol=0)
    torch.testing.assert_close(logs[:, 0].double(), exact.logsumexp(1), rtol=1e-5, atol=0)
