"""Choosing a penalty on rows that were not fitted, split off by whole groups."""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

import torch
from jaxtyping import Bool, Float, Integer
from torch import Tensor

from interp.errors import ShapeError
from probes.errors import ProbeWarning
from probes.gram import CHUNK, Gram
from probes.linear import LinearProbe
from probes.ridge import SAFE_RIDGE
from probes.surface import Features, Labels, Probabilities, Probe, as_tensor

RIDGES = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
"""Penalties that are tried where none are named."""
Kind = TypeVar("Kind", bound=Probe)


class Split(NamedTuple):
    """Which rows are fitted and which are judged; each row is one of the two."""

    train: Bool[Tensor, " row"]
    """Rows to fit."""
    validation: Bool[Tensor, " row"]
    """Rows to judge on."""


@dataclass(frozen=True, eq=False)
class Choice(Generic[Kind]):
    """A probe with the penalty that did best on rows it had not seen."""

    probe: Kind
    """Fitted anew to all rows, with that penalty."""
    ridge: float
    """The penalty."""
    scores: dict[float, float]
    """What every penalty scored on the validation rows, by `measure`; penalties ascending."""
    measure: str
    """"cross-entropy" in nats a label (less is better) for probes with probabilities, else "accuracy" (more is)."""


def split(groups: Integer[Tensor, " row"], share: float, generator: torch.Generator) -> Split:
    """Draw about `share` of the groups (games, documents) for validation, every group as a whole.

    Rows of one group are not independent: a probe that has seen the neighbours of a row is judged too well on it. At
    least one group stays on either side. Raises `ShapeError` for one group, from which nothing can be split off.
    """
    if not 0 < share < 1:
        raise ShapeError(f"share must lie between 0 and 1, not {share}")
    names, place = torch.unique(groups, return_inverse=True)
    if len(names) < 2:
        raise ShapeError(
            f"{len(names)} group{'s' * (len(names) != 1)} cannot be split: rows of one game or document are not "
            "independent, so whole groups must be held back. Give the game or document of every row."
        )
    count = min(max(round(share * len(names)), 1), len(names) - 1)
    order = torch.randperm(len(names), generator=generator, device=generator.device)
    held = torch.zeros(len(names), dtype=torch.bool, device=groups.device)
    held[order[:count].to(groups.device)] = True
    return Split(~held[place], held[place])


def choose(
    probe: Kind,
    features: Features,
    labels: Labels,
    groups: Any,
    *,
    generator: torch.Generator,
    ridges: Sequence[float] = RIDGES,
    share: float = 0.2,
    classes: int | None = None,
) -> Choice[Kind]:
    """Fit `probe` with each of `ridges` to some groups, judge it on the others, and fit the best one to all rows.

    `groups` is the game or document of every row, as an integer. Probes with probabilities are judged by their mean
    cross-entropy, which sees over-confidence before the accuracy does; the others have none and are judged by their
    accuracy. Ties go to the larger penalty. `LinearProbe` takes all penalties from one Gram matrix; other probes are
    fitted anew for each. `probe` itself stays as it is.

    Warns (`ProbeWarning`) when the best penalty lies at an end of the grid, so that a better one may lie beyond.
    What the chosen probe scored here is a little too good, being the best of several: judge it on a third set.
    Raises `ShapeError` for groups that are missing, or only one, and as `fit` does.
    """
    grid = _grid(ridges)
    x, y, g = as_tensor(features), as_tensor(labels), _groups(groups)
    table = y[:, None] if y.ndim == 1 else y
    if not (len(g) == len(x) == len(table)):
        raise ShapeError(f"{len(x)} rows of features, {len(table)} of labels and {len(g)} groups: row i must match")
    given = (table >= 0).any(1)
    if not given.any():
        raise ShapeError("no rows to fit: none were given, or every label is negative")
    parts = split(g.to(given.device)[given], share, generator)
    train, held = (given.nonzero()[:, 0][part] for part in parts)
    if classes is None and probe.classes is None:
        classes = int(table.max()) + 1
    trials = _trials(probe, grid, x[train.to(x.device)], table[train], classes)
    judge = _cross_entropy if isinstance(probe, Probabilities) else _accuracy
    scores = {ridge: judge(trial, x[held.to(x.device)], table[held]) for ridge, trial in zip(grid, trials, strict=True)}
    losses = {ridge: score if judge is _cross_entropy else -score for ridge, score in scores.items()}
    best = min(reversed(grid), key=losses.__getitem__)
    if best in (grid[0], grid[-1]):
        warnings.warn(
            f"the best ridge, {best:g}, lies at the {'lower' if best == grid[0] else 'upper'} end of those tried: "
            "a better one may lie beyond",
            ProbeWarning,
            stacklevel=2,
        )
    measure = "cross-entropy" if judge is _cross_entropy else "accuracy"
    return Choice(_with(probe, best).fit(features, labels, classes), best, scores, measure)


