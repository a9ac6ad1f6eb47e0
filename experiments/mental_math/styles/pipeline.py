"""The order of the measurements, from the settings to the numbers of the record."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from experiments.mental_math.all_for_one.choosing import choose, layers
from experiments.mental_math.all_for_one.keeping import kept, or_reason
from experiments.mental_math.all_for_one.known import asked
from experiments.mental_math.all_for_one.sweep import Sweep, sweep
from experiments.mental_math.styles.findings import measured
from experiments.mental_math.styles.settings import PLAIN, Settings
from experiments.mental_math.styles.telling import Cell, answered, tell
from experiments.mental_math.subject import prepare
from experiments.mental_math.tasks import task
from experiments.mental_math.templates import Wording
from interp.errors import InterpError
from interp.models.fingerprint import fingerprint
from interp.models.load import load
from interp.records import Run
from interp.settings import settings_json

SWEEPS = "sweeps"
"""The folder of finished sweeps; it goes when the run is whole."""


def run(settings: Settings, this: Run) -> Mapping[str, Any]:
    """Everything that the report draws and the ledger judges, as plain JSON."""
    cells = {(cell.task, cell.style): cell for cell in _cells(settings, this)}
    first = cells[settings.tasks[0], PLAIN]
    if first.sweep is None or not answered(first.sweep, settings.able):
        raise InterpError(
            f"{settings.model} does not answer {first.task} in the plain style, in which the setting is to be found. "
            f"{first.reason}"
        )
    chosen = choose(first.sweep.choose, settings.threshold)
    generator = np.random.default_rng([this.seed, 5])
    metrics: dict[str, Any] = {
        "model": settings.model,
        "setting": {"found": chosen.found, "layers": layers(chosen.setting)},
        "depth": first.sweep.depth,
        "tasks": {
            name: {style: tell(cells[name, style], chosen.setting, settings, generator) for style in settings.styles}
            for name in settings.tasks
        },
    }
    found = measured(cells.values(), chosen.setting, settings, generator)
    for path in (this.work / SWEEPS).glob("*.json"):
        path.unlink()
    return {**metrics, "findings": found}


def _cells(settings: Settings, this: Run) -> Iterator[Cell]:
    """The sweep of every task in every style, or the reason why there is none."""
    if PLAIN not in settings.styles:
        raise InterpError(f"the setting is found in the style {PLAIN!r}: name it among --styles")
    wordings = [Wording(task(name), style) for name in settings.tasks for style in settings.styles]
    samplings = asked(settings.model, settings.tasks, settings.plan.sampling)
    model = load(settings.model, device=this.device, dtype=this.dtype)
    this.note(model_hash=fingerprint(model))
    for wording in wordings:
        name, style = wording.task.name, wording.style
        plan = replace(settings.plan, sampling=samplings[name])
        identity = {
            "model": fingerprint(model), "task": name, "style": style, "plan": settings_json(plan),
            "seed": this.seed, "device": this.device, "dtype": this.dtype, "versions": this.facts["versions"],
        }  # fmt: skip
        this.say(f"{name}: {style}")

        def make(wording: Wording = wording, plan: Any = plan) -> dict[str, Any]:
            return or_reason(lambda: sweep(prepare(model, wording, plan, this.seed), plan.batch).to_json())

        content = kept(this.work / SWEEPS / f"{name}-{style.replace(' ', '-')}.json", identity, make)
        refused = "refused" in content
        yield Cell(name, style, None if refused else Sweep.from_json(content), content.get("refused", ""))


__all__ = ["SWEEPS", "run"]
