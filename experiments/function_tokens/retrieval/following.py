"""Reactivation by class of token, as plain JSON."""

from typing import Any

import numpy as np

from experiments.function_tokens.retrieval.latents import Latents
from experiments.function_tokens.retrieval.ratios import difference_in, ratio, ratio_of_ratios
from interp.retrieval.reactivation import SAME, Reactivation, reactivation
from interp.stats import Interval
from interp.token_classes import Classes

FUNCTION, CONTENT = "function", "content"
WORDS = ("content, word-initial", "content, other")
"""The two classes of content tokens."""
CLASSES = {
    FUNCTION: (FUNCTION,), CONTENT: WORDS, WORDS[0]: WORDS[:1], WORDS[1]: WORDS[1:], SAME: (SAME,),
}  # fmt: skip
"""What is told, and the classes that are taken together for it."""
CHANCE = (
    "the same latents at tokens of the same class, at the same place in passages of other documents, in which they "
    "were not active before"
)
"""What controls are, in words: see `interp.retrieval.reactivation`."""


def following(one: Latents) -> dict[str, Any]:
    """Latents that begin at a content token, by what they come back at."""
    subject = one.subject
    classes = Classes.with_words(subject.function, subject.word_initial)
    purpose = f"reactivation {one.site} {subject.model.name}"
    found = reactivation(one.occurrences, classes, subject.function.content.mask.numpy(), subject.rng(purpose))
    rng, ratios = subject.rng(f"{purpose}, intervals"), subject.rng(f"{purpose}, ratios")
    told = {
        name: {**_told(found, names, rng), **_ratios(found, names, ratios)}
        for name, names in CLASSES.items()
        if _measurable(found, names)
    }
    both = found.difference(FUNCTION, WORDS, rng), found.difference(FUNCTION, (*WORDS, SAME), rng)
    return {
        "bands": list(found.bands), "origins": found.origins, "unmatched": found.unmatched, "classes": told,
        "difference": list(both[0]), "difference with repeats": list(both[1]), **compared(found, ratios),
    }  # fmt: skip


def compared(found: Reactivation, rng: np.random.Generator) -> dict[str, Any]:
    """Function tokens against content tokens as a ratio, too, and on both scales at each distance."""
    one, bands = CLASSES[FUNCTION], range(len(found.bands))
    return {
        "ratio of ratios": _list(ratio_of_ratios(found, one, WORDS, rng)),
        "difference by distance": [_list(difference_in(found, one, WORDS, rng, band)) for band in bands],
        "ratio of ratios by distance": [_list(ratio_of_ratios(found, one, WORDS, rng, band)) for band in bands],
    }


def _told(found: Reactivation, names: tuple[str, ...], rng: np.random.Generator) -> dict[str, Any]:
    return {
        "rate": list(found.rate(names, rng)),
        "control": list(found.rate(names, rng, control=True)),
        "excess": list(found.excess(names, rng)),
        **{
            key: [_list(one) for one in found.by_band(names, rng, control=control)]
            for key, control in (("by distance", False), ("control by distance", True))
        },
    }  # fmt: skip


def _ratios(found: Reactivation, names: tuple[str, ...], rng: np.random.Generator) -> dict[str, Any]:
    return {
        "ratio": _list(ratio(found, names, rng)),
        "ratio by distance": [_list(ratio(found, names, rng, band)) for band in range(len(found.bands))],
    }


def _list(interval: Interval | None) -> list[float | int] | None:
    return None if interval is None else list(interval)


def _measurable(found: Reactivation, names: tuple[str, ...]) -> bool:
    """Whether there is a trial of both kinds at one distance; in a short text a token may never come again."""
    places = [found.names.index(name) for name in names]
    both = (counts[:, places].sum((0, 1)) > 0 for counts in (found.trials, found.control_trials))
    return bool(np.logical_and(*both).any())


__all__ = ["CHANCE", "CLASSES", "CONTENT", "FUNCTION", "WORDS", "compared", "following"]
