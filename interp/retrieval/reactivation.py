"""Latents that fire again: after their first activity at some token, at which tokens, and how far on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64, Integer

from interp.errors import ShapeError, unknown
from interp.retrieval.contrast import Term, contrast
from interp.retrieval.passages import Passages
from interp.retrieval.stand_ins import stand_ins
from interp.stats import Interval, bootstrap
from interp.token_classes.classes import Classes
from interp.token_graph.occurrences import Occurrences

SAME = "the same token"
"""The class of later occurrences of the token at which the latent was first active, whatever class it is in."""
DISTANCES = (1, 2, 4, 8, 16, 32, 64)
"""The first distance of each band of distances; the last band has no end."""


@dataclass(frozen=True, eq=False)
class Reactivation:
    """How often latents that were first active at an origin fire at later tokens, by class of these and by distance.

    A trial is a latent with an origin and a later token of the same passage; it is a hit where the latent fires. Each
    trial has its control: at the same place and distance, a random latent of about the same density that was not
    active in the passage before. (But for those origins to which none was found.)
    """

    names: tuple[str, ...]
    """Of the classes; the last is `SAME`."""
    bands: tuple[int, ...]
    """The first distance of each band."""
    hits: Int64[np.ndarray, "document class band"]
    """Trials at which the latent fires again."""
    trials: Int64[np.ndarray, "document class band"]
    """Latents with an origin, times later tokens."""
    control_hits: Int64[np.ndarray, "document class band"]
    """The same of the latents that stand in for them."""
    control_trials: Int64[np.ndarray, "document class band"]
    """The same."""
    origins: int
    """Latents first active at a token where they may be, summed over passages."""
    unmatched: int
    """Origins for which no latent was found that could stand in: those of the densest latents."""

    def by_band(
        self, names: str | Sequence[str], generator: np.random.Generator, *, control: bool = False
    ) -> list[Interval | None]:
        """Share of hits in each band, over classes taken together, with its interval over documents; None: no trial."""
        hits, trials = self._counts(names, control)
        return [
            bootstrap(hits[:, band], trials[:, band], generator) if trials[:, band].any() else None
            for band in range(len(self.bands))
        ]

    def rate(self, names: str | Sequence[str], generator: np.random.Generator, *, control: bool = False) -> Interval:
        """Share of hits at a standard distance: bands weigh as many trials as all classes but `SAME` have in them.

        So classes that stand nearer to origins have no advantage. A band without a trial is left out. Raises
        `UnknownNameError` for a class that is not there, `ShapeError` for one without a trial.
        """
        return contrast([self._term(1, names, control)], self._weights, generator)

    def excess(self, names: str | Sequence[str], generator: np.random.Generator) -> Interval:
        """How much higher the rate is than that of the control, both of the same documents drawn. Raises as `rate`."""
        return contrast([self._term(1, names, False), self._term(-1, names, True)], self._weights, generator)

    def difference(
        self, one: str | Sequence[str], other: str | Sequence[str], generator: np.random.Generator
    ) -> Interval:
        """The excess at tokens of `one` less that at tokens of `other`: is a class more than its position and density?

        Over the bands in which both have trials; raises as `rate`.
        """
        terms = [
            self._term(sign * side, names, control)
            for side, names in ((1, one), (-1, other))
            for sign, control in ((1, False), (-1, True))
        ]
        return contrast(terms, self._weights, generator)

    @property
    def _weights(self) -> Float64[np.ndarray, " band"]:
        weights: Float64[np.ndarray, " band"] = self.trials[:, :-1].sum((0, 1)).astype(np.float64)
        return weights

    def _counts(
        self, names: str | Sequence[str], control: bool
    ) -> tuple[Int64[np.ndarray, "document band"], Int64[np.ndarray, "document band"]]:
        asked = [names] if isinstance(names, str) else list(names)
        for name in asked:
            if name not in self.names:
                raise unknown("class of tokens", name, self.names)
        places = [self.names.index(name) for name in asked]
        both = (self.control_hits, self.control_trials) if control else (self.hits, self.trials)
        return both[0][:, places].sum(1), both[1][:, places].sum(1)

    def _term(self, sign: int, names: str | Sequence[str], control: bool) -> Term:
        return Term(sign, *self._counts(names, control))


def reactivation(
    occurrences: Occurrences,
    classes: Classes,
    origins: Bool[np.ndarray, " token"],
    generator: np.random.Generator,
    *,
    bands: Sequence[int] = DISTANCES,
    neighbours: int = 25,
) -> Reactivation:
    """Follow each latent from its first activity in a passage, where that is at one of the tokens `origins`.

    A passage is what the model read together of one document (see `Passages`). Later tokens are in the class that
    `classes` says, and in `SAME` where they are the origin's token again: a latent of one token is no memory. A control
    latent is drawn from the `neighbours` alive latents on either side by density, among those that fire at origins
    about as often (see `stand_ins`), and is the same for all its distances.
    Raises `ShapeError` for another vocabulary, bands that do not ascend from 1, and when no latent has an origin.
    """
    if not len(bands) or bands[0] != 1 or (np.diff(bands) <= 0).any():
        raise ShapeError(f"bands of distances must ascend from 1, not {list(bands)}")
    if not len(origins) == classes.vocabulary == occurrences.vocabulary:
        raise ShapeError(
            f"{occurrences.vocabulary} tokens occur, {classes.vocabulary} have a class, {len(origins)} may be origins"
        )
    passages = Passages.of(occurrences, classes, bands)
    first = passages.first
    events = np.flatnonzero(first & origins[occurrences.tokens[occurrences.rows]])
    if not len(events):
        raise ShapeError("no latent is first active at one of the tokens at which it may be")
    # Every later event of the same latent in the same passage; the event at which it began is its origin.
    began = np.maximum.accumulate(np.where(first, np.arange(len(first)), 0))
    chosen = np.zeros(len(first), np.bool_)
    chosen[events] = True
    again = np.flatnonzero(~first & chosen[began])
    rows = occurrences.rows.astype(np.int64)
    instead, found = stand_ins(occurrences, passages, events, origins, generator, neighbours)
    active = instead >= 0
    begins, ends = instead[active], passages.ends(instead[active])
    return Reactivation(
        (*classes.names, SAME), tuple(int(band) for band in bands),
        passages.hits(rows[began[again]], rows[again]), passages.trials(rows[events]),
        passages.hits(np.repeat(rows[events[active]], ends - begins), rows[_ranges(begins, ends)]),
        passages.trials(rows[events[found]]), len(events), len(events) - int(found.sum()),
    )  # fmt: skip


def _ranges(begins: Integer[np.ndarray, " range"], ends: Integer[np.ndarray, " range"]) -> Int64[np.ndarray, " number"]:
    """The numbers of all ranges, one after the other."""
    sizes = ends - begins
    offsets = np.repeat(begins - np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes)
    found: Int64[np.ndarray, " number"] = np.arange(sizes.sum()) + offsets
    return found


__all__ = ["DISTANCES", "SAME", "Reactivation", "reactivation"]
