"""Which latents of a place speak for the next token, and whether these are the ones that came back."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float64, Int64
from torch import Tensor

from experiments.function_tokens.retrieval.following import CONTENT, FUNCTION
from experiments.function_tokens.retrieval.latents import Latents
from experiments.function_tokens.retrieval.settings import Settings
from experiments.function_tokens.subject import Subject
from interp.errors import InterpError
from interp.retrieval.effects import Effects, effects
from interp.retrieval.ranks import agreement, higher
from interp.stats import bootstrap

EARLY = 8
"""Positions at the beginning of a window at which no latent is removed: hardly any could have come back."""
CORRELATIONS = {
    "removal with direct effect": ("removal", "direct"),
    "removal with activation": ("removal", "activations"),
}  # fmt: skip
"""Spearman's correlations over the latents of a place; chance gives 0."""
AREAS = {"removal of reactivated": "removal", "direct effect of reactivated": "direct",
         "activation of reactivated": "activations"}  # fmt: skip
"""The chance that a latent that was active before has the higher number than one that was not; chance gives 0.5."""


def removing(one: Latents, settings: Settings) -> dict[str, Any]:
    """Rank agreements by class of token, each with its interval over documents."""
    subject = one.subject
    masks = {FUNCTION: subject.function.mask, CONTENT: subject.function.content.mask}
    rng = subject.rng("places")
    chosen = {name: some_places(subject, mask, settings.places, rng) for name, mask in masks.items()}
    found = effects(
        subject.model, one.dictionary, one.site, subject.held_out, torch.cat(list(chosen.values())),
        trust=bool(settings.release),
    )  # fmt: skip
    tokens = subject.tokens[found.sequences, found.positions]
    told = {}
    for name, mask in masks.items():
        inside = mask[tokens]
        if not inside.any():
            raise InterpError(f"no latent is active at any of {len(chosen[name])} {name} tokens")
        told[name] = _told(subject, Effects(*(column[inside] for column in found)), rng)
    return told


def some_places(
    subject: Subject, mask: Bool[Tensor, " token"], count: int, rng: np.random.Generator
) -> Int64[Tensor, "place 2"]:
    """Random places of a class, not at the beginning of a window, with a next token of the same document.

    Raises `InterpError` when there is none.
    """
    held = subject.held_out
    usable = held.kept[:, :-1] & held.kept[:, 1:] & (held.documents[:, :-1] == held.documents[:, 1:])
    usable &= mask[subject.tokens[:, :-1]]
    usable[:, :EARLY] = False
    places = usable.nonzero()
    if not len(places):
        raise InterpError(f"no token of the class has a next one behind the first {EARLY} of its window")
    return places[torch.from_numpy(rng.permutation(len(places))[:count])]


def _told(subject: Subject, found: Effects, rng: np.random.Generator) -> dict[str, Any]:
    place = found.place
    first = torch.cat([place.new_ones(1, dtype=torch.bool), place.diff() > 0])
    documents = subject.documents[found.sequences[first], found.positions[first]].numpy()
    columns = found._asdict()
    numbers = {key: agreement(columns[one], columns[other], place) for key, (one, other) in CORRELATIONS.items()}
    numbers |= {key: higher(columns[score], found.earlier, place) for key, score in AREAS.items()}
    sums = torch.zeros(int(place.max()) + 1, dtype=torch.float64)
    share = sums.index_add(0, place, found.earlier.double()) / torch.bincount(place)
    numbers["share of reactivated"] = share.numpy()
    told = {key: _mean(values, documents, rng) for key, values in numbers.items()}
    return {**told, "places": int(place.max()) + 1, "latents": len(place)}


def _mean(
    values: Float64[np.ndarray, " place"], documents: Int64[np.ndarray, " place"], rng: np.random.Generator
) -> list[float | int] | None:
    """Over the places that have a number; None when none has."""
    known = np.isfinite(values)
    if not known.any():
        return None
    numbers = np.unique(documents[known], return_inverse=True)[1]
    return list(bootstrap(np.bincount(numbers, values[known]), np.bincount(numbers), rng))


__all__ = ["AREAS", "CORRELATIONS", "EARLY", "removing", "some_places"]
