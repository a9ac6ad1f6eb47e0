"""Closed-form probes at every depth in one pass over the games, for all readings of the board together."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from experiments.othello.boards import CLASSES, readings
from experiments.othello.sample import Sample
from interp.activations.capture import capture
from interp.models.model import Model
from interp.models.sites import resid
from probes import Gram, LinearProbe, majority


class Screen(NamedTuple):
    """How closed-form probes are fitted."""

    ridge: float = 1e-4
    """Penalty, relative to the variance of each feature."""
    batch: int = 100
    """Games at a time."""


def fit(model: Model, sample: Sample, how: Screen) -> list[LinearProbe]:
    """One probe a depth, for all readings and squares at once: they share one Gram matrix."""
    grams: list[Gram] = []
    for features, labels in _blocks(model, sample, how.batch):
        parts = [Gram.of(x, labels, CLASSES, fast=True) for x in features]
        grams = [total + part for total, part in zip(grams, parts, strict=True)] if grams else parts
    return [LinearProbe(how.ridge).fit_gram(gram) for gram in grams]


def judge(
    model: Model, probes: Sequence[LinearProbe], sample: Sample, how: Screen
) -> Bool[np.ndarray, "depth game ply reading square"]:
    """Which labels the probe of each depth reads right; False after the end of a game."""
    shape = readings(sample.trace).shape
    blocks = []
    for features, labels in _blocks(model, sample, how.batch):
        right = [probe.predict(x) == labels for probe, x in zip(probes, features, strict=True)]
        blocks.append(torch.stack(right).view(len(probes), -1, *shape[1:]))
    return torch.cat(blocks, dim=1).numpy()


def floor(train: Sample, test: Sample) -> Bool[np.ndarray, "game ply reading square"]:
    """Which labels are the most frequent one of their square and ply in the training games."""
    seen, asked = readings(train.trace), readings(test.trace)
    known = majority(seen.flatten(0, 1).flatten(1), _plies(seen))
    predicted = known.predict(_plies(asked)).view(asked.shape)
    return (predicted == asked).numpy()


def _plies(labels: Int[Tensor, "game ply reading square"]) -> Int[Tensor, "row"]:
    games, plies = labels.shape[:2]
    return torch.arange(plies).repeat(games)


def _blocks(
    model: Model, sample: Sample, batch: int
) -> Iterator[tuple[list[Float[Tensor, "row width"]], Int[Tensor, "row target"]]]:
    """So many games at a time: activations at every depth and labels, a row for each position."""
    sites = [resid(depth) for depth in range(model.depth + 1)]
    labels = readings(sample.trace)
    for begin in range(0, len(labels), batch):
        acts = capture(model, sample.seen[begin : begin + batch], sites, device="cpu")
        features = [acts[site].flatten(0, 1).float() for site in sites]
        yield features, labels[begin : begin + batch].flatten(0, 1).flatten(1)


__all__ = ["Screen", "fit", "floor", "judge"]
