"""How often continuations of held-out prompts have the topic: by strength, and by class and distance of the place.

Everything is counted topic by topic, over the same prompts for the latent, random latents and no steering. Topics are
pooled in two sets: those whose search found a latent, which are judged, and those where the most active one stands in.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from torch import Tensor

from experiments.function_tokens.steering.counting import Tally, crossed, top_shares
from experiments.function_tokens.steering.searching import Found
from experiments.function_tokens.steering.settings import Settings
from experiments.function_tokens.steering.topics import Topic
from experiments.function_tokens.subject import Subject
from interp.retrieval.prompts import Prompts, cut
from interp.retrieval.steering import Writer

PLAIN, KINDS = "unsteered", ("latent", "random", "activation")
"""What is added: the topic's latent, random latents, the whole activation of the trait's prompt; or nothing."""
CLASSES = ("function", "content")
FOUND, NOT_FOUND = "found", "not found"
"""The topics whose search found a latent, and the others."""


class Tried(NamedTuple):
    """What became of the held-out prompts of one topic."""

    plain: Tally
    """Without steering."""
    kinds: Mapping[str, Sequence[Tally]]
    """By kind and strength."""
    chosen: Mapping[str, Tally]
    """By kind, at the strength that the topic's search chose."""


def by_strength(
    subject: Subject, topics: Sequence[Topic], found: Mapping[str, Found], settings: Settings
) -> dict[str, Any]:
    """Success and repetition by kind and strength: of each topic, and pooled over either set of topics.

    `over topics` holds the success at the chosen strength less that of random latents, and less that without steering,
    with intervals over topics and documents at once; over the topics whose search found a latent.
    """
    tried = {topic.name: _tried(subject, topic, found[topic.name], settings) for topic in topics}
    rng, own = subject.rng("by strength"), sets(found)
    judged = [tried[name] for name in own[FOUND]]
    latent = [one.chosen["latent"] for one in judged]
    return {
        "strengths": list(settings.strengths),
        "topics": {name: _told([one], rng) for name, one in tried.items()},
        **{name: _told([tried[each] for each in those], rng) if those else None for name, those in own.items()},
        "over topics": {
            "less random": crossed(latent, rng, [one.chosen["random"] for one in judged]),
            "less unsteered": crossed(latent, rng, [one.plain for one in judged]),
        } if judged else None,
    }  # fmt: skip


def by_place(
    subject: Subject, topics: Sequence[Topic], found: Mapping[str, Found], settings: Settings
) -> dict[str, Any]:
    """Success by class of the steered token and its distance from the end, at each topic's own strength.

    Prompts end in a function token, but those that are steered at their last token: these end in one of either class.
    """
    rng = subject.rng("by place")
    tried = {
        kind: {topic.name: _placed(subject, topic, found[topic.name], settings, kind) for topic in topics}
        for kind in CLASSES
    }

    def told(names: Sequence[str]) -> dict[str, Any]:
        """By class and by what was added: the success at each distance, over some topics together."""
        return {
            kind: {
                name: [
                    Tally.of(rows[each][name][place] for each in names).success(rng)
                    for place in range(len(settings.distances))
                ]
                for name in ("latent", "random", PLAIN)
            }
            for kind, rows in tried.items()
        }

    return {
        "distances": list(settings.distances),
        "topics": {topic.name: told([topic.name]) for topic in topics},
        **{name: told(those) if those else None for name, those in sets(found).items()},
    }


def sets(found: Mapping[str, Found]) -> dict[str, list[str]]:
    """The names of the topics whose search found a latent, and of the others."""
    return {
        FOUND: [name for name, one in found.items() if one.brings],
        NOT_FOUND: [name for name, one in found.items() if not one.brings],
    }


def samples(
    subject: Subject, topics: Sequence[Topic], found: Mapping[str, Found], settings: Settings
) -> list[dict[str, Any]]:
    """One prompt for each topic: how the model goes on with it as it is, and steered in each way."""
    told, decode = [], subject.train.codec.decode
    for topic in topics:
        own, prompts = found[topic.name], _prompts(subject, topic, settings, "function", 0)
        writer = _writer(subject, prompts, settings)
        number = len(prompts) // 2
        written = {PLAIN: writer()}
        for kind, directions in own.directions().items():
            written[f"{topic.name}: {kind}"] = writer(own.depth.site, own.strength * directions[0])
        by = {name: decode(texts[number].tolist()) for name, texts in written.items()}
        told.append({"prompt": decode(prompts.tokens[number].tolist()), "by": by})
    return told


def _tried(subject: Subject, topic: Topic, found: Found, settings: Settings) -> Tried:
    writer = _writer(subject, _prompts(subject, topic, settings, "function", 0), settings)
    kinds = {
        kind: [
            _counted(topic, writer, found, [strength * vector for vector in directions])
            for strength in settings.strengths
        ]
        for kind, directions in found.directions().items()
    }
    at = settings.strengths.index(found.strength)
    return Tried(_counted(topic, writer), kinds, {kind: row[at] for kind, row in kinds.items()})


def _placed(subject: Subject, topic: Topic, found: Found, settings: Settings, kind: str) -> dict[str, list[Tally]]:
    """By what is added, at each distance from the end."""
    rows: dict[str, list[Tally]] = {"latent": [], "random": [], PLAIN: []}
    directions = found.directions()
    for distance in settings.distances:
        writer = _writer(subject, _prompts(subject, topic, settings, kind, distance), settings)
        rows[PLAIN].append(_counted(topic, writer))
        for name in ("latent", "random"):
            rows[name].append(_counted(topic, writer, found, [found.strength * one for one in directions[name]]))
    return rows


def _counted(topic: Topic, writer: Writer, found: Found | None = None, vectors: Sequence[Tensor] = ()) -> Tally:
    """The continuations with each of some vectors added in turn, or without steering."""
    tally = Tally()
    for texts in [writer()] if found is None else [writer(found.depth.site, vector) for vector in vectors]:
        tally.add(topic.scorer(texts) > 0, writer.prompts.documents, top_shares(texts))
    return tally


def _told(tried: Sequence[Tried], rng: np.random.Generator) -> dict[str, Any]:
    """What a record keeps of some topics together."""
    rows = {
        kind: [Tally.of(column).told(rng) for column in zip(*(one.kinds[kind] for one in tried), strict=True)]
        for kind in KINDS
    }
    return {
        PLAIN: Tally.of(one.plain for one in tried).told(rng),
        "kinds": {
            kind: {name: [one[name] for one in row] for name in ("success", "repeated")} for kind, row in rows.items()
        },
        "chosen": {kind: Tally.of(one.chosen[kind] for one in tried).told(rng) for kind in KINDS},
    }


def _prompts(subject: Subject, topic: Topic, settings: Settings, kind: str, distance: int) -> Prompts:
    function = subject.function.mask
    steered = function if kind == "function" else ~function
    found = cut(
        topic.held_out, settings.prompt, steered, ends=function if distance else None, distance=distance,
        bos=subject.bos,
    )  # fmt: skip
    return found.some(settings.prompts)


def _writer(subject: Subject, prompts: Prompts, settings: Settings) -> Writer:
    return Writer(subject.model, prompts, settings.written, settings.temperature, subject.seed + 1)


__all__ = [
    "CLASSES", "FOUND", "KINDS", "NOT_FOUND", "PLAIN", "Tried", "by_place", "by_strength", "samples", "sets",
]  # fmt: skip
