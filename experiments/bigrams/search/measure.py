"""Masks and their scores beside controls, as plain JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

import interp
from experiments.bigrams.lists import Lists
from experiments.bigrams.places import placed
from experiments.bigrams.scoring import score
from experiments.bigrams.search.settings import Settings
from experiments.bigrams.subject import Subject
from interp.records import Run
from interp.subnetworks.controls import controls, random_like
from interp.subnetworks.mask import Mask
from interp.subnetworks.search import Found
from interp.subnetworks.selection import Point, chosen


def measure(subject: Subject, settings: Settings, this: Run) -> dict[str, Any]:
    """Everything about one model; `ladder` holds the curves of the others."""
    lists = Lists(subject, this)
    curve, cores = lists.curve(), lists.core()
    exact = [one for share in settings.exact for one in lists.core(share, seeds=1)]
    this.say("scoring masks and their controls")
    told = {
        **subject.told(),
        "full": score(subject, None),
        "empty": score(subject, Mask.empty(subject.model)),
        "curve": [{**_told(subject, found), "random": _random(subject, found.mask, 0)} for found in curve],
        "core": [_told(subject, found) for found in cores],
        "exact": [_told(subject, found) for found in exact],
        "controls": _controls(subject, [found.mask for found in cores]),
    }
    place = selected(told["curve"])
    draws = [_random(subject, curve[place].mask, draw) for draw in range(settings.seeds)]
    others = [_rung(subject, name, this) for name in settings.ladder]
    return {**told, "chosen": {"place": place, "random": draws}, "ladder": others}


def selected(curve: Sequence[Mapping[str, Any]]) -> int:
    """The place on the curve of the published choice: the largest lambda that costs little correlation."""
    points = points_of(curve)
    return points.index(chosen(points))


def points_of(curve: Sequence[Mapping[str, Any]]) -> list[Point]:
    """The curve of a record as `interp.subnetworks.selection` takes it."""
    return [Point(one["lam"], one["size"], one["r"][0]) for one in curve]


def _told(subject: Subject, found: Found) -> dict[str, Any]:
    """A mask: how it was found, what it scores, where it lies."""
    how = {
        "lam": found.lam, "steps": found.step, "stopped": found.stopped, "undecided": found.undecided,
        "attempts": found.attempts, "stable": found.stable,
    }  # fmt: skip
    where = placed(subject.model, found.mask) if found.mask.size else None
    return {**how, **score(subject, found.mask), "place": where}


def _random(subject: Subject, mask: Mask, draw: int) -> dict[str, Any]:
    """The score of a random mask with as many weights in each matrix."""
    drawn = random_like(subject.model, mask, subject.generator(f"random mask {mask.size} {draw}"), "count")
    return score(subject, drawn)


def _controls(subject: Subject, cores: Sequence[Mask]) -> dict[str, list[dict[str, Any]]]:
    """Scores of the controls of every core, by name."""
    found: dict[str, list[dict[str, Any]]] = {}
    for number, core in enumerate(cores):
        for name, mask in controls(subject.model, core, subject.generator(f"controls {number}")).items():
            found.setdefault(name, []).append({**score(subject, mask), "place": placed(subject.model, mask)})
    return found


def _rung(subject: Subject, name: str, this: Run) -> dict[str, Any]:
    """The curve of a model of another size. Raises `ModelError` when it does not read the same tokens."""
    other = subject.of(interp.load(name, device=this.device, dtype=this.dtype))
    curve = [{"lam": found.lam, **score(other, found.mask)} for found in Lists(other, this).curve()]
    return {"model": other.model.name, "weights": other.total, "full": score(other, None), "curve": curve}


__all__ = ["measure", "points_of", "selected"]
