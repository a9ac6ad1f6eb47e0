"""The order of the measurements, from the settings to the numbers of the record."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from experiments.mental_math.all_for_one.applying import apply, require_same_depth
from experiments.mental_math.all_for_one.choosing import choose, layers, longest_wait
from experiments.mental_math.all_for_one.findings import measured
from experiments.mental_math.all_for_one.keeping import kept, or_reason
from experiments.mental_math.all_for_one.known import asked, known
from experiments.mental_math.all_for_one.leaking import leaks
from experiments.mental_math.all_for_one.measures import cliff, middle, two_transfer
from experiments.mental_math.all_for_one.settings import Settings
from experiments.mental_math.all_for_one.sweep import Sweep, sweep
from experiments.mental_math.all_for_one.telling import tell
from experiments.mental_math.sampling import Sampling
from experiments.mental_math.subject import prepare
from experiments.mental_math.tasks import task
from interp.errors import InterpError
from interp.models.fingerprint import fingerprint
from interp.models.load import load
from interp.records import Run
from interp.settings import settings_json

SWEEPS = "sweeps"
"""The folder of finished sweeps; it goes when the run is whole."""


class Studied:
    """The sweeps of one model, and the tasks that it could not be asked."""

    def __init__(
        self, name: str, tasks: Mapping[str, Sampling], settings: Settings, this: Run, like: "Studied | None" = None
    ):
        """Sweep every task that no earlier attempt has finished; `like` is a model that must be as deep."""
        model = load(name, device=this.device, dtype=this.dtype)
        if like is not None:
            require_same_depth(like.name, like.depth, name, model.depth)
        self.name: str = name
        self.depth: int = model.depth
        self.hash = fingerprint(model)
        self.planted = None if (record := known(name)) is None else record.planted
        self.sweeps: dict[str, Sweep] = {}
        self.refused: dict[str, str] = {}
        for number, (each, sampling) in enumerate(tasks.items()):
            plan = replace(settings.plan, sampling=sampling)
            identity = {
                "model": self.hash, "task": each, "plan": settings_json(plan), "seed": this.seed, "number": number,
                "device": this.device, "dtype": this.dtype, "versions": this.facts["versions"],
            }  # fmt: skip
            this.say(f"{name}: {each}")

            def make(each: str = each, plan: Any = plan) -> dict[str, Any]:
                return or_reason(lambda: sweep(prepare(model, task(each), plan, this.seed), plan.batch).to_json())

            path = this.work / SWEEPS / f"{name.replace('/', '_')}-{each}.json"
            content = kept(path, identity, make)
            if "refused" in content:
                self.refused[each] = content["refused"]
            else:
                self.sweeps[each] = Sweep.from_json(content)
        if not self.sweeps:
            raise InterpError(f"{name} could be asked none of its tasks. {each}: {self.refused[each]}")


def run(settings: Settings, this: Run) -> Mapping[str, Any]:
    """Everything that the report draws and the ledger judges, as plain JSON."""
    tasks = asked(settings.model, settings.tasks, settings.plan.sampling)
    lead = settings.lead if settings.lead in tasks else next(iter(tasks))
    wanted = {settings.model: tasks}
    for name in settings.others:
        wanted[name] = asked(name, settings.other_tasks, settings.plan.sampling, every=False)
    its_task = asked(settings.family, (lead,), settings.plan.sampling) if settings.family else {}
    models = {name: Studied(name, its_tasks, settings, this) for name, its_tasks in wanted.items()}
    subject = models[settings.model]
    if lead not in subject.sweeps:
        raise InterpError(f"{settings.model} could not be asked {lead}: {subject.refused[lead]}")
    hashes = {name: model.hash for name, model in models.items()}
    family = None
    if settings.family:
        family = Studied(settings.family, its_task, settings, this, like=subject)
        hashes[settings.family] = family.hash
    this.note(model_hashes=hashes)
    metrics = _metrics(models, lead, family, settings, this.seed)
    for path in (this.work / SWEEPS).glob("*.json"):
        path.unlink()
    metrics["leakage"] = leaks(tasks, settings.plan.floor, np.random.default_rng([this.seed, 6]))
    return {**metrics, "findings": measured(metrics)}


def _metrics(
    models: Mapping[str, Studied], lead: str, family: Studied | None, settings: Settings, seed: int
) -> dict[str, Any]:
    generator, threshold = np.random.default_rng([seed, 5]), settings.threshold
    subject = models[settings.model]
    leading = subject.sweeps[lead]
    chosen = choose(leading.choose, threshold)
    rest = {name: one for name, one in subject.sweeps.items() if name != lead}
    return {
        "model": settings.model,
        "lead": lead,
        "models": {name: _told(model, threshold, generator) for name, model in models.items()},
        "setting": {"found": chosen.found, "layers": layers(chosen.setting)},
        "middle": middle(leading.report, generator),
        "cliff": cliff(leading, generator),
        "two": two_transfer(leading.report, chosen.setting.wait, generator),
        "all": apply(chosen.setting, subject.sweeps, threshold, generator),
        "not lead": apply(chosen.setting, rest, threshold, generator),
        "not published": apply(chosen.setting, _without(rest, ("A+B+C", "A-B-C")), threshold, generator),
        "family": None if family is None else apply(chosen.setting, family.sweeps, threshold, generator),
    }


def _told(model: Studied, threshold: float, generator: np.random.Generator) -> dict[str, Any]:
    first = next(iter(model.sweeps.values()))
    return {
        "depth": model.depth,
        "planted": None if model.planted is None else layers(model.planted),
        "longest wait": longest_wait(first.report, threshold, generator),
        "refused": model.refused,
        "tasks": {name: tell(one, threshold, model.planted, generator) for name, one in model.sweeps.items()},
    }


def _without(sweeps: Mapping[str, Sweep], names: tuple[str, ...]) -> dict[str, Sweep]:
    return {name: one for name, one in sweeps.items() if name not in names}


__all__ = ["Studied", "run"]
