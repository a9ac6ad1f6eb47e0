"""What the best prunings say, and which weights they share with the bigram subnetwork."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import combinations
from typing import Any

from experiments.bigrams.overlap.drawn import drawn
from experiments.bigrams.scoring import model_surprisals
from experiments.bigrams.subject import Subject
from interp.correlation import correlation
from interp.subnetworks.mask import Mask
from interp.subnetworks.overlap import overlap


def measure(subject: Subject, cores: Sequence[Mask], optimal: Mapping[float, Sequence[Mask]]) -> dict[str, Any]:
    """Correlations and overlaps as JSON. `optimal` holds the best prunings by share of the weights, descending.

    Each of them is compared with the bigram subnetwork of the same seed, or one for all seeds with each. Random masks
    stand beside the sparsest (as many weights in each matrix), and beside the bigram subnetworks for the overlap.
    """
    saying = Saying(subject)
    sparsest = list(optimal.values())[-1]

    told = [
        {
            "share": share,
            "masks": [saying.of(mask) for mask in masks],
            "pairs": [shared(subject, *pair) for pair in _paired(cores, masks)],
        }
        for share, masks in optimal.items()
    ]
    judged = [masks for masks in optimal.values() if masks[0].size >= cores[0].size][-1]
    chance = [
        (drawn(subject, core, f"overlap/{draw}"), other) for draw, (core, other) in enumerate(_paired(cores, judged))
    ]
    return {
        "full": {"r": saying.full},
        "empty": saying.of(Mask.empty(subject.model)),
        "core": [saying.of(core) for core in cores],
        "optimal": told,
        "random": [saying.of(drawn(subject, mask, f"sparsest/{draw}")) for draw, mask in enumerate(sparsest)],
        "random pairs": [shared(subject, *pair) for pair in chance],
        "between seeds": [shared(subject, *pair) for pair in combinations(cores, 2)],
    }


class Saying:
    """How the surprisals of a subnetwork follow those of the bigrams, and those of the full model.

    Both over the same held-out tokens: those whose bigram was seen.
    """

    def __init__(self, subject: Subject):
        self._subject, self._model = subject, model_surprisals(subject, None)
        self._where = subject.surprisals.isfinite()
        self.full = correlation(self._model, subject.surprisals, self._where).r
        """The full model's correlation with the bigrams."""

    def of(self, mask: Mask) -> dict[str, Any]:
        """Size and both correlations of one mask."""
        found = model_surprisals(self._subject, mask)
        return {
            "size": mask.size,
            "share": mask.share,
            "r": correlation(found, self._subject.surprisals, self._where).r,
            "r with the model": correlation(found, self._model, self._where).r,
        }


def shared(subject: Subject, core: Mask, other: Mask) -> dict[str, Any]:
    """The overlap of two masks with what each kind of chance expects."""
    found = overlap(core, other, subject.model)
    return {**asdict(found), "contained": found.contained, "jaccard": found.jaccard}


def _paired(cores: Sequence[Mask], masks: Sequence[Mask]) -> list[tuple[Mask, Mask]]:
    """Masks of equal seeds; a single one with each."""
    return list(zip(cores, masks if len(masks) == len(cores) else [masks[0]] * len(cores), strict=True))


__all__ = ["Saying", "measure", "shared"]
