"""How often continuations of held-out prompts have the topic: by strength, and by class and distance of the place."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Int64
from torch import Tensor

from experiments.function_tokens.steering.searching import Found
from experiments.function_tokens.steering.settings import Settings
from experiments.function_tokens.steering.topics import Topic
from experiments.function_tokens.subject import Subject
from interp.generation import repetition
from interp.retrieval.prompts import Prompts, cut
from interp.retrieval.steering import Writer
from interp.stats import Interval, bootstrap

PLAIN, KINDS = "unsteered", ("latent", "random", "activation")
"""What is added: the topic's latent, random latents, the whole activation of the trait's prompt; or nothing."""
CLASSES = ("function", "content")


class Tally:
    """Successes by document, over topics, prompts and draws."""

    def __init__(self) -> None:
        self._right: dict[int, int] = {}
        self._all: dict[int, int] = {}
        self._repeated: list[float] = []

    def add(self, right: Bool[Tensor, " prompt"], documents: Int64[Tensor, " prompt"], repeated: float = 0.0) -> None:
        """The continuations of some prompts, and the share of them that their commonest token takes."""
        for document, one in zip(documents.tolist(), right.tolist(), strict=True):
            self._right[document] = self._right.get(document, 0) + int(one)
            self._all[document] = self._all.get(document, 0) + 1
        self._repeated.append(repeated)

    def rate(self, generator: np.random.Generator) -> Interval:
        """The share of continuations that have the topic, with its interval over documents."""
        keys = sorted(self._all)
        right, total = (np.array([counts[key] for key in keys], float) for counts in (self._right, self._all))
        return bootstrap(right, total, generator)

    @property
    def repeated(self) -> float:
        """The mean share of a continuation that is its commonest token."""
        return float(np.mean(self._repeated))


def by_strength(
    subject: Subject, topics: Sequence[Topic], found: Mapping[str, Found], settings: Settings
) -> dict[str, Any]:
    """Success and repetition by kind and strength, pooled over topics, and success of the latent for each of them."""
    tallies = {kind: [Tally() for _ in settings.strengths] for kind in KINDS}
    plain, chosen = Tally(), {kind: Tally() for kind in KINDS}
    own = {topic.name: [Tally() for _ in settings.strengths] for topic in topics}
    alone = {topic.name: Tally() for topic in topics}
    for topic in topics:
        writer = _writer(subject, _prompts(subject, topic, settings, "function", 0), settings)
        for tally in (plain, alone[topic.name]):
            _try(tally, topic, writer)
        for kind, directions in found[topic.name].directions().items():
            for place, strength in enumerate(settings.strengths):
                into = [tallies[kind][place]]
                into += [chosen[kind]] * (strength == found[topic.name].strength)
                into += [own[topic.name][place]] * (kind == "latent")
                for vector in directions:
                    _try(into, topic, writer, found[topic.name], strength * vector)
    rng = subject.rng("by strength")
    return {
        "strengths": list(settings.strengths),
        PLAIN: {"success": plain.rate(rng), "repeated": plain.repeated},
        "kinds": {
            kind: {"success": [one.rate(rng) for one in row], "repeated": [one.repeated for one in row]}
            for kind, row in tallies.items()
        },
        "chosen": {kind: {"success": one.rate(rng), "repeated": one.repeated} for kind, one in chosen.items()},
        "topics": {
            name: {"success": [one.rate(rng) for one in row], PLAIN: alone[name].rate(rng)}
            for name, row in own.items()
        },
    }  # fmt: skip


def by_place(
    subject: Subject, topics: Sequence[Topic], found: Mapping[str, Found], settings: Settings
) -> dict[str, Any]:
    """Success by class of the steered token and its distance from the end, at each topic's own strength.

    Prompts end in a function token, but those that are steered at their last token: these end in one of either class.
    """
    rng = subject.rng("by place")
    rows: dict[str, Any] = {}
    for kind in CLASSES:
        told: dict[str, list[Interval]] = {"latent": [], "random": [], PLAIN: []}
        for distance in settings.distances:
            tallies = {name: Tally() for name in told}
            for topic in topics:
                prompts = _prompts(subject, topic, settings, kind, distance)
                writer, own = _writer(subject, prompts, settings), found[topic.name]
                _try(tallies[PLAIN], topic, writer)
                directions = own.directions()
                for name in ("latent", "random"):
                    for vector in directions[name]:
                        _try(tallies[name], topic, writer, own, own.strength * vector)
            for name, tally in tallies.items():
                told[name].append(tally.rate(rng))
        rows[kind] = told
    return {"distances": list(settings.distances), "classes": rows}


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


def _try(
    into: Tally | Sequence[Tally],
    topic: Topic,
    writer: Writer,
    found: Found | None = None,
    vector: Tensor | None = None,
) -> None:
    texts = writer() if found is None else writer(found.depth.site, vector)
    right, repeated = topic.scorer(texts) > 0, repetition(texts).top_share
    for tally in [into] if isinstance(into, Tally) else into:
        tally.add(right, writer.prompts.documents, repeated)


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


__all__ = ["CLASSES", "KINDS", "PLAIN", "Tally", "by_place", "by_strength", "samples"]
