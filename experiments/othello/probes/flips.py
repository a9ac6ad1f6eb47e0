"""Which discs did the last move turn? A linear probe at every depth, by F1 (Nanda et al. 2023, table 3)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Int
from torch import Tensor

from experiments.othello.labels import flipped
from experiments.othello.sample import Sample
from interp.activations.capture import capture
from interp.errors import ShapeError
from interp.models.model import Model
from interp.models.sites import resid
from interp.stats import Interval, bootstrap
from probes import LinearProbe


@runtime_checkable
class Scorer(Protocol):
    """What is asked of a probe: it is fitted to labels 0 and 1, and the scores of class 1 are compared."""

    def fit(self, features: Tensor, labels: Tensor, classes: int | None = None) -> Any:
        """Learn from rows of features [row, width] and labels [row, target]."""

    def scores(self, features: Tensor) -> Tensor:
        """A score for each class [row, target, class]; any increasing function of what is meant will do."""


class Hits(NamedTuple):
    """Right and wrong answers about the rare class, by game."""

    true: Int[np.ndarray, " game"]
    """Turned, and said to be turned."""
    said: Int[np.ndarray, " game"]
    """Said to be turned."""
    positive: Int[np.ndarray, " game"]
    """Turned."""

    def scores(self, rng: np.random.Generator) -> dict[str, Interval]:
        """F1, precision and recall of all games together (micro), with intervals from resampling whole games."""
        return {
            "f1": _ratio(2 * self.true, self.said + self.positive, rng),
            "precision": _ratio(self.true, self.said, rng),
            "recall": _ratio(self.true, self.positive, rng),
        }


def measure_flips(
    models: Mapping[str, Model],
    train: Sample,
    test: Sample,
    rng: np.random.Generator,
    *,
    probe: Callable[[], Scorer] = LinearProbe,
    batch: int = 100,
) -> dict[str, Any]:
    """F1, precision and recall at every depth of every model, and of floors that see no activation.

    All squares and positions count alike (micro). About 3 % of the squares are turned, and the class with the higher
    score is hardly ever the rare one, so a square is said to be turned when the score of class 1 reaches a threshold:
    one number a depth for all squares, the one with the highest F1 on the training games. The test games choose
    nothing. A square that no training game turned (a corner) is not probed and never said to be turned. All rows of
    one depth are held in memory, `batch` games are read at a time.

    Floors: always "turned" (F1 of the best constant answer), and how often the square was turned in the training
    games at this ply, or after this move, with a threshold chosen in the same way.
    """
    squares = test.trace.played[:, : test.seen.shape[1]].sum(1) * test.trace.rules.squares
    never = _hits(np.zeros(_rows(test)[0].shape, dtype=bool), test)
    return {
        "models": {name: _by_depth(model, train, test, rng, probe, batch) for name, model in models.items()},
        "floor": _floors(train, test, rng),
        "turned": _ratio(never.positive, squares, rng),
    }


def f1(actual: Bool[np.ndarray, "*shape"], predicted: Bool[np.ndarray, "*shape"]) -> float:
    """2 * true positives / (positives + predicted positives); 0 where nothing is positive and nothing predicted.

    0/0 is 0 as in scikit-learn (`zero_division=0`): whoever answers "never" finds nothing.
    """
    both = int(actual.sum()) + int(predicted.sum())
    return 2 * int((actual & predicted).sum()) / both if both else 0.0


def best_threshold(scores: Float[np.ndarray, " item"], actual: Bool[np.ndarray, " item"]) -> float:
    """The score from which on an item is to be called positive, for the highest F1 on these items.

    The threshold lies at a score that occurs; of several that are equally good it is the highest. Infinity where no
    item is positive. Raises `ShapeError` for no items and for NaN.
    """
    if not len(scores) or np.isnan(scores).any():
        raise ShapeError("a threshold needs at least one score, and no NaN among them")
    order = np.argsort(-scores, kind="stable")
    ranked, true = scores[order], np.cumsum(actual[order])
    if not true[-1]:
        return float("inf")
    # Items with equal scores are called positive together or not at all: only the last of them can be a cut.
    cuts = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    quality = 2 * true[cuts] / (cuts + 1 + true[-1])
    return float(ranked[cuts[np.argmax(quality)]])


def _by_depth(
    model: Model, train: Sample, test: Sample, rng: np.random.Generator, probe: Callable[[], Scorer], batch: int
) -> dict[str, list[Any]]:
    """Scores of the probe of every depth, and the thresholds."""
    found: dict[str, list[Any]] = {"f1": [], "precision": [], "recall": [], "threshold": []}
    labels, kept = _rows(train)
    turns = (labels[kept] > 0).any(0)
    if not turns.any():
        raise ShapeError("no training game turns a disc: there is nothing to fit a probe to")
    for depth in range(model.depth + 1):
        features = _features(model, train, depth, batch)[torch.from_numpy(kept)]
        wanted = torch.from_numpy(labels[kept][:, turns])
        fitted = probe()
        fitted.fit(features, wanted, classes=2)
        threshold = best_threshold(_scores(fitted, features).ravel(), wanted.numpy().ravel() > 0)
        said = np.zeros(_rows(test)[0].shape, dtype=bool)
        said[:, turns] = _scores(fitted, _features(model, test, depth, batch)) >= threshold
        for name, interval in _hits(said, test).scores(rng).items():
            found[name].append(interval)
        found["threshold"].append(threshold)
    return found


def _floors(train: Sample, test: Sample, rng: np.random.Generator) -> dict[str, dict[str, Interval]]:
    """What is known without a model: nothing, the ply, the move."""
    plies = train.seen.shape[1]
    groups = {
        "ply": (np.tile(np.arange(plies), len(train.seen)), np.tile(np.arange(plies), len(test.seen))),
        "move": (train.seen.numpy().ravel(), test.seen.numpy().ravel()),
    }
    floors = {"always": _hits(np.ones(_rows(test)[0].shape, dtype=bool), test).scores(rng)}
    labels, kept = _rows(train)
    actual = labels[kept] > 0
    for name, (known, asked) in groups.items():
        table = _frequencies(actual, known[kept], int(max(known.max(), asked.max())) + 1)
        threshold = best_threshold(table[known[kept]].ravel(), actual.ravel())
        floors[name] = _hits(table[asked] >= threshold, test).scores(rng)
    return floors


def _frequencies(
    actual: Bool[np.ndarray, "row square"], group: Int[np.ndarray, " row"], groups: int
) -> Float[np.ndarray, "group square"]:
    """How often each square was turned in the rows of each group; 0 for a group without rows."""
    turned = np.zeros((groups, actual.shape[1]))
    np.add.at(turned, group, actual)
    return turned / np.maximum(np.bincount(group, minlength=groups), 1)[:, None]


def _rows(sample: Sample) -> tuple[Int[np.ndarray, "row square"], Bool[np.ndarray, " row"]]:
    """Whether each square was turned, a row for each position that a model reads, and which rows are played."""
    plies = sample.seen.shape[1]
    turned = flipped(sample.trace)[:, :plies]
    return turned.reshape(-1, turned.shape[-1]).astype(np.int64), sample.trace.played[:, :plies].ravel()


def _features(model: Model, sample: Sample, depth: int, batch: int) -> Float32[Tensor, "row width"]:
    """The residual stream at one depth, a row for each position."""

    def blocks() -> Iterator[Tensor]:
        for begin in range(0, len(sample.seen), batch):
            acts = capture(model, sample.seen[begin : begin + batch], resid(depth), device="cpu")
            yield acts[resid(depth)].flatten(0, 1).float()

    return torch.cat(list(blocks()))


def _scores(probe: Scorer, features: Float32[Tensor, "row width"]) -> Float[np.ndarray, "row square"]:
    """The score of "turned"."""
    with torch.no_grad():
        parts = [probe.scores(chunk)[..., 1] for chunk in torch.split(features, 4096)]
    return torch.cat(parts).numpy()


def _hits(said: Bool[np.ndarray, "row square"], sample: Sample) -> Hits:
    """Counts by game over the positions that were played."""
    labels, kept = _rows(sample)
    said, actual = said & kept[:, None], (labels > 0) & kept[:, None]
    return Hits(*(_by_game(flags, sample) for flags in (said & actual, said, actual)))


def _by_game(flags: Bool[np.ndarray, "row square"], sample: Sample) -> Int[np.ndarray, " game"]:
    counts: Int[np.ndarray, " game"] = flags.reshape(len(sample.seen), -1).sum(1)
    return counts


def _ratio(top: Int[np.ndarray, " game"], bottom: Int[np.ndarray, " game"], rng: np.random.Generator) -> Interval:
    """`bootstrap`, and 0 where there is nothing to divide by, as in `f1`."""
    return bootstrap(top, bottom, rng) if bottom.any() else Interval(0.0, 0.0, 0.0, len(bottom))
