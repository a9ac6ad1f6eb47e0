"""Is the board in the residual stream? A closed-form linear probe at every depth, with floors and random weights."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from experiments.othello.boards import CLASSES, readings
from experiments.othello.probe_findings import FINDINGS
from experiments.othello.probe_metrics import Results, metrics
from experiments.othello.probe_panels import panels
from experiments.othello.sample import Sample, held_out
from experiments.othello.subject import subject
from experiments.registry import Experiment
from interp.activations.capture import capture
from interp.models.fingerprint import fingerprint
from interp.models.model import Model
from interp.models.randomise import random_weights
from interp.models.sites import resid
from interp.records import Run
from probes import Gram, LinearProbe, majority


@dataclass(frozen=True)
class Settings:
    """What is probed, with what."""

    model: str = "othello-small"
    """A zoo name, a Hugging Face folder or a hub id."""
    train_games: int = 3000
    """Random games that probes and floors are fitted to."""
    test_games: int = 1000
    """Other random games that they are judged on."""
    ridge: float = 1e-4
    """Penalty of the probe, relative to the variance of each feature."""
    batch: int = 100
    """Games at a time."""


def run(settings: Settings, this: Run) -> Mapping[str, Any]:
    """Fit and judge the probes on the model and on its random-weight control; the majority floor beside them."""
    model, rules = subject(settings.model, this.device, this.dtype)
    train = held_out(rules, settings.train_games, this.seed, "probe training")
    test = held_out(rules, settings.test_games, this.seed, "probe test")
    this.note(model_hash=fingerprint(model), train_games=settings.train_games, test_games=settings.test_games)
    right = {}
    for name, probed in {"trained": model, "random": random_weights(model, this.seed)}.items():
        this.say(f"{name} weights: fit {settings.train_games} games, judge {settings.test_games}")
        right[name] = judge(probed, fit(probed, train, settings), test, settings)
    this.say("the majority floor")
    results = Results(right["trained"], right["random"], floor(train, test), readings(test.trace).numpy())
    return metrics(results, np.random.default_rng(this.seed))


def fit(model: Model, sample: Sample, settings: Settings) -> list[LinearProbe]:
    """One probe a depth, for all readings and squares at once: they share one Gram matrix."""
    grams: list[Gram] = []
    for features, labels in _blocks(model, sample, settings.batch):
        parts = [Gram.of(x, labels, CLASSES) for x in features]
        grams = [total + part for total, part in zip(grams, parts, strict=True)] if grams else parts
    return [LinearProbe(settings.ridge).fit_gram(gram) for gram in grams]


def judge(
    model: Model, probes: Sequence[LinearProbe], sample: Sample, settings: Settings
) -> Bool[np.ndarray, "depth game ply reading square"]:
    """Which labels the probe of each depth gets right; False after the end of a game."""
    shape = readings(sample.trace).shape
    blocks = []
    for features, labels in _blocks(model, sample, settings.batch):
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


EXPERIMENT = Experiment(
    paper="othello",
    name="probes",
    question="Can a linear probe read the board from the residual stream, at which depth, and in whose terms?",
    presets={
        "tiny": Settings(model="othello-tiny", train_games=150, test_games=60, batch=50),
        "small": Settings(),
        "paper": Settings(model="runs/train/othello-paper/model", train_games=20_000, test_games=2000),
    },
    run=run,
    findings=FINDINGS,
    report=panels,
    steps=(
        "play random games to fit and to judge",
        "capture the residual stream at every depth and fit the probes",
        "the same with random weights",
        "the majority floor",
    ),
)
