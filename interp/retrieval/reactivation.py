"""Latents that fire again: after their first activity at some token, at which tokens, and how far on.

The control is the same latent at the same place in a passage of another document, at a token of the same class, where
it was not active before in that passage. For a latent without memory, what it did before says nothing about what it
does at a place. So at both it fires equally often, however dense it is and whatever class of tokens and place it likes.
And one with memory has none to show at the control: the difference is what being active before adds.

Other latents of about the same density are no control. Origins are more often those of the denser latents of any group,
while the ones that have not been active up to there, and so may stand in, are the sparser ones; and they like other
classes of tokens. Both look like memory where there is none.

The difference holds what a text itself repeats, too: where it speaks of one thing, words that are alike come again, and
their latents with them. An untrained model, which has learned to carry nothing, shows how much that is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from interp.errors import ShapeError, unknown
from interp.retrieval.contrast import Term, contrast
from interp.retrieval.elsewhere import Elsewhere
from interp.retrieval.passages import Passages
from interp.retrieval.trials import trials
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
    has its control: the same latent at the same place of a passage of another document, at a token of the same class,
    where it was not active before. A trial for which none was drawn is left out, so that trials of any kind count in
    proportion to their control; latents that are active almost everywhere count little far from their origins.
    """

    names: tuple[str, ...]
    """Of the classes; the last is `SAME`."""
    bands: tuple[int, ...]
    """The first distance of each band."""
    hits: Int64[np.ndarray, "document class band"]
    """Trials at which the latent fires again, for the documents in which they are."""
    trials: Int64[np.ndarray, "document class band"]
    """Latents with an origin, times later tokens."""
    control_hits: Int64[np.ndarray, "document class band"]
    """Controls at which the latent fires, for the documents in which these are: whoever draws documents draws them,
    too. Class and band are those of the trial."""
    control_trials: Int64[np.ndarray, "document class band"]
    """Controls; over all documents they are as many as trials."""
    origins: int
    """Latents first active at a token where they may be, summed over passages."""
    unmatched: int
    """Trials without a control, which are in none of the counts."""

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
        """The excess at tokens of `one` less that at tokens of `other`: at which does being active before add more?

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
) -> Reactivation:
    """Follow each latent from its first activity in a passage, where that is at one of the tokens `origins`.

    A passage is what the model read together of one document (see `Passages`). Later tokens are in the class that
    `classes` says, and in `SAME` where they are the origin's token again: a latent of one token is no memory. The
    control of each later token is drawn once, from all rows that are like it (see `Elsewhere`).
    Raises `ShapeError` for another vocabulary, bands that do not ascend from 1, and when no latent has an origin.
    """
    if not len(bands) or bands[0] != 1 or (np.diff(bands) <= 0).any():
        raise ShapeError(f"bands of distances must ascend from 1, not {list(bands)}")
    if not len(origins) == classes.vocabulary == occurrences.vocabulary:
        raise ShapeError(
            f"{occurrences.vocabulary} tokens occur, {classes.vocabulary} have a class, {len(origins)} may be origins"
        )
    passages = Passages.of(occurrences, classes, bands)
    events = np.flatnonzero(passages.first & origins[occurrences.tokens[occurrences.rows]])
    if not len(events):
        raise ShapeError("no latent is first active at one of the tokens at which it may be")
    elsewhere, unmatched = Elsewhere(passages), 0
    hits, tried, control_hits, control_tried = (np.zeros(passages.shape, np.int64) for _ in range(4))
    for some in trials(passages, events):
        kinds = passages.kinds(some.origins, some.later)
        rows, usable, active = elsewhere.controls(some, generator.random(len(kinds)))
        kept = usable & (kinds >= 0)
        unmatched += int((kinds >= 0).sum() - kept.sum())
        again, instead = kept & some.active, kept & active
        hits += passages.counted(some.later[again], kinds[again])
        tried += passages.counted(some.later[kept], kinds[kept])
        control_hits += passages.counted(rows[instead], kinds[instead])
        control_tried += passages.counted(rows[kept], kinds[kept])
    return Reactivation(
        (*classes.names, SAME), tuple(int(band) for band in bands), hits, tried, control_hits, control_tried,
        len(events), unmatched,
    )  # fmt: skip


__all__ = ["DISTANCES", "SAME", "Reactivation", "reactivation"]