def _grid(ridges: Sequence[float]) -> list[float]:
    grid = sorted(float(ridge) for ridge in ridges)
    if len(set(grid)) < max(len(grid), 2) or not all(math.isfinite(ridge) and ridge >= 0 for ridge in grid):
        raise ShapeError(f"ridges must be at least two different finite numbers of at least 0, not {tuple(ridges)}")
    return grid


def _groups(groups: Any) -> Tensor:
    if groups is None:
        raise ShapeError(
            "groups are needed: the game or document of every row, as an integer. Rows of one document are not "
            "independent, and split by position they would be judged too well."
        )
    found = as_tensor(groups)
    if found.ndim != 1 or found.is_floating_point():
        raise ShapeError(f"groups must be one integer a row, not {found.dtype} {list(found.shape)}")
    return found


def _with(probe: Kind, ridge: float) -> Kind:
    """A probe like this one, not fitted, with another penalty. Raises `UnknownNameError` where it has none."""
    return type(probe)(**probe.get_params()).set_params(ridge=ridge)


def _trials(probe: Kind, grid: Sequence[float], x: Tensor, y: Tensor, classes: int | None) -> list[Kind]:
    """The probe with every penalty. What is wrong with the rows is warned of when all of them are fitted."""
    trials = [_with(probe, ridge) for ridge in grid]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ProbeWarning)
        gram = _gram(probe, grid, x, y, classes) if isinstance(probe, LinearProbe) else None
        for trial in trials:
            if gram is not None and isinstance(trial, LinearProbe):
                trial.fit_gram(gram)
            else:
                trial.fit(x, y, classes)
    return trials


def _gram(probe: LinearProbe, grid: Sequence[float], x: Tensor, y: Tensor, classes: int | None) -> Gram:
    fast = grid[0] >= SAFE_RIDGE and x.dtype is not torch.float64
    return Gram.of(x, y, len(probe.classes or ()) if classes is None else classes, fast=fast)


@torch.no_grad()
def _cross_entropy(probe: Probe, x: Float[Tensor, "row width"], y: Integer[Tensor, "row target"]) -> float:
    """Nats a label. A class that the fitted rows lacked costs the same, and not infinitely much, for every penalty."""
    total = 0.0
    for chunk, labels in zip(torch.split(x, CHUNK), torch.split(y, CHUNK), strict=True):
        logs = probe.scores(chunk).log_softmax(-1)
        asked = logs.gather(2, labels.to(logs.device, torch.int64)[..., None])
        total -= float(asked.clamp(min=math.log(torch.finfo(logs.dtype).tiny)).sum(dtype=torch.float64))
    return total / y.numel()


def _accuracy(probe: Probe, x: Float[Tensor, "row width"], y: Integer[Tensor, "row target"]) -> float:
    return probe.score(x, y)


__all__ = ["Choice", "Split", "choose", "split"]
