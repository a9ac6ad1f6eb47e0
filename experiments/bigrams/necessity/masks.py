"""What is taken away: the bigram subnetwork, and all that it must beat."""

from collections.abc import Sequence

from experiments.bigrams.overlap.drawn import drawn
from experiments.bigrams.subject import Subject
from interp.subnetworks.controls import Match, top_magnitude
from interp.subnetworks.mask import Mask

KINDS = ("bigram", "optimal", "count", "magnitude", "top")
"""The bigram subnetwork; the best pruning of the same size; random masks with as many weights in each matrix, and with
as many in each tenth of it by magnitude; the largest weights of each matrix."""


def by_kind(subject: Subject, cores: Sequence[Mask], optimal: Sequence[Mask]) -> dict[str, list[Mask]]:
    """Masks of every kind of `KINDS`: the last three as many as there are bigram subnetworks, each matched to one."""
    matches: dict[str, Match] = {"count": "count", "magnitude": "magnitude"}
    return {
        "bigram": list(cores),
        "optimal": list(optimal),
        **{
            kind: [drawn(subject, core, f"necessity/{draw}", match) for draw, core in enumerate(cores)]
            for kind, match in matches.items()
        },
        "top": [top_magnitude(subject.model, core) for core in cores],
    }


__all__ = ["KINDS", "by_kind"]
