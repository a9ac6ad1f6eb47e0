"""The search for the latent of a topic: the paper's appendix A, and a strength for what it finds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from experiments.function_tokens.dictionaries import released, trained
from experiments.function_tokens.steering.settings import Settings
from experiments.function_tokens.steering.topics import Topic
from experiments.function_tokens.subject import Subject
from experiments.language.dictionaries.reading import some
from interp.dictionaries.architectures import TopK
from interp.models.sites import Site, resid
from interp.records import Run
from interp.retrieval.steering import Writer, mean_norms
from interp.retrieval.trait import (
    Smallest,
    alike,
    by_site,
    direction,
    first_latents,
    last_activations,
    ranked,
    success,
)
from interp.token_graph.events import events


class Depth(NamedTuple):
    """Where a topic is steered to best by the whole activation of its prompt."""

    plain: float
    """Success without steering."""
    rates: Mapping[Site, float]
    """Success at each depth."""
    site: Site
    """The depth with the highest; the shallowest of equals."""
    activation: Float[Tensor, " width"]
    """The activation of the trait's prompt there."""


class Instrument(NamedTuple):
    """A dictionary where it is used."""

    site: Site
    """What it reads."""
    dictionary: Any
    """The dictionary."""
    norm: float
    """The mean length of activations there: the unit of strength."""
    densities: Float64[Tensor, " latent"]
    """The share of held-out positions at which each latent fires."""


@dataclass(frozen=True, eq=False)
class Found:
    """The latent of a topic, and what it is compared with."""

    depth: Depth
    """Where it was searched."""
    instrument: Instrument
    """The dictionary that it is of."""
    ranked: Int64[Tensor, " active"]
    """The latents that are active in the trait's prompt at its last token, the most active first."""
    level: float
    """The success from which on latents count as bringing the trait."""
    smallest: Smallest
    """How many of the first latents it takes."""
    random: Int64[Tensor, " draw"]
    """Latents that fire about as often."""
    strength: float = 0.0
    """The strength with the highest success on the prompts of the search, the lowest of equals; set by `strongest`."""
    by_strength: tuple[float, ...] = ()
    """The success of each strength there."""

    @property
    def brings(self) -> bool:
        """Whether the search found a latent: whether the active latents, all together at the most, bring the trait."""
        return self.smallest.k is not None

    @property
    def latent(self) -> int:
        """The last of the first latents that it takes; where even all of them do not bring it, the most active one."""
        return int(self.ranked[(self.smallest.k or 1) - 1])

    def directions(self) -> dict[str, list[Float[Tensor, " width"]]]:
        """What is added at strength 1 by kind: the latent, random ones, the whole activation; all equally long."""
        inside = self.instrument.dictionary
        length, whole = self.instrument.norm, self.depth.activation.float()
        return {
            "latent": [length * direction(inside, torch.tensor([self.latent]))],
            "random": [length * direction(inside, one[None]) for one in self.random],
            "activation": [length * whole / whole.norm()],
        }


def deepest(subject: Subject, topic: Topic, sites: Sequence[Site], settings: Settings) -> Depth:
    """Try the activation of the trait's prompt at every depth."""
    writer = searching(subject, topic, settings)
    activations = last_activations(subject.model, topic.prompt, sites)
    rates = by_site(writer, topic.scorer, activations)
    best = max(rates, key=lambda one: rates[one])  # the first of equals
    return Depth(success(topic.scorer(writer())), rates, best, activations[best])


def instruments(subject: Subject, sites: Sequence[Site], settings: Settings, this: Run) -> dict[Site, Instrument]:
    """The dictionaries at some depths: those of the release, or new ones."""
    if settings.release:
        found = dict(released(settings, name, this) for name in settings.loaded)
    else:
        wanted = {one.name: (one, TopK(settings.width, k=settings.k)) for one in sites}
        made = trained(
            subject, subject.model, wanted, rows=settings.rows, batch=settings.batch, seed=subject.seed, this=this
        )
        found = {one: made[one.name] for one in sites}
    text = some(subject.held_out, settings.counted)
    norms = mean_norms(subject.model, text, found)
    return {
        one: Instrument(one, inside, norms[one], _densities(subject, one, inside, settings))
        for one, inside in found.items()
    }


def places(subject: Subject, settings: Settings, this: Run) -> list[Site]:
    """The depths that are tried: all, or those of the release."""
    if settings.release:
        return [released(settings, name, this)[0] for name in settings.loaded]
    return [resid(depth) for depth in range(subject.model.depth + 1)]


def latent(subject: Subject, topic: Topic, depth: Depth, instrument: Instrument, settings: Settings) -> Found:
    """Decompose the activation, find the first latents that bring the trait, and the strength that brings it best.

    They bring it when success comes at least half-way from what there is without steering to what the whole
    activation reaches, and by one prompt at the least.
    """
    writer = searching(subject, topic, settings)
    level = max((depth.plain + depth.rates[depth.site]) / 2, depth.plain + 1 / len(topic.searched))
    order, _ = ranked(instrument.dictionary, depth.activation)
    length = settings.search_strength * instrument.norm
    first = first_latents(writer, topic.scorer, depth.site, instrument.dictionary, order, length, level)
    own = int(order[(first.k or 1) - 1])
    generator = subject.generator(f"random latents of {topic.name}")
    alive = int((instrument.densities > 0).sum()) - 1
    random = alike(instrument.densities, own, min(settings.draws, alive), generator, near=min(32, alive))
    return strongest(Found(depth, instrument, order, level, first, random), topic, writer, settings)


def strongest(found: Found, topic: Topic, writer: Writer, settings: Settings) -> Found:
    """The same with the strength that brings the trait best on the prompts of the search."""
    (vector,) = found.directions()["latent"]
    rates = [success(topic.scorer(writer(found.depth.site, strength * vector))) for strength in settings.strengths]
    best = settings.strengths[rates.index(max(rates))]
    return Found(
        found.depth, found.instrument, found.ranked, found.level, found.smallest, found.random, best, tuple(rates)
    )


def searching(subject: Subject, topic: Topic, settings: Settings) -> Writer:
    """Who goes on with the prompts of the search."""
    return Writer(subject.model, topic.searched, settings.written, settings.temperature, subject.seed)


def _densities(subject: Subject, site: Site, dictionary: Any, settings: Settings) -> Float64[Tensor, " latent"]:
    text, width = some(subject.held_out, settings.counted), len(dictionary.W_dec)
    counts = torch.zeros(width, dtype=torch.float64)
    # The paper's latents were made from the base model and are used on the one that was tuned.
    for batch in events(subject.model, dictionary, site, text, trust=settings.release is not None):
        counts += torch.bincount(torch.from_numpy(batch.latents), minlength=width)
    return counts / text.rows


__all__ = ["Depth", "Found", "Instrument", "deepest", "instruments", "latent", "places", "searching", "strongest"]
