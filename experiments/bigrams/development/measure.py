"""Scores and places of subnetworks along training, and with the embeddings alone trained, as plain JSON."""

from typing import Any

import torch

from experiments.bigrams.development.models import checkpoint, random_blocks
from experiments.bigrams.development.settings import Settings
from experiments.bigrams.lists import Lists
from experiments.bigrams.places import placed
from experiments.bigrams.scoring import correlated, model_surprisals, score
from experiments.bigrams.subject import Subject
from interp.geometry.mapped import mapped
from interp.geometry.moments import moments
from interp.geometry.ridge import ridge_map
from interp.models.randomise import random_weights
from interp.records import Run
from interp.stats import Interval
from interp.subnetworks.mask import Mask
from interp.subnetworks.pruned import pruned
from interp.subnetworks.search import Found


def measure(subject: Subject, settings: Settings, this: Run) -> dict[str, Any]:
    """The checkpoints, each with its cores, and table 2 of the paper: what the embeddings alone are good for."""
    along = []
    for step in settings.at:
        this.say(f"checkpoint {step}")
        along.append({"step": step, **_along(subject.of(checkpoint(settings, step, this)), this)})
    return {**subject.told(), "along": along, "embeddings": _embeddings(subject, settings, this)}


def _along(subject: Subject, this: Run) -> dict[str, Any]:
    """One checkpoint: the full model, no weights, and a core for every seed."""
    cores = [_told(subject, found) for found in Lists(subject, this).core()]
    return {"full": score(subject, None), "empty": _empty(subject), "core": cores}


def _embeddings(subject: Subject, settings: Settings, this: Run) -> dict[str, Any]:
    """Masks without penalty in the trained model, and for each seed in random blocks with and without its embeddings.

    The two of a seed have the same blocks.
    """
    lists = Lists(subject, this)
    free = lists.penalised(0.0, lists.seeds[0])
    found: dict[str, Any] = {
        "trained": {"full": score(subject, None), "empty": _empty(subject), **_told(subject, free)},
        "linear": linear_map(subject, free.mask, settings.fit),
        "random blocks": [],
        "random": [],
    }
    for seed in lists.seeds:
        others = {"random blocks": random_blocks(subject.model, seed), "random": random_weights(subject.model, seed)}
        for name, model in others.items():
            this.say(model.name)
            other = subject.of(model)
            mask = Lists(other, this).penalised(0.0, seed)
            found[name].append({"empty": _empty(other), **_told(other, mask)})
    return found


def linear_map(subject: Subject, mask: Mask, windows: int) -> Interval:
    """Correlation of an affine map from the embeddings to the last depth in place of the subnetwork's blocks.

    Fitted to the activations of the subnetwork on windows of the training text (table 2, "linear map").
    """
    model, batches = subject.model, subject.batches(subject.seed)
    tokens = torch.cat([batches(step) for step in range(-(-windows // subject.plan.batch))])
    with pruned(model, mask):
        ridge = ridge_map(moments(model, tokens), 0, "output")
        with torch.no_grad(), mapped(model, ridge):
            return correlated(subject, model_surprisals(subject, None))


def _empty(subject: Subject) -> dict[str, Any]:
    return score(subject, Mask.empty(subject.model))


def _told(subject: Subject, found: Found) -> dict[str, Any]:
    where = placed(subject.model, found.mask) if found.mask.size else None
    how = {"steps": found.step, "stopped": found.stopped, "stable": found.stable}
    return {**how, **score(subject, found.mask), "place": where}


__all__ = ["linear_map", "measure"]
