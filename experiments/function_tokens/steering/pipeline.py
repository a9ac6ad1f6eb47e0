"""The order of the measurements, from the settings to the numbers of the record."""

from collections.abc import Mapping
from typing import Any

from experiments.function_tokens.steering.findings import measured
from experiments.function_tokens.steering.named import named
from experiments.function_tokens.steering.questions import cases
from experiments.function_tokens.steering.searching import Found, deepest, instruments, latent, places
from experiments.function_tokens.steering.settings import Settings
from experiments.function_tokens.steering.topics import Topic, topic
from experiments.function_tokens.steering.trying import by_place, by_strength, samples
from experiments.function_tokens.subject import Subject, prepare
from interp.errors import InterpError
from interp.records import Run


def run(settings: Settings, this: Run) -> Mapping[str, Any]:
    """Everything that the report draws and the ledger judges, as plain JSON."""
    _require(settings)
    subject = prepare(settings, this)
    topics = [topic(subject, name, settings) for name in settings.topics]
    this.say(f"the depth of {', '.join(settings.topics)}")
    sites = places(subject, settings, this)
    depths = {one.name: deepest(subject, one, sites, settings) for one in topics}
    used = instruments(subject, list(dict.fromkeys(one.site for one in depths.values())), settings, this)
    this.say("the latent of each topic")
    found = {one.name: latent(subject, one, depths[one.name], used[depths[one.name].site], settings) for one in topics}
    this.say("success by strength")
    strength = by_strength(subject, topics, found, settings)
    this.say("success by place")
    metrics = {
        "subject": subject.told(),
        "topics": [_told(subject, one, found[one.name]) for one in topics],
        "strength": strength,
        "places": by_place(subject, topics, found, settings),
        "named": named(subject, next(iter(used.values())), settings) if settings.numbers else None,
        "written": samples(subject, topics, found, settings),
    }
    return {**metrics, "findings": measured(metrics)}


def _require(settings: Settings) -> None:
    """Raise `InterpError` for settings that would be refused only after much work."""
    if len(set(settings.topics)) < 2 or not settings.strengths or not settings.distances:
        raise InterpError("need two topics, a strength and a distance at the least")
    if max(settings.distances) >= settings.prompt:
        raise InterpError(
            f"a prompt of {settings.prompt} tokens cannot be steered {max(settings.distances)} before its last: raise "
            "--prompt or lower --distances"
        )
    if list(settings.strengths) != sorted(settings.strengths) or settings.strengths[0] <= 0:
        raise InterpError(f"strengths must be above 0 and ascend, not {settings.strengths}")
    if settings.numbers:
        cases(settings.numbers)
        if len(settings.loaded) != 1 or not settings.release:
            raise InterpError("named latents are of one dictionary of a release: see --release and --loaded")


def _told(subject: Subject, one: Topic, found: Found) -> dict[str, Any]:
    """What a record keeps of one search."""
    depth, decode = found.depth, subject.train.codec.decode
    return {
        "name": one.name,
        "scorer": {
            "own": one.accuracy.own, "other": one.accuracy.other, "false positives": 1 - one.accuracy.other,
            "texts": list(one.judged), "threshold": one.scorer.threshold,
        },
        "prompt": decode(one.prompt.tolist()),
        "plain": depth.plain,
        "depths": [[site.name, rate] for site, rate in depth.rates.items()],
        "site": depth.site.name,
        "norm": found.instrument.norm,
        "active": len(found.ranked),
        "level": found.level,
        "k": found.smallest.k,
        "tried": [[k, rate] for k, rate in sorted(found.smallest.tried.items())],
        "latent": found.latent,
        "density": float(found.instrument.densities[found.latent]),
        "random": found.random.tolist(),
        "random densities": found.instrument.densities[found.random].tolist(),
        "strength": found.strength,
        "by strength": list(found.by_strength),
    }  # fmt: skip


__all__ = ["run"]
