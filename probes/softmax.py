"""The objective of multinomial logistic regression, for many targets in one pass over the rows."""

from collections.abc import Callable, Iterator
from itertools import combinations, combinations_with_replacement, product
from typing import NamedTuple

import torch
from jaxtyping import Float, Float32, Float64, Int64
from torch import Tensor

from probes.gram import Gram
from probes.lbfgs import Places, Points

Rows = Callable[[], Iterator[tuple[Float[Tensor, "row width"], Int64[Tensor, "row target"]]]]
"""Gives the rows in chunks, from the beginning each time it is called; every row has all its labels."""

NEVER = -1e30
"""The logit of a class that no row has: its probability is 0, and so is its gradient."""
SAMPLE = 8
"""Of so many chunks of rows one is looked at for the curvature."""


class Standard(NamedTuple):
    """How features are brought to one scale: about their mean, over their spread, those that never vary left out."""

    places: Int64[Tensor, " feature"]
    """The features that vary."""
    mean: Float64[Tensor, " width"]
    """Of all features."""
    spread: Float64[Tensor, " feature"]
    """Standard deviations of those that vary."""


class Softmax:
    """Mean cross-entropy plus ridge / 2 * sum_j |w_j|^2 of every target, on standardised features.

    A target's parameters are the logits of all its classes but the most frequent one, relative to that one: this
    saves a third of the work for three classes and leaves no direction in which the objective is flat. Each of these
    classes has a weight for every feature and a bias, in this order; the bias is not penalised. The penalty is that
    of weights centred over the classes, the smallest that give the same logits.

    The part of the cross-entropy that needs labels is linear in the parameters, with coefficients that the Gram
    matrix holds already; a pass therefore reads features only, unless classes are weighted.
    """

    def __init__(
        self,
        rows: Rows,
        gram: Gram,
        standard: Standard,
        ridge: float,
        weights: Float64[Tensor, "target class"] | None = None,
    ) -> None:
        counts = gram.counts.double() * (1.0 if weights is None else weights)
        self.rows, self.standard, self.ridge, self.weights = rows, standard, ridge, weights
        self.targets, self.classes = counts.shape
        self.order = counts.argsort(dim=1, descending=True, stable=True)
        """Classes by frequency; the first one is the reference."""
        self.total = counts.sum(1)
        present = (counts.gather(1, self.order)[:, 1:] > 0).double()
        self.absent = present == 0
        outer = present[:, :, None] * present[:, None, :] / (1 + present.sum(1))[:, None, None]
        self.metric = torch.diag_embed(present) - outer
        cross = (gram.cross[standard.places] / standard.spread[:, None, None]).permute(1, 2, 0)
        cross = cross * (1.0 if weights is None else weights[:, :, None])
        index = self.order[:, 1:, None].expand(-1, -1, cross.shape[2] + 1)
        linear = torch.cat([cross, counts[:, :, None]], 2).gather(1, index)
        # Class 0 follows from the others in a Gram matrix: where no row has it, rounding may be left of it.
        self.linear = linear / self.total[:, None, None] * present[:, :, None]

    def __call__(self, points: Points, at: Places) -> tuple[Float64[Tensor, " problem"], Points]:
        """Values and gradients of the targets `at`, in one pass over the rows."""
        theta = self._split(points)
        weight, bias = self._planes(theta, at)
        value = torch.zeros_like(self.total[at])
        slope = torch.zeros_like(weight, dtype=torch.float64)
        rise = torch.zeros_like(bias, dtype=torch.float64)
        for features, labels in self.rows():
            x = self._centred(features)
            chance, logs = _softmax(torch.addmm(bias, x, weight.T).view(len(x), -1, len(at)))
            if self.weights is not None:
                counted = self._counted(labels[:, at], at)
                logs, chance = logs * counted, chance * counted[:, None]
            flat = chance.flatten(1)
            value += logs.sum(0, dtype=torch.float64)
            slope += flat.T @ x
            rise += flat.sum(0, dtype=torch.float64)
        gradient = torch.cat([slope / self.standard.spread, rise[:, None]], 1)
        gradient = gradient.view(self.classes - 1, len(at), -1).transpose(0, 1) / self.total[at][:, None, None]
        penalised = self.metric[at] @ theta[..., :-1]
        gradient = gradient - self.linear[at]
        gradient[..., :-1] += self.ridge * penalised
        value = value / self.total[at] - (theta * self.linear[at]).sum((1, 2))
        return value + self.ridge / 2 * (theta[..., :-1] * penalised).sum((1, 2)), gradient.flatten(1)

    def curvature(self, points: Points) -> Float64[Tensor, "target class class"]:
        """The mean over (a sample of) rows of diag(p) - p p^T, p the chances of all classes but the reference.

        The Hessian of a target is the mean of this times the products of the features; the product of the two means,
        which is exact where chances and features vary independently, preconditions the search. Class weights count in
        the mean.
        """
        every = torch.arange(self.targets, device=points.device)
        weight, bias = self._planes(self._split(points), every)
        total = torch.zeros(self.targets, self.classes - 1, self.classes - 1, dtype=torch.float64, device=points.device)
        mass = torch.zeros_like(self.total)
        for number, (features, labels) in enumerate(self.rows()):
            if number % SAMPLE:
                continue
            x = self._centred(features)
            chance, _ = _softmax(torch.addmm(bias, x, weight.T).view(len(x), -1, self.targets))
            counted = self._counted(labels, every)
            weighted = chance * counted[:, None]
            total += torch.diag_embed(weighted.sum(0).T) - torch.einsum("rkt,rlt->tkl", weighted, chance)
            mass += counted.sum(0, dtype=torch.float64)
        # A class that never comes has chance 0: 1 on its diagonal leaves it alone and the matrix invertible.
        return total / mass[:, None, None] + torch.diag_embed(self.absent.double())

    def hessian(self, points: Points, at: Places, every: int) -> Float64[Tensor, "problem parameter parameter"]:
        """The Hessian of the targets `at`, the mean taken over each `every`-th chunk of rows."""
        weight, bias = self._planes(self._split(points), at)
        size, width = self.classes - 1, points.shape[1] // (self.classes - 1)
        mass = torch.zeros(len(at), dtype=torch.float64, device=points.device)
        total = torch.zeros(len(at), size, width, size, width, dtype=torch.float64, device=points.device)
        for number, (features, labels) in enumerate(self.rows()):
            if number % every:
                continue
            x = self._centred(features)
            chance, _ = _softmax(torch.addmm(bias, x, weight.T).view(len(x), -1, len(at)))
            counted = self._counted(labels[:, at], at)
            x = torch.cat([x / self.standard.spread.float(), torch.ones_like(x[:, :1])], 1)
            mass += counted.sum(0, dtype=torch.float64)
            for k, other in combinations_with_replacement(range(size), 2):
                bent = chance[:, k] * (float(k == other) - chance[:, other]) * counted
                for place in range(len(at)):  # one at a time: rows x width for all targets would not fit a cache
                    total[place, k, :, other] += (x * bent[:, place, None]).T @ x
        total /= mass[:, None, None, None, None]
        for k, other in combinations(range(size), 2):
            total[:, other, :, k] = total[:, k, :, other].transpose(1, 2)
        penalty = torch.ones(width, dtype=torch.float64, device=points.device)
        penalty[-1] = 0.0
        for k, other in product(range(size), repeat=2):
            total[:, k, :, other].diagonal(dim1=1, dim2=2).add_(self.ridge * self.metric[at, k, other, None] * penalty)
        return total.flatten(3).flatten(1, 2)

    def logits(self, points: Points) -> tuple[Float32[Tensor, "target class width"], Float32[Tensor, "target class"]]:
        """The parameters as centred weights and biases of all classes on the features as they come.

        A class that no row has gets weight 0 and bias minus infinity: its probability is 0.
        """
        theta = self._split(points)
        zero = torch.zeros_like(theta[:, :1])
        ordered = torch.cat([zero, theta], 1)
        present = torch.cat([torch.ones_like(self.absent[:, :1]), ~self.absent], 1)[..., None].double()
        ordered = (ordered - ordered.sum(1, keepdim=True) / present.sum(1, keepdim=True)) * present
        back = self.order.argsort(1)
        theta = ordered.gather(1, back[..., None].expand_as(ordered))
        weight = torch.zeros(*theta.shape[:2], len(self.standard.mean), dtype=torch.float64, device=points.device)
        weight[..., self.standard.places] = theta[..., :-1] / self.standard.spread
        bias = theta[..., -1] - weight @ self.standard.mean
        bias = bias.masked_fill(present[..., 0].gather(1, back) == 0, -torch.inf)
        return weight.float(), bias.float()

    def parameters(
        self, weight: Float64[Tensor, "target class feature"], bias: Float64[Tensor, "target class"]
    ) -> Points:
        """The parameters that give these logits on standardised features; those of classes that never come are 0."""
        theta = torch.cat([weight, bias[..., None]], 2)
        theta = theta.gather(1, self.order[..., None].expand_as(theta))
        return ((theta[:, 1:] - theta[:, :1]) * ~self.absent[..., None]).flatten(1)

    def _split(self, points: Points) -> Float64[Tensor, "problem class parameter"]:
        return points.view(len(points), self.classes - 1, -1)

    def _planes(
        self, theta: Float64[Tensor, "problem class parameter"], at: Places
    ) -> tuple[Float32[Tensor, "column feature"], Float32[Tensor, " column"]]:
        """One plane of targets a class: softmax over a middle axis runs at full speed, over a last axis of 3 not."""
        weight = (theta[..., :-1] / self.standard.spread).transpose(0, 1).flatten(0, 1)
        bias = theta[..., -1].masked_fill(self.absent[at], NEVER).T.flatten()
        return weight.float(), bias.float()

    def _centred(self, features: Float[Tensor, "row width"]) -> Float32[Tensor, "row feature"]:
        x = features.to(self.total.device, torch.float32) - self.standard.mean.float()
        return x if len(self.standard.places) == x.shape[1] else x[:, self.standard.places]

    def _counted(self, labels: Int64[Tensor, "row problem"], at: Places) -> Float32[Tensor, "row problem"]:
        """How much each row counts for each of the targets."""
        if self.weights is None:
            return torch.ones(labels.shape, device=self.total.device)
        return self.weights[at].float().T.gather(0, labels.to(self.total.device))


def _softmax(
    logits: Float32[Tensor, "row class target"],
) -> tuple[Float32[Tensor, "row class target"], Float32[Tensor, "row target"]]:
    """Chances beside a reference class of logit 0, and the log of the sum of exponentials; changes its argument."""
    top = logits.amax(1).clamp_(min=0)
    chance = logits.sub_(top[:, None]).exp_()
    total = chance.sum(1).add_(torch.exp(-top))
    return chance.div_(total[:, None]), top + total.log()


__all__ = ["Rows", "Softmax", "Standard"]
