"""Graphs at every depth, of an untrained model, and of other widths and sparsities; as plain JSON."""

from collections.abc import Iterable, Iterator
from typing import Any

from experiments.function_tokens.dictionaries import Wanted, released, trained
from experiments.function_tokens.graph.looking import Look, covered, degrees, in_random_order, look, summary
from experiments.function_tokens.graph.nulls import sets, shuffled
from experiments.function_tokens.graph.places import places
from experiments.function_tokens.graph.portions import portions
from experiments.function_tokens.graph.rarefied import by_classes, sensitivity
from experiments.function_tokens.graph.settings import Settings
from experiments.function_tokens.graph.tokens import text
from experiments.function_tokens.subject import Subject
from interp.dictionaries.architectures import TopK
from interp.models.randomise import random_weights
from interp.models.sites import Site, resid
from interp.records import Run


def measure(subject: Subject, settings: Settings, this: Run) -> dict[str, Any]:
    """The text, then every graph."""
    this.say("function tokens of the training text")
    told: dict[str, Any] = {"text": text(subject, settings.shares, settings.parts, settings.draws)}
    depths = range(subject.model.depth + 1)
    told["trained"] = [_full(subject, *one, settings, this) for one in _dictionaries(subject, depths, settings, this)]
    at = places([one["depth"] for one in told["trained"]], subject.model.depth)
    if settings.release:
        return {**told, "untrained": [], "sweep": [], "places": at._asdict()}
    seen = sorted({told["trained"][place]["depth"] for place in at})
    told["untrained"] = _untrained(subject, seen, settings, this) if settings.untrained else []
    told["sweep"] = _sweep(subject, told["trained"][at.middle]["depth"], settings, this)
    return {**told, "places": at._asdict()}


def _dictionaries(subject: Subject, depths: Iterable[int], settings: Settings, this: Run) -> Iterator[tuple[Site, Any]]:
    """Of some depths, or those of the release, one after the other: a wide one fills the memory of a device."""
    if settings.release:
        for name in settings.loaded:
            yield released(settings, name, this)
        return
    kind = TopK(settings.width, k=settings.k)
    wanted = {str(depth): Wanted(resid(depth), kind) for depth in depths}
    found = trained(
        subject, subject.model, wanted, rows=settings.rows, batch=settings.batch, seed=this.seed, this=this
    )  # fmt: skip
    for name, one in wanted.items():
        yield one.site, found[name]


def _full(subject: Subject, site: Site, dictionary: Any, settings: Settings, this: Run) -> dict[str, Any]:
    """Everything about one dictionary."""
    this.say(f"the graph of {site} of {subject.model.name}")
    one, told = _brief(subject, dictionary, site, settings)
    rng = subject.rng(f"graph {site} {subject.model.name}")
    return {
        "depth": site.layer, **told,
        "curve": covered(one),
        "random order": in_random_order(one, settings.draws, rng),
        "shuffled": shuffled(one, settings.draws, rng),
        "sets": sets(one, settings.draws, rng),
        "degrees": degrees(one, rng),
        "rarefaction": by_classes(subject, one, settings),
        "choices": sensitivity(subject, one, settings),
    }  # fmt: skip


def _brief(subject: Subject, dictionary: Any, site: Site, settings: Settings) -> tuple[Look, dict[str, Any]]:
    """What is measured of every dictionary."""
    one = look(subject, dictionary, site)
    rng = subject.rng(f"portions {site} {subject.model.name}")
    told = summary(subject, dictionary, site, one)
    return one, {**told, "portions": portions(one, settings.parts, settings.draws, rng)}


def _untrained(subject: Subject, depths: Iterable[int], settings: Settings, this: Run) -> list[dict[str, Any]]:
    """The same text through a model with random weights, and dictionaries of it of the same budget."""
    fresh = subject.of(random_weights(subject.model, this.seed))
    found = []
    for site, dictionary in _dictionaries(fresh, depths, settings, this):
        this.say(f"the graph of {site} of {fresh.model.name}")
        one, told = _brief(fresh, dictionary, site, settings)
        rng = fresh.rng(f"graph {site} {fresh.model.name}")
        told |= {"degrees": degrees(one, rng), "rarefaction": by_classes(fresh, one, settings)}
        found.append({"depth": site.layer, **told})
    return found


def _sweep(subject: Subject, depth: int, settings: Settings, this: Run) -> list[dict[str, Any]]:
    """Dictionaries of one depth that differ in width or sparsity, all of one budget.

    Wider ones are as sparse as the sparsest: with more active latents, ten tokens reach all of them on so little text.
    """
    sparsest = min((*settings.ks, settings.k))
    kinds = [(width, settings.k if width <= settings.width else sparsest) for width in settings.widths]
    kinds.append((settings.width, settings.k))
    kinds += [(settings.width, k) for k in settings.ks]
    wanted = {f"{width} {k}": Wanted(resid(depth), TopK(width, k=k)) for width, k in sorted(set(kinds))}
    found = trained(
        subject, subject.model, wanted, rows=settings.sweep_rows, batch=settings.batch, seed=this.seed, this=this
    )  # fmt: skip
    told = []
    for (width, k), dictionary in zip(sorted(set(kinds)), found.values(), strict=True):
        this.say(f"the graph of a dictionary of {width:,} latents, {k} of them active")
        one, numbers = _brief(subject, dictionary, resid(depth), settings)
        told.append({"k": k, **numbers, "rarefaction": by_classes(subject, one, settings)})
    return told


__all__ = ["measure"]
