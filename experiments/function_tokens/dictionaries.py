"""Dictionaries that are trained once, kept beside the run folders, and shared by all experiments; or loaded by name.

`trained(subject, subject.model, {"depth 2": Wanted(resid(2), TopK(4096, k=32))}, rows=524_288, batch=2048, seed=0,
this=this)["depth 2"]` is a `sae_lens.SAE`, which knows its model and site; so does each of `released(plan, name, this)`
for each name of `plan.loaded`.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from experiments.function_tokens.settings import Plan
from experiments.function_tokens.subject import Subject
from interp.dictionaries.architectures.architecture import Architecture
from interp.dictionaries.loading import load
from interp.dictionaries.side_by_side import Job
from interp.dictionaries.trainer import train_many
from interp.dictionaries.training import Training
from interp.errors import FileError
from interp.files import write_json
from interp.models.fingerprint import fingerprint
from interp.models.model import Model
from interp.models.sites import Site, site
from interp.records import Run
from interp.store.harvest import harvest
from interp.token_graph.fits import FINGERPRINT

TRAINED = "trained"
"""The folder beside the run folders in which dictionaries are kept for all runs."""
METHOD = 1
"""Goes up when the same settings would make another dictionary."""


class Wanted(NamedTuple):
    """A dictionary to train."""

    site: Site
    """What it reads."""
    architecture: Architecture
    """Its kind, width and sparsity."""
    twin: int = 0
    """Added to the seed: 1 for a second dictionary of the same kind that starts elsewhere."""


def trained(
    subject: Subject,
    model: Model,
    wanted: Mapping[str, Wanted | tuple[Site, Architecture]],
    *,
    rows: int,
    batch: int,
    seed: int,
    this: Run,
) -> dict[str, Any]:
    """Dictionaries of `model` by name, each trained on `rows` rows of `subject.windows`, all that are new in one pass.

    What was trained before, by whatever run, is loaded; a training that was killed goes on. Each depends on its own
    entry alone, and not on what is trained beside it. `model` is the subject's or another with its vocabulary: a
    checkpoint, one with random weights. Activations are deleted in the end. Raises as `harvest` and `train_many` do.
    """
    asked = {name: _asked(subject, model, Wanted(*one), rows, batch, seed) for name, one in wanted.items()}
    places = {name: this.work.parent.parent / TRAINED / _digest(facts) for name, facts in asked.items()}
    missing = {
        place.name: (name, Wanted(*wanted[name])) for name, place in places.items() if not (place / "cfg.json").exists()
    }
    if missing:
        this.say(f"training {len(missing)} dictionaries of {model.name} on {rows:,} rows")
        work = this.work.parent.parent / TRAINED / f"work-{_digest(sorted(missing))}"
        for key, folder in _train(subject, model, missing, work, rows, batch, seed).items():
            write_json(folder / "asked.json", asked[missing[key][0]])
            shutil.rmtree(work.parent / key, ignore_errors=True)
            folder.rename(work.parent / key)
        shutil.rmtree(work, ignore_errors=True)
    return {name: load(place, device=this.device) for name, place in places.items()}


def released(plan: Plan, name: str, this: Run) -> tuple[Site, Any]:
    """One dictionary of `plan.release`, and the site that it says it reads.

    Raises `FileError` where there is none of this name, and for one that does not say what it reads.
    """
    source = f"{plan.release}/{name}"
    dictionary = load(source, device=this.device, dtype=this.dtype)
    hook = getattr(dictionary.cfg.metadata, "hook_name", None)
    if not hook:
        raise FileError(f"the dictionary {source} does not say at which site it was trained (hook_name in cfg.json)")
    return site(hook), dictionary


def _train(
    subject: Subject,
    model: Model,
    missing: Mapping[str, tuple[str, Wanted]],
    work: Path,
    rows: int,
    batch: int,
    seed: int,
) -> dict[str, Path]:
    """The folders of new dictionaries, in `work`."""
    plan = subject.plan
    sites = list(dict.fromkeys(one.site for _, one in missing.values()))
    store = harvest(model, subject.windows, sites, work / "store", quiet=True)
    facts = {
        "model_name": model.name, FINGERPRINT: fingerprint(model), "prepend_bos": plan.bos,
        "context_size": plan.context,
    }  # fmt: skip
    jobs = {
        key: Job(one.site, one.architecture, seed + one.twin, {**facts, "hook_name": one.site.name})
        for key, (_, one) in missing.items()
    }
    training = Training(
        rows=rows, batch=batch, dead_after=max(rows // 10, batch), sample=min(len(store), 2**15), log_every=10,
        checkpoint_every=100,
    )  # fmt: skip
    stream = store.stream(store.sites, batch, seed=seed)
    return train_many(stream, jobs, training, work / "made", device=model.device, quiet=True)


def _asked(subject: Subject, model: Model, one: Wanted, rows: int, batch: int, seed: int) -> dict[str, Any]:
    """All that a dictionary depends on, as plain JSON."""
    return {
        "method": METHOD, "model": fingerprint(model), "name": model.name, "data": subject.windows.fingerprint(),
        "site": one.site.name, "kind": one.architecture.name, "architecture": asdict(one.architecture), "rows": rows,
        "batch": batch, "seed": seed, "twin": one.twin, "dtype": str(model.dtype),
    }  # fmt: skip


def _digest(facts: Any) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:24]


__all__ = ["TRAINED", "Wanted", "released", "trained"]
