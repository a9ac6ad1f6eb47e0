"""One hidden ReLU layer under many softmaxes: its loss, its gradient, and AdamW."""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float, Float32, Int64, Integer
from torch import Tensor

BETAS = (0.9, 0.999)
"""Shares of the running means of gradients and of their squares that are kept at every step."""
EPSILON = 1e-8
"""What is added to the root of the mean square of a gradient that may be 0."""
WARM_UP = 0.05
"""Share of the steps over which the rate rises."""


class Layers(NamedTuple):
    """Two affine maps with a ReLU in between: inner, then outer.

    The outer layer has one plane of targets a class: a softmax over a middle axis runs at full speed, one over a last
    axis of 3 does not.
    """

    inner: Float32[Tensor, "hidden width"]
    """Weights of the hidden units."""
    inner_bias: Float32[Tensor, " hidden"]
    """Their biases."""
    outer: Float32[Tensor, "class target hidden"]
    """Weights of the logits."""
    outer_bias: Float32[Tensor, "class target"]
    """Their biases; minus infinity for a class that is never to come."""

    def logits(
        self, x: Float32[Tensor, "row width"]
    ) -> tuple[Float32[Tensor, "row class target"], Float32[Tensor, "row hidden"]]:
        """The logits of every class, and the hidden units from which they were made."""
        hidden = torch.addmm(self.inner_bias, x, self.inner.T).relu()
        flat = torch.addmm(self.outer_bias.flatten(), hidden, self.outer.flatten(0, 1).T)
        return flat.view(-1, *self.outer_bias.shape), hidden


class Scale(NamedTuple):
    """How features are brought to mean 0 and variance 1."""

    mean: Float32[Tensor, " width"]
    """Mean of every feature."""
    inverse: Float32[Tensor, " width"]
    """1 / standard deviation; 0 for features that never vary."""

    def __call__(self, features: Float[Tensor, "row width"]) -> Float32[Tensor, "row width"]:
        """The features on one scale, in float32."""
        return (features.float() - self.mean) * self.inverse

    def folded(self, layers: Layers) -> Layers:
        """Layers that do to raw features what `layers` do to scaled ones."""
        inner = layers.inner.double() * self.inverse.double()
        bias = layers.inner_bias.double() - inner @ self.mean.double()
        return layers._replace(inner=inner.float(), inner_bias=bias.float())


class Plan(NamedTuple):
    """How to train."""

    epochs: int
    """Times that every row is read."""
    rate: float
    """The highest rate."""
    batch: int
    """Rows a step, at most."""
    weight_decay: float
    """Share of a weight that is taken off at every step, in units of the rate."""


def initial(width: int, hidden: int, outer_bias: Float32[Tensor, "class target"], generator: torch.Generator) -> Layers:
    """Hidden units as He et al. (2015) draw them under a ReLU, and an outer layer that knows its biases only.

    An outer layer of 0 makes the first prediction that of `outer_bias` (the class frequencies, say) whatever the
    hidden units are; these differ, so that the first gradient already tells them apart.
    """
    inner = torch.randn(hidden, width, generator=generator) * math.sqrt(2 / width)
    on = outer_bias.device
    outer = torch.zeros(*outer_bias.shape, hidden, device=on)
    return Layers(inner.to(on), torch.zeros(hidden, device=on), outer, outer_bias.clone())


def loss_and_gradient(
    layers: Layers,
    x: Float32[Tensor, "row width"],
    labels: Int64[Tensor, "row target"],
    weights: Float32[Tensor, "class target"] | None = None,
) -> tuple[Float32[Tensor, ""], Layers]:
    """Mean over rows and targets of the cross-entropy, times the weight of the label, and its exact gradient.

    Written out rather than left to autograd: the backward pass reuses the memory of the forward one.
    """
    logits, hidden = layers.logits(x)
    logs = logits.log_softmax(1)
    place = labels[:, None]
    losses = logs.gather(1, place)
    slope = logs.exp_()  # chances
    slope.scatter_add_(1, place, torch.full_like(losses, -1.0))
    if weights is not None:
        counted = weights.expand_as(slope).gather(1, place)
        losses, slope = losses * counted, slope.mul_(counted)
    flat = slope.div_(labels.numel()).flatten(1)
    back = (flat @ layers.outer.flatten(0, 1)).mul_(hidden.sign())  # 1 where the ReLU let it through, else 0
    outer = (flat.T @ hidden).view_as(layers.outer)
    return -losses.mean(), Layers(back.T @ x, back.sum(0), outer, flat.sum(0).view_as(layers.outer_bias))


class AdamW:
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019), of weights but not of biases; works in place."""

    def __init__(self, layers: Layers, weight_decay: float) -> None:
        self.layers, self.weight_decay, self.steps = layers, weight_decay, 0
        self.means = [torch.zeros_like(tensor) for tensor in layers]
        self.squares = [torch.zeros_like(tensor) for tensor in layers]

    def step(self, gradients: Layers, rate: float) -> None:
        """Move the layers one step."""
        self.steps += 1
        first, second = (1 - beta**self.steps for beta in BETAS)
        for name, tensor, gradient, mean, square in zip(
            Layers._fields, self.layers, gradients, self.means, self.squares, strict=True
        ):
            if not name.endswith("bias"):
                tensor.mul_(1 - rate * self.weight_decay)
            mean.lerp_(gradient, 1 - BETAS[0])
            square.mul_(BETAS[1]).addcmul_(gradient, gradient, value=1 - BETAS[1])
            tensor.addcdiv_(mean, (square / second).sqrt_().add_(EPSILON), value=-rate / first)


def train(
    layers: Layers,
    features: Float[Tensor, "row width"],
    labels: Integer[Tensor, "row target"],
    scale: Scale,
    weights: Float32[Tensor, "class target"] | None,
    plan: Plan,
    generator: torch.Generator,
) -> list[float]:
    """Train `layers` in place on the rows that have labels; the mean loss over each epoch, taken as it went.

    Every epoch reads the rows in a new order, in batches that differ by one row at most.
    """
    given = (labels[:, 0] >= 0).nonzero()[:, 0].cpu()
    batches = math.ceil(len(given) / plan.batch)
    optimiser, losses = AdamW(layers, plan.weight_decay), []
    for _ in range(plan.epochs):
        order = given[torch.randperm(len(given), generator=generator)]
        total = torch.zeros((), dtype=torch.float64, device=features.device)
        for chosen in order.tensor_split(batches):
            x = scale(features[chosen.to(features.device)])
            y = labels[chosen.to(labels.device)].to(features.device, torch.int64)
            loss, gradient = loss_and_gradient(layers, x, y, weights)
            optimiser.step(gradient, plan.rate * share_of_rate(optimiser.steps, plan.epochs * batches))
            total += loss.double() * len(chosen)
        losses.append(float(total) / len(given))
    return losses


def share_of_rate(step: int, steps: int) -> float:
    """The share of the highest rate at `step` (from 0) of `steps`: up in a straight line, then down half a cosine.

    It is above 0 at every step, and 1 at the end of the warm-up.
    """
    rise = max(1, round(WARM_UP * steps))
    if step < rise:
        return (step + 1) / rise
    return (1 + math.cos(math.pi * (step + 1 - rise) / (steps + 1 - rise))) / 2


__all__ = ["AdamW", "Layers", "Plan", "Scale", "initial", "loss_and_gradient", "share_of_rate", "train"]
