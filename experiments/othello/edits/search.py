"""Which depths are edited, and how far: every window of neighbouring depths with every scale, on cases of their own."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import torch
from jaxtyping import Bool
from torch import Tensor

from experiments.othello.edits.errors import errors
from experiments.othello.edits.reading import Change, Reader


class Setting(NamedTuple):
    """Where and how far."""

    first: int
    """The first depth that is edited."""
    last: int
    """The last one; all between them are edited, too."""
    scale: float
    """Steps added at each."""

    @property
    def depths(self) -> range:
        """The depths that are edited."""
        return range(self.first, self.last + 1)


def windows(depths: int) -> list[tuple[int, int]]:
    """Every first and last of neighbouring depths, single ones and all of them included."""
    return [(first, last) for first in range(depths) for last in range(first, depths)]


def search(
    reader: Reader, change: Change, legal: Bool[Tensor, "case token"], scales: Iterable[float]
) -> dict[Setting, float]:
    """The mean errors against `legal` of every window of depths with every scale: nothing is left out or guessed."""
    steps = list(scales)
    settings = [Setting(*window, scale) for window in windows(reader.model.depth + 1) for scale in steps]
    return {one: _mean(errors(reader.answer(change, one.depths, one.scale).logits, legal)) for one in settings}


def best(found: Mapping[Setting, float]) -> Setting:
    """The setting with fewest errors; of equal ones that with the fewest depths, the least scale, the first."""
    return min(found, key=lambda one: (found[one], len(one.depths), one.scale, one.first))


def _mean(values: Tensor) -> float:
    return float(torch.mean(values))


__all__ = ["Setting", "best", "search", "windows"]
