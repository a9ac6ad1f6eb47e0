"""One store and one pass for the dictionaries of all depths of a model."""

import shutil
from pathlib import Path
from typing import Any

from experiments.language.dictionaries.settings import Settings
from interp.dictionaries.architectures import TopK
from interp.dictionaries.loading import load
from interp.dictionaries.side_by_side import Job
from interp.dictionaries.trainer import train_many
from interp.dictionaries.training import Training
from interp.models.model import Model
from interp.models.sites import Site, resid
from interp.sequences import Sequences
from interp.store.harvest import harvest

TWIN = "twin"
"""The name of a second dictionary of the middle depth, which starts from another seed."""


def sites(model: Model) -> list[Site]:
    """The residual stream at every depth."""
    return [resid(depth) for depth in range(model.depth + 1)]


def dictionaries(model: Model, train: Sequences, settings: Settings, seed: int, work: Path) -> dict[str, Any]:
    """A TopK dictionary for every depth, by the number of the depth, and the twin; killed, it goes on in `work`."""
    store = harvest(model, train, sites(model), work / "store")
    training = Training(
        rows=settings.rows, batch=settings.batch, dead_after=max(settings.rows // 10, settings.batch),
        sample=min(len(store), 2**15), log_every=10, checkpoint_every=100,
    )  # fmt: skip
    architecture = TopK(settings.width, k=settings.k)
    facts = {"model_name": model.name, "prepend_bos": True, "context_size": settings.context}
    jobs = {
        str(depth): Job(site, architecture, seed, {**facts, "hook_name": site.name})
        for depth, site in enumerate(store.sites)
    }
    middle = resid(model.depth // 2)
    jobs[TWIN] = Job(middle, architecture, seed + 1, {**facts, "hook_name": middle.name})
    stream = store.stream(store.sites, training.batch, seed=seed)
    folders = train_many(stream, jobs, training, work / "dictionaries")
    return {name: load(folder) for name, folder in folders.items()}


def discard_stores(work: Path) -> None:
    """Activations take gigabytes and a harvest makes them again."""
    for name in ("store", "fresh"):
        shutil.rmtree(work / name, ignore_errors=True)


__all__ = ["TWIN", "dictionaries", "discard_stores", "sites"]
