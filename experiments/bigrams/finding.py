"""Masks that are searched for once, kept beside the run folders, and shared by all experiments."""

import hashlib
import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from experiments.bigrams.subject import Subject
from interp.files import read_json, write_json
from interp.models.fingerprint import fingerprint
from interp.records import Run
from interp.subnetworks.mask import Mask
from interp.subnetworks.search import METHOD, Found, search
from interp.subnetworks.settings import Search
from interp.subnetworks.targets import Target

FOUND = "found"
"""The folder beside the run folders in which masks are kept for all runs."""


def found(subject: Subject, name: str, target: Target, plan: Search, seed: int, this: Run) -> Found:
    """The mask that this search finds: loaded where it was found before, and a search that was killed goes on.

    `name` is for people; what makes a search the same is the method, model, text, target, search and seed.
    Raises as `interp.subnetworks.search.search` does.
    """
    facts = asked(subject, target, plan, seed)
    place = this.work.parent.parent / FOUND / _digest(facts)[:24]
    if not (place / "found.json").exists():
        this.say(f"searching for {name}, seed {seed}")
        made = search(
            subject.model, subject.batches(seed), target, plan, seed=seed, out=place / "work", quiet=True
        )  # fmt: skip
        _keep(place, made, {"name": name, **facts})
        shutil.rmtree(place / "work", ignore_errors=True)
    return _read(place, subject)


def asked(subject: Subject, target: Target, plan: Search, seed: int) -> dict[str, Any]:
    """All that a search depends on, as plain JSON."""
    settings = asdict(replace(plan, keep=None))
    settings["keep"] = None if plan.keep is None else plan.keep.digest
    return {
        "method": METHOD, "model": fingerprint(subject.model), "data": subject.data, "target": target.identity,
        "search": settings, "seed": seed, "dtype": str(subject.model.dtype),
    }  # fmt: skip


def _keep(place: Path, made: Found, facts: dict[str, Any]) -> None:
    """The mask first: where `found.json` lies, all is there."""
    made.mask.save(place / "mask.safetensors")
    how = {key: value for key, value in made._asdict().items() if key not in ("mask", "curve")}
    write_json(place / "found.json", {"asked": facts, "found": how, "curve": made.curve.tolist()})


def _read(place: Path, subject: Subject) -> Found:
    content = read_json(place / "found.json")
    mask = Mask.load(place / "mask.safetensors", subject.model)
    return Found(mask=mask, curve=torch.tensor(content["curve"]), **content["found"])


def _digest(facts: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


__all__ = ["FOUND", "asked", "found"]
