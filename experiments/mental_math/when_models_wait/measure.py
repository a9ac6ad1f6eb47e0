"""How long a model waits, task by task: the same measurement for models trained as usual and for planted ones."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Integer
from torch import Tensor

import interp
from experiments.mental_math.all_for_one.known import known
from experiments.mental_math.sampling import Sampling
from experiments.mental_math.subject import Plan, Subject, prepare
from experiments.mental_math.tasks import task
from experiments.mental_math.when_models_wait.settings import Settings
from experiments.mental_math.when_models_wait.training import tasks
from experiments.mental_math.when_models_wait.wording import Roomy
from interp.ablation.boundaries import conditional
from interp.errors import InterpError
from interp.files import read_json
from interp.last_token.faithful import Faithfulness, faithfulness, kept
from interp.last_token.knockouts import one_layer
from interp.last_token.prompts import Prompts
from interp.last_token.reference import wait_only
from interp.last_token.search import wait_predictions
from interp.models.model import Model
from interp.records import Run
from interp.settings import settings_json

LEAST = 0.5
"""Accuracy in training below which nothing but that accuracy is shown: what is right there is right by chance."""


def measure_studied(settings: Settings, folders: Sequence[Path], this: Run) -> list[dict[str, Any]]:
    """Every model that was trained as usual."""
    found = []
    for candidate, folder in zip(settings.models, folders, strict=True):
        this.say(f"measuring {candidate.name}")
        model = interp.load(str(folder), device=this.device, dtype=this.dtype)
        learned = read_json(folder / "training.json")["log"][-1]
        measured = {}
        for name, sampling in _asked(str(folder)).items():
            if learned[name] < LEAST:
                measured[name] = {"able": False, "accuracy in training": learned[name]}
            else:
                asked = Roomy(task(name), spare=candidate.spare)
                measured[name] = measure(model, asked, sampling, settings, this.seed)
        found.append({**settings_json(candidate), "tasks": measured})
    return found


def measure_planted(settings: Settings, this: Run) -> list[dict[str, Any]]:
    """Every model that was trained to wait, on sums and differences of two numbers."""
    found = []
    for name in settings.planted:
        this.say(f"measuring {name}")
        model = interp.load(name, device=this.device, dtype=this.dtype)
        measured = {
            each: measure(model, Roomy(task(each)), sampling, settings, this.seed)
            for each, sampling in _asked(name).items()
            if each in tasks(operands=2)
        }
        found.append({"name": Path(name).name, "depth": model.depth, "tasks": measured})
    return found


def measure(model: Model, asked: Roomy, sampling: Sampling, settings: Settings, seed: int) -> dict[str, Any]:
    """One model on one task; `choose` prompts decide what is looked at, every number is of `report` prompts."""
    # More to fit on than any task has: the means are exact.
    plan = Plan(sampling, fit=10**6, choose=settings.choose, report=settings.report, floor=settings.floor)
    who = prepare(model, asked, plan, seed)
    curve = [judged(predicted, who, seed) for predicted in waiting(who, who.report)]
    wait = longest(who, settings.threshold)
    knocked = one_layer(model, who.report.tokens, sink=who.sink != "none")
    base = curve[0].base
    return {
        **who.told(),
        "able": base.value >= settings.able,
        "base": base,
        "majority": curve[0].majority,
        "waiting": [one.faithful for one in curve],
        "longest": wait,
        "share": wait / model.depth,
        "waits": wait >= 1 and curve[wait].faithful.value >= settings.threshold,
        **triangles(who, seed),
        "knockouts": [judged(predicted, who, seed).faithful for predicted in knocked],
    }


def _asked(name: str) -> Mapping[str, Sampling]:
    """The tasks of a model with their operands and answers; `InterpError` when its training record has none."""
    record = known(name)
    if record is None:
        raise InterpError(f"{name} has no training record that lists the tasks it was trained on")
    return record.tasks


def waiting(who: Subject, prompts: Prompts) -> Integer[Tensor, "wait prompt"]:
    """What the model answers when 0, 1 ... all of its blocks wait and those after them run as usual."""
    boundary = conditional(who.means)
    return wait_predictions(
        lambda tokens, wait: wait_only(who.model, tokens, wait, boundary), who.model.depth, prompts.tokens
    )


def longest(who: Subject, threshold: float) -> int:
    """The longest wait that keeps `threshold` of the answers to `choose` prompts; 0 where none does."""
    scores = kept(waiting(who, who.choose), who.full_choose, who.choose.answers)
    return int(max(np.flatnonzero(scores >= threshold), default=0))


def triangles(who: Subject, seed: int) -> dict[str, Any]:
    """Faithfulness of every subgraph to `report`, and the best that waits a block or more: chosen on `choose`."""
    depth = who.model.depth
    settings = [who.setting(wait, transfer) for wait in range(depth + 1) for transfer in range(depth - wait + 1)]
    predicted = who.engine.predictions(who.report.tokens, settings)
    shares = kept(predicted, who.full_report, who.report.answers)
    rows: list[list[float | None]] = [[None] * (depth + 1) for _ in range(depth + 1)]
    for setting, share in zip(settings, shares, strict=True):
        rows[setting.wait][setting.transfer] = float(share)
    chosen = kept(who.engine.predictions(who.choose.tokens, settings), who.full_choose, who.choose.answers)
    # Of equally good ones that which waits longest, and then transfers least.
    best = max(
        (number for number, setting in enumerate(settings) if setting.wait >= 1),
        key=lambda number: (chosen[number], settings[number].wait, -settings[number].transfer),
    )
    faithful = judged(predicted[best], who, seed).faithful
    return {
        "triangle": rows,
        "best": {"wait": settings[best].wait, "transfer": settings[best].transfer, "faithful": faithful},
    }


def judged(predicted: Integer[Tensor, " prompt"], who: Subject, seed: int) -> Faithfulness:
    """The faithfulness of answers to `report` prompts."""
    return faithfulness(predicted, who.full_report, who.report.answers, np.random.default_rng([seed, 7]), who.contexts)


__all__ = ["LEAST", "judged", "longest", "measure", "measure_planted", "measure_studied", "triangles", "waiting"]
