"""A probe at every site of a model, with everything that its accuracy must be seen against."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64, Int64
from torch import Tensor

from interp.activations.capture import capture
from interp.errors import ShapeError
from interp.models.fingerprint import fingerprint
from interp.models.model import Model
from interp.models.randomise import random_weights
from interp.models.sites import Site
from interp.stats import Interval, bootstrap
from probes.calibration import Calibration, calibration
from probes.controls import ControlTask, majority, shuffled_labels
from probes.origin import Origin
from probes.surface import Probabilities, Probe
from probes.texts import Texts

MEMORY = 2**31
"""Bytes of activations that are held at a time; more sites than that need more passes of the model."""

P = TypeVar("P", bound=Probe)
Right = Bool[np.ndarray, "sequence position target"]
"""Which labels were read right; False where none counts."""


class Score(NamedTuple):
    """How well a probe reads one site of sequences it was not fitted to. Intervals are 95 % over sequences."""

    per_label: Interval
    """Share of labels read right ("per square")."""
    per_row: Interval
    """Share of positions whose labels are all read right ("whole board")."""
    per_target: Float64[np.ndarray, " target"]
    """Share of labels read right, target by target."""
    majority: Interval
    """Floor: the most frequent class of each target and position."""
    shuffled: Interval
    """The same probe fitted to the same rows with their labels shuffled: chance, which finds frequent classes only."""
    random: Interval
    """The same probe fitted to the same architecture with random weights."""
    memorised: Interval
    """The same probe on a control task (Hewitt and Liang 2019): one random row of labels for each token and place."""
    selectivity: Interval
    """`per_label` minus `memorised`: what it reads beyond what it could have memorised."""
    calibration: Calibration | None
    """Whether its probabilities come true; None for probes without probabilities."""


@dataclass(frozen=True, eq=False)
class Reading(Generic[P]):
    """One site."""

    probe: P
    """Fitted there; `probe.origin` says where."""
    score: Score
    """With all controls."""
    right: Right
    """Which test labels it reads right."""
    right_random: Right
    """The same with random weights."""


def study(
    model: Model,
    train: Texts,
    test: Texts,
    sites: Sequence[Site | str],
    probe: P,
    seed: int,
    *,
    batch: int | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Reading[P]]:
    """A probe like `probe` fitted to `train` at each of `sites` and judged on `test`, beside all its controls.

    `probe` is a template and stays as it is. At each site it is fitted four times: to the labels, to shuffled labels,
    to a control task, and to the labels on the model with random weights. `seed` decides all that is drawn. `batch`
    is the number of sequences read at a time; `say` hears how far it is. No row of `test` is ever fitted to.

    Returns the readings by site name. Raises `ShapeError` when `train` and `test` do not fit together, and what
    `interp.capture` and the probe raise.
    """
    _check(train, test)
    generator = torch.Generator().manual_seed(seed)
    task = ControlTask.of(train.rows, generator)
    lessons = {
        "labels": (train.rows, test.rows),
        "shuffled": (shuffled_labels(train.rows, generator), test.rows),
        "task": (task.labels(train.types), task.labels(test.types)),
    }
    names, weights = [site.name for site in model.find(list(sites))], fingerprint(model)
    probes: dict[str, P] = {}
    right: dict[str, dict[str, Right]] = {name: {} for name in names}
    sure: dict[str, Calibration | None] = {}
    for name, x, asked in _activations(model, names, train, test, batch):
        for lesson, (taught, expected) in lessons.items():
            fitted = _like(probe, Origin(weights, name) if lesson == "labels" else None).fit(x, taught)
            right[name][lesson] = _placed(fitted.predict(asked).cpu() == expected, test)
            if lesson == "labels":
                probes[name] = fitted
                sure[name] = _calibration(fitted, asked, expected)
        say(f"{type(probe).__name__} at {name}: {int(right[name]['labels'].sum()) / test.rows.numel():.2%} right")
    for name, x, asked in _activations(random_weights(model, seed), names, train, test, batch):
        predicted = _like(probe, None).fit(x, train.rows).predict(asked)
        right[name]["random"] = _placed(predicted.cpu() == test.rows, test)
    say(f"{type(probe).__name__} on random weights: done")
    right_floor = _placed(majority(train.rows, train.positions).predict(test.positions) == test.rows, test)
    draw = np.random.default_rng(seed)
    return {
        name: Reading(
            probes[name],
            _score({**right[name], "majority": right_floor}, test, sure[name], draw),
            right[name]["labels"],
            right[name]["random"],
        )
        for name in names
    }


def _score(right: Mapping[str, Right], test: Texts, sure: Calibration | None, draw: np.random.Generator) -> Score:
    rows, targets = test.kept.sum(1).numpy(), test.labels.shape[2]

    def share(answers: np.ndarray) -> Interval:
        return bootstrap(answers.sum((1, 2)), rows * targets, draw)

    labels = right["labels"]
    return Score(
        per_label=share(labels),
        per_row=bootstrap(labels.all(2).sum(1), rows, draw),
        per_target=labels.sum((0, 1)) / rows.sum(),
        majority=share(right["majority"]),
        shuffled=share(right["shuffled"]),
        random=share(right["random"]),
        memorised=share(right["task"]),
        selectivity=share(labels.astype(np.int8) - right["task"]),
        calibration=sure,
    )


def _activations(
    model: Model, names: Sequence[str], train: Texts, test: Texts, batch: int | None
) -> Iterator[tuple[str, Float[Tensor, "row width"], Float[Tensor, "asked width"]]]:
    """Site by site: the activations at the positions that count, of `train` and of `test`."""
    rows = int(train.kept.sum() + test.kept.sum())
    together = max(1, MEMORY // max(1, rows * model.width * 4))
    for begin in range(0, len(names), together):
        group = names[begin : begin + together]
        read = [_rows(model, texts, group, batch) for texts in (train, test)]
        for name in group:
            yield name, read[0].pop(name), read[1].pop(name)


def _rows(model: Model, texts: Texts, names: Sequence[str], batch: int | None) -> dict[str, Float[Tensor, "row width"]]:
    """The activations at the positions that count; those at others are let go batch by batch."""
    parts: dict[str, list[Tensor]] = {name: [] for name in names}
    step = batch or max(1, len(texts.tokens))
    for begin in range(0, len(texts.tokens), step):
        kept = texts.kept[begin : begin + step]
        found = capture(model, texts.tokens[begin : begin + step], list(names))
        for name in names:
            parts[name].append(found[name].flatten(2)[kept.to(found[name].device)])
    return {name: torch.cat(part) for name, part in parts.items()}


def _like(probe: P, origin: Origin | None) -> P:
    """A probe with the same settings and another origin, not fitted."""
    return type(probe)(**{**probe.get_params(), "origin": origin})


def _placed(right: Bool[Tensor, "row target"], test: Texts) -> Right:
    """Answers by row, put back where the rows stand in their sequences."""
    whole = torch.zeros(test.labels.shape, dtype=torch.bool)
    whole[test.kept] = right
    return whole.numpy()


def _calibration(
    probe: Probe, features: Float[Tensor, "row width"], labels: Int64[Tensor, "row target"]
) -> Calibration | None:
    return calibration(probe.predict_proba(features).cpu(), labels) if isinstance(probe, Probabilities) else None


def _check(train: Texts, test: Texts) -> None:
    for texts in (train, test):
        texts.check()
    if train.labels.shape[2] != test.labels.shape[2]:
        raise ShapeError(f"train has {train.labels.shape[2]} targets, test has {test.labels.shape[2]}")


__all__ = ["Reading", "Score", "study"]
