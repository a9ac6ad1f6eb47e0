"""Losses by the class of the current and of the next token, with intervals over documents."""

from dataclasses import dataclass
from math import nan
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float64, Int64, Real
from torch import Tensor

from interp.errors import ShapeError, unknown
from interp.stats import Interval, bootstrap
from interp.token_classes.transitions import Transitions

_TOGETHER = 2**20
"""Numbers that a bootstrap of differences draws at a time."""


class Group(NamedTuple):
    """The predictions from one class of token to another."""

    current: str
    """Class of the token that is read."""
    following: str
    """Class of the token that comes next."""
    predictions: int
    """How many there are in the group."""
    mean: Interval
    """Loss of a prediction, in nats; NaN for a group without one."""
    loss_share: Interval
    """Share of the loss of all predictions that count."""
    token_share: Interval
    """Share of their number: a group has a large part of the loss by its loss or by its size."""


@dataclass(frozen=True, eq=False)
class GroupedLosses:
    """Sums and numbers of losses by document and group; those of parts of a text add up."""

    sums: Float64[np.ndarray, "document current following"]
    """Nats, summed."""
    counts: Int64[np.ndarray, "document current following"]
    """Predictions."""
    documents: Int64[np.ndarray, " document"]
    """The documents' numbers, ascending."""
    current: tuple[str, ...]
    """Names of the classes of the token that is read."""
    following: tuple[str, ...]
    """Names of the classes of the token that comes next."""

    @property
    def means(self) -> Float64[np.ndarray, "current following"]:
        """Loss of a prediction in each group; NaN for one without a prediction."""
        return _ratios(self.sums.sum(0), self.counts.sum(0))

    @property
    def loss_shares(self) -> Float64[np.ndarray, "current following"]:
        """Share of the whole loss in each group; NaN where there is no loss at all."""
        sums = self.sums.sum(0)
        return _ratios(sums, np.full(sums.shape, sums.sum()))

    @property
    def token_shares(self) -> Float64[np.ndarray, "current following"]:
        """Share of all predictions in each group."""
        counts = self.counts.sum(0)
        return _ratios(counts, np.full(counts.shape, counts.sum()))

    def table(self, generator: np.random.Generator, level: float = 0.95, draws: int = 1000) -> list[Group]:
        """Every group with its intervals; the same documents are drawn for all, so that no draw favours one."""
        seed = int(generator.integers(2**62))
        whole, all_of_them = self.sums.sum((1, 2)), self.counts.sum((1, 2))

        def interval(top: Real[np.ndarray, " document"], bottom: Real[np.ndarray, " document"]) -> Interval:
            if not bottom.sum():
                return Interval(nan, nan, nan, 0)
            return bootstrap(top, bottom, np.random.default_rng(seed), level, draws)

        rows = []
        for place in np.ndindex(len(self.current), len(self.following)):
            sums, counts = self.sums[:, *place], self.counts[:, *place]
            names = self.current[place[0]], self.following[place[1]]
            intervals = interval(sums, counts), interval(sums, whole), interval(counts, all_of_them)
            rows.append(Group(*names, int(counts.sum()), *intervals))
        return rows

    def difference(
        self,
        one: tuple[str, str],
        other: tuple[str, str],
        generator: np.random.Generator,
        level: float = 0.95,
        draws: int = 1000,
    ) -> Interval:
        """The mean loss of group `one` less that of `other`, each as (current, next), both of the same documents drawn.

        Whether a group's loss is the highest is told by such differences: the intervals of two means that overlap
        may still differ surely. Draws without either group are left out. Raises `UnknownNameError` for a group that is
        not there, `ShapeError` for one without a prediction.
        """
        if not 0 < level < 1 or draws < 1:
            raise ShapeError(f"level must lie between 0 and 1 and draws be at least 1, not {level} and {draws}")
        places = [self._place(*names) for names in (one, other)]
        columns = [values[:, *place] for place in places for values in (self.sums, self.counts)]
        numbers = np.stack(columns, 1).astype(np.float64)
        if not (numbers[:, 1].sum() and numbers[:, 3].sum()):
            raise ShapeError(f"there is no prediction from {' to '.join(one)}, or none from {' to '.join(other)}")
        value, count = float(_differences(numbers.sum(0)[None])[0]), len(numbers)
        if count == 1:
            return Interval(value, value, value, 1)
        found: list[float] = []
        for begin in range(0, draws, step := max(1, _TOGETHER // count)):
            times = generator.multinomial(count, np.full(count, 1 / count), size=min(step, draws - begin))
            drawn = times @ numbers
            found += _differences(drawn[(drawn[:, 1] > 0) & (drawn[:, 3] > 0)]).tolist()
        low, high = np.quantile(found or [value], [(1 - level) / 2, (1 + level) / 2])
        return Interval(value, float(low), float(high), count)

    def __add__(self, other: "GroupedLosses") -> "GroupedLosses":
        """Of two parts of a text that have no prediction in common. Raises `ShapeError` for other classes."""
        if (self.current, self.following) != (other.current, other.following):
            raise ShapeError("losses by other classes cannot be added")
        documents, place = np.unique(np.concatenate([self.documents, other.documents]), return_inverse=True)
        sums = np.zeros((len(documents), *self.sums.shape[1:]))
        counts = np.zeros(sums.shape, np.int64)
        np.add.at(sums, place, np.concatenate([self.sums, other.sums]))
        np.add.at(counts, place, np.concatenate([self.counts, other.counts]))
        return GroupedLosses(sums, counts, documents, self.current, self.following)

    def _place(self, current: str, following: str) -> tuple[int, int]:
        for name, names in ((current, self.current), (following, self.following)):
            if name not in names:
                raise unknown("class", name, names)
        return self.current.index(current), self.following.index(following)


def grouped_losses(losses: Real[Tensor, "sequence predicted"], transitions: Transitions) -> GroupedLosses:
    """Losses of predictions (`interp.surprisals.surprisals`), summed by document and group (Zhang et al. 2025, 4.3).

    Raises `ShapeError` for other predictions than those of the transitions, for a loss that counts and is not a finite
    number of at least 0, and when no prediction counts.
    """
    if losses.shape != transitions.groups.shape:
        raise ShapeError(f"losses {list(losses.shape)} of predictions {list(transitions.groups.shape)}")
    counted = transitions.groups >= 0
    if not bool(counted.any()):
        raise ShapeError("no prediction counts: the transitions have no group anywhere")
    values = losses.detach().cpu().double()[counted]
    if not bool((values.isfinite() & (values >= 0)).all()):
        raise ShapeError("losses must be finite and at least 0 where they count: look for NaN where they were made")
    documents, row = torch.unique(transitions.documents[counted].long(), return_inverse=True)
    cells = row * transitions.count + transitions.groups[counted]
    size = len(documents) * transitions.count
    shape = (len(documents), len(transitions.current), len(transitions.following))
    sums = torch.bincount(cells, values, minlength=size).view(shape)
    counts = torch.bincount(cells, minlength=size).view(shape)
    return GroupedLosses(sums.numpy(), counts.numpy(), documents.numpy(), transitions.current, transitions.following)


def _ratios(
    top: Real[np.ndarray, "current following"], bottom: Real[np.ndarray, "current following"]
) -> Float64[np.ndarray, "current following"]:
    """One by the other; NaN where the other is 0."""
    found = np.full(top.shape, nan)
    np.divide(top, bottom, out=found, where=bottom > 0)
    return found


def _differences(numbers: Float64[np.ndarray, "draw 4"]) -> Float64[np.ndarray, " draw"]:
    """Mean less mean, of [sum, count, other sum, other count]."""
    difference: Float64[np.ndarray, " draw"] = numbers[:, 0] / numbers[:, 1] - numbers[:, 2] / numbers[:, 3]
    return difference


__all__ = ["Group", "GroupedLosses", "grouped_losses"]
