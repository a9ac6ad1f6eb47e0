"""What is lost, and what is written, without the bigram subnetwork and without what it must beat."""

from collections.abc import Sequence
from typing import Any

from experiments.bigrams.necessity.losing import losses
from experiments.bigrams.necessity.masks import by_kind
from experiments.bigrams.necessity.settings import Settings
from experiments.bigrams.necessity.writing import writing
from experiments.bigrams.subject import Subject
from experiments.language.dictionaries.reading import some
from interp.subnetworks.controls import mean_magnitude
from interp.subnetworks.mask import Mask


def measure(
    subject: Subject, cores: Sequence[Mask], optimal: Sequence[Mask], settings: Settings, seed: int
) -> dict[str, Any]:
    """Losses and continuations by kind of mask, as JSON."""
    masks = by_kind(subject, cores, optimal)
    tokens = some(subject.held_out, settings.windows).tokens.long()
    lost, written = losses(subject.model, tokens, masks, seed), writing(subject, masks, settings, seed)
    return {
        "share": cores[0].share,
        "full": {"loss": lost["full"], "top share": written["full"]},
        "empty": {"loss": lost["empty"]},
        "text": {"top share": written["text"]},
        "alone": {"top share": written["alone"]},
        "kinds": {
            kind: {
                **lost["kinds"][kind],
                "top share": written["kinds"][kind],
                "size": those[0].size,
                "mean magnitude": [mean_magnitude(subject.model, mask) for mask in those],
            }
            for kind, those in masks.items()
        },
        "written": written["written"],
    }


__all__ = ["measure"]
