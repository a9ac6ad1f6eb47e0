"""The label that a latent is best for, out of what `interp.matching.match` found."""

from collections.abc import Sequence
from math import isfinite
from typing import NamedTuple

from torch import Tensor

from interp.errors import ShapeError
from interp.matching.matches import Matches


class Label(NamedTuple):
    """A label and how well a latent tells it, on rows of groups that had no part in the choice."""

    name: str
    """The label."""
    by: str
    """The measure by which the latent was chosen for it: "f1" or "auroc"."""
    auroc: float | None
    """The latent's AUROC for the label."""
    f1: float | None
    """The F1 of "value >= threshold"."""
    threshold: float
    """The threshold, chosen on the selecting rows."""
    interval: tuple[float, float, int]
    """Of the measure: 95 % over groups (or the level of the match), and the number of groups behind it."""
    shuffled: float | None
    """The measure of the best latent for the same label in the wrong rows: what the choice finds anyway."""
    selected: float
    """The measure on the selecting rows: a best of many, therefore flattering."""
    selecting: int
    """Rows to select latent and threshold on."""
    reporting: int
    """Rows on which AUROC, F1 and interval were measured."""


def best_labels(matches: Matches, names: Sequence[str]) -> dict[int, Label]:
    """For every latent that is the best one for a label, that label; of several the one with the highest measure.

    Which of several labels is decided on the selecting half as well, so that the numbers on the reporting half stay
    fair. `names` are the labels' in the order of the columns. Raises `ShapeError` for another number of them.
    """
    best = matches.best
    if len(names) != len(best.latent):
        raise ShapeError(f"need one name a label: {len(names)} for {len(best.latent)} labels")
    found: dict[int, Label] = {}
    for column, latent in enumerate(best.latent.tolist()):
        if latent < 0 or (latent in found and found[latent].selected >= float(best.selected[column])):
            continue
        interval = matches.intervals[column]
        wrong = matches.shuffled
        found[latent] = Label(
            name=names[column],
            by=matches.by,
            auroc=_number(best.auroc, column),
            f1=_number(best.f1, column),
            threshold=float(best.threshold[column]),
            interval=(interval.low, interval.high, interval.n),
            shuffled=_number(wrong.f1 if matches.by == "f1" else wrong.auroc, column),
            selected=float(best.selected[column]),
            selecting=len(matches.halves.selecting),
            reporting=len(matches.halves.reporting),
        )
    return found


def _number(values: Tensor, place: int) -> float | None:
    """One of them; JSON has no NaN."""
    value = float(values[place])
    return value if isfinite(value) else None


__all__ = ["Label", "best_labels"]
