"""What the paper claims of steering, with criteria committed before any record."""

from collections.abc import Mapping
from typing import Any

from experiments.function_tokens.criteria import PAPER, above_control
from experiments.function_tokens.steering.trying import CLASSES, FOUND, NOT_FOUND, PLAIN
from experiments.judging import at_paper_scale, entry
from interp.findings import Finding, Measurement, Verdict

_PATH = "function_tokens/steering"
MOST = 0.5
"""A latent changes the topic when most continuations have it; it is so in general when most topics have a latent."""
TOPICS, SEARCHED = "topics with a latent", "topics searched"
PLAIN_HIGH = "unsteered, high"
LESS_RANDOM, LESS_PLAIN = "difference from random, low", "difference from unsteered, low"
"""Lower ends, over topics and documents at once."""
_NOTHING = (0.0, 0.0, 0.0, 0)
STANDS_IN = "stands in"
"""1 where a number is not of the paper's latents, but of those that were found here."""


def _changes_the_topic(m: Measurement) -> Verdict:
    """More than random latents of equal length and density and than no steering; reproduced when mostly.

    Judged are the topics whose search found a latent, and so none is not reproduced. In these topics the interval over
    documents must lie above both others; and both differences must be above 0 when topics are drawn anew as well.
    Mostly: most continuations have the topic, and most topics that were searched have a latent.
    """
    if not m.extra.get(TOPICS):
        return Verdict.NOT_REPRODUCED
    apart = m.value.low > max(m.control.high, m.extra[PLAIN_HIGH])
    if not apart or min(m.extra[LESS_RANDOM], m.extra[LESS_PLAIN]) <= 0:
        return Verdict.NOT_REPRODUCED
    mostly = m.value.low >= MOST and m.extra[TOPICS] > MOST * m.extra[SEARCHED]
    return Verdict.REPRODUCED if mostly else Verdict.DIRECTION


def _brings_the_trait(m: Measurement) -> Verdict:
    """More than random latents at a strength that is chosen alike, and more than no steering."""
    return above_control(m) if m.value.low > m.extra[PLAIN_HIGH] else Verdict.NOT_REPRODUCED


FINDINGS = (
    Finding(
        id="function-16",
        claim="Adding one latent of a topic at the last function token of a prompt changes what the model goes on to "
        "write about (share of continuations of held-out prompts that have the topic, over the topics whose search "
        "found a latent)",
        source=f"{PAPER}, section 3.2, figures 7 and 11: examples, no rates",
        paper_value="all examples that are shown",
        scale="S?",
        measured_by=_PATH,
        control="random latents of equal length that fire about as often, over the same topics and prompts",
        criterion=_changes_the_topic,
        unit="%",
    ),
    Finding(
        id="function-17",
        claim="Latents 15261, 9591 and 13751 of layer 26 of Gemma-2-9B-it bring Chinese, Russia and the UK into "
        "answers (share of answers, at the strength that did it best for other questions)",
        source=f"{PAPER}, section 3.2, figures 7 and 11: examples, no rates",
        paper_value="all examples that are shown",
        scale="F",
        measured_by=_PATH,
        control="random latents of equal length that fire about as often, at a strength chosen alike; on smaller "
        "presets neither number is Gemma's: those of docs-small's own latents of topics (function-16) stand in",
        criterion=at_paper_scale(_brings_the_trait),
        unit="%",
    ),
)  # fmt: skip


def measured(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Value, control and further numbers of each claim, from what was measured.

    Where the named latents are not at hand, what the latents found here do stands in: it is not judged.
    """
    own = _own(metrics)
    stands_in = {**own, "extra": {STANDS_IN: 1.0}}
    return {"function-16": own, "function-17": _named(metrics["named"]) if metrics["named"] else stands_in}


def _own(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Over the topics whose search found a latent; nothing (0 of 0 documents) where none did."""
    told, topics = metrics["strength"], metrics["topics"]
    extra: dict[str, float] = {SEARCHED: len(topics), TOPICS: sum(one["k"] is not None for one in topics)}
    for one in topics:
        extra |= _of_topic(one, told["topics"][one["name"]])
    which = FOUND if told[FOUND] else NOT_FOUND
    pooled = _pooled(metrics, which) | _differences(told["over topics"])
    if which == NOT_FOUND:
        # Not left out: records of several seeds must name the same numbers.
        return entry(_NOTHING, _NOTHING, **extra, **dict.fromkeys(pooled, 0.0))
    value, control = (told[FOUND]["chosen"][kind]["success"] for kind in ("latent", "random"))
    return entry(value, control, **extra, **pooled)


def _of_topic(one: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, float]:
    """What a reader must know of a topic, whether a latent was found or not."""
    rates = {kind: told["chosen"][kind]["success"][0] for kind in ("latent", "random")}
    numbers = {
        "found": one["k"] is not None, **rates, PLAIN: told[PLAIN]["success"][0],
        "scorer's false positives": one["scorer"]["false positives"], "latent fires at": one["density"],
        "strength": one["strength"],
    }  # fmt: skip
    return {f"{one['name']}, {name}": float(number) for name, number in numbers.items()}


def _pooled(metrics: Mapping[str, Any], which: str) -> dict[str, float]:
    """Over several topics together, at the strength of each."""
    told, places, distances = metrics["strength"][which], metrics["places"][which], metrics["places"]["distances"]
    chosen, plain = told["chosen"], told[PLAIN]["success"]
    numbers = {
        PLAIN: plain[0], PLAIN_HIGH: plain[2], "activation": chosen["activation"]["success"][0],
        "repeated": chosen["latent"]["repeated"][0], "repeated, random": chosen["random"]["repeated"][0],
    }  # fmt: skip
    nearest, furthest = (distances.index(end(distances)) for end in (min, max))
    for kind in CLASSES:
        numbers[f"{kind}, at the end"] = places[kind]["latent"][nearest][0]
        numbers[f"{kind}, at the end, random"] = places[kind]["random"][nearest][0]
        numbers[f"{kind}, furthest"] = places[kind]["latent"][furthest][0]
    return numbers


def _differences(over: Mapping[str, Any] | None) -> dict[str, float]:
    """Values and lower ends of what the latents do more than random ones, and than no steering."""
    random, plain = (over[name] for name in ("less random", "less unsteered")) if over else (_NOTHING, _NOTHING)
    return {
        "difference from random": random[0], LESS_RANDOM: random[1],
        "difference from unsteered": plain[0], LESS_PLAIN: plain[1],
    }  # fmt: skip


def _named(named: Mapping[str, Any]) -> dict[str, Any]:
    """The mean over the latents by themselves, and what each case does."""
    mean, extra = named["mean"], {}
    for name, one in named["cases"].items():
        for kind, strength in one["chosen"].items():
            extra[f"{name}, {kind}"] = one[kind][named["strengths"].index(strength)][0]
            extra[f"{name}, {kind}, strength"] = strength
        extra[f"{name}, {PLAIN}"] = one[PLAIN][0]
    extra |= {f"questions {name}": count for name, count in named["questions"].items()}
    extra |= {PLAIN: mean[PLAIN][0], PLAIN_HIGH: mean[PLAIN][2]}
    return entry(mean["latent"], mean["random"], **extra)


__all__ = ["FINDINGS", "LESS_PLAIN", "LESS_RANDOM", "MOST", "PLAIN_HIGH", "SEARCHED", "STANDS_IN", "TOPICS", "measured"]
