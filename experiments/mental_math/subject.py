"""What the experiments share: a model, the prompts of one task in three parts, means, engine and full-model answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor

from experiments.mental_math.layout import Layout, layout
from experiments.mental_math.prompts import Sample, sample
from experiments.mental_math.sampling import Sampling
from experiments.mental_math.tasks import Task
from experiments.mental_math.templates import Wording, worded
from interp.ablation.fitting import conditional_means
from interp.ablation.means import ConditionalMeans
from interp.errors import ModelError, ShapeError
from interp.last_token.engine import Engine
from interp.last_token.full import answers
from interp.last_token.prompts import Prompts
from interp.last_token.setting import AllForOne
from interp.models.model import Model


@dataclass(frozen=True)
class Plan:
    """Which prompts, how many of them for what, and how means are taken."""

    sampling: Sampling = field(default_factory=Sampling)
    """Operands and answers that are asked about."""
    fit: int = 1500
    """Prompts that means are fitted on."""
    choose: int = 300
    """Prompts on which settings are chosen."""
    report: int = 700
    """Prompts on which the chosen ones are judged."""
    floor: int = 20
    """Fewest contexts behind a mean; prompts that need a poorer one are left out and counted."""
    batch: int = 512
    """Prompts at a time."""
    keep_first: bool = False
    """Where there is no beginning token and prompts begin with an operand: keep it as the sink, with means by it."""


@dataclass(frozen=True, eq=False)
class Subject:
    """One model on one task in one wording."""

    model: Model
    wording: Wording
    layout: Layout
    fit: Prompts
    """What means were fitted on; no prompt is left out of these."""
    choose: Prompts
    """For choosing settings."""
    report: Prompts
    """For judging them: other operands than `choose`."""
    full_choose: Int[Tensor, " choice"]
    """What the full model answers to `choose`."""
    full_report: Int[Tensor, " reported"]
    """What the full model answers to `report`."""
    values: Mapping[str, Int[np.ndarray, "_ operand"]]
    """The operands A, B ... of "fit", "choose" and "report"."""
    means: ConditionalMeans
    """The residual stream at every depth."""
    engine: Engine
    excluded: Mapping[str, int]
    """Prompts that could not be used. By what the tokenizer could not read: "prompt", "number", "answer". For a key
    without contexts enough: "choose" and "report"."""
    shared: int
    """Prompts to report on that means were fitted on too; 0 where there are prompts enough."""

    @property
    def task(self) -> Task:
        """What is computed."""
        return self.wording.task

    @property
    def slots(self) -> tuple[str, ...]:
        """A name for each position."""
        return self.layout.slots

    @property
    def sink(self) -> str:
        """What everybody may attend to: "bos", "first token" or "none"."""
        return self.layout.sink

    @property
    def right_choose(self) -> Bool[Tensor, " prompt"]:
        """Where the full model is right."""
        return self.full_choose == self.choose.answers

    @property
    def right_report(self) -> Bool[Tensor, " prompt"]:
        """Where the full model is right."""
        return self.full_report == self.report.answers

    @property
    def contexts(self) -> int:
        """Fewest contexts behind any mean that the prompts to report on use."""
        return self.means.smallest(self.report.tokens)

    def setting(self, wait: int, transfer: int, **options: Any) -> AllForOne:
        """AF1(wait, transfer) with the sink that these prompts have; `options` as `AllForOne` takes them."""
        return AllForOne(wait, transfer, **{"sink": self.sink != "none", **options})

    def told(self) -> dict[str, Any]:
        """What a record keeps of all this."""
        return {
            "model": self.model.name, "task": self.task.name, "style": self.wording.style, "slots": list(self.slots),
            "sink": self.sink, "keys": self.layout.condition, "floor": self.means.floor, "contexts": self.contexts,
            "prompts": {name: len(values) for name, values in self.values.items()},
            "right": {"choose": int(self.right_choose.sum()), "report": int(self.right_report.sum())},
            "excluded": dict(self.excluded), "shared": self.shared,
        }  # fmt: skip


def prepare(model: Model, task: Task | Wording, settings: Plan, seed: int) -> Subject:
    """Draw prompts, fit means at every depth, and ask the full model.

    No operands occur both in `choose` and in `report`, and none of either in `fit` where the sampling allows
    `fit + choose + report` prompts. Where it allows fewer, `fit` has as many as asked or all, the other two come
    last in the same random order, and `Subject.shared` counts how many of `report` were fitted.

    Raises as `sample` does; `ShapeError` when no prompt has means with contexts enough, and `ModelError` when the
    full model answers none right.
    """
    if min(settings.fit, settings.choose, settings.report) < 1:
        raise ShapeError("fit, choose and report are numbers of prompts: 1 or more")
    wording = worded(task)
    wanted = settings.fit + settings.choose + settings.report
    drawn = sample(model, wording, wanted, np.random.default_rng(seed), settings.sampling)
    found = layout(model, drawn.prompts.tokens, wording.order, settings.keep_first)
    parts = _parts(len(drawn.values), settings)
    fit = _part(drawn, parts["fit"])
    means = conditional_means(model, fit.tokens, keys=found.keys, floor=settings.floor, batch=settings.batch)
    excluded = dict(drawn.refused)
    for name in ("choose", "report"):
        known = means.known(_part(drawn, parts[name]).tokens).cpu().numpy()
        excluded[name] = int((~known).sum())
        parts[name] = parts[name][known]
        if not known.any():
            enough = int((means.counts >= settings.floor).sum())
            raise ShapeError(
                f"none of the {len(known)} prompts of {wording.task.name} to {name} on has means with "
                f"{settings.floor} contexts each: {enough} of {len(means.counts)} means have so many. Lower the floor, "
                "fit on more prompts, or ask about fewer operands."
            )
    judged = {name: _part(drawn, parts[name]) for name in ("choose", "report")}
    full = {name: _full(model, wording, prompts, settings.batch) for name, prompts in judged.items()}
    return Subject(
        model=model, wording=wording, layout=found, fit=fit, choose=judged["choose"], report=judged["report"],
        full_choose=full["choose"], full_report=full["report"],
        values={name: drawn.values[numbers] for name, numbers in parts.items()},
        means=means, engine=Engine(model, means), excluded=excluded,
        shared=len(np.intersect1d(parts["fit"], parts["report"])),
    )  # fmt: skip


def _parts(count: int, settings: Plan) -> dict[str, Int[np.ndarray, " _"]]:
    """Numbers of prompts by part: fitting from the front, the others from the end."""
    if count < 2:
        raise ShapeError("one prompt cannot be divided into one to choose on and another to report on")
    both = settings.choose + settings.report
    # Where there are not enough for both they shrink alike, to 1 at least.
    judged = min(both, count)
    report = min(max(1, judged * settings.report // both), judged - 1)
    everything = np.arange(count)
    return {
        "fit": everything[: settings.fit],
        "choose": everything[count - judged : count - report],
        "report": everything[count - report :],
    }


def _part(drawn: Sample, numbers: Int[np.ndarray, " chosen"]) -> Prompts:
    return drawn.prompts.part(torch.from_numpy(numbers).to(drawn.prompts.tokens.device))


def _full(model: Model, wording: Wording, prompts: Prompts, batch: int) -> Int[Tensor, " prompt"]:
    """What the full model answers; raises `ModelError` when none of it is right."""
    found = answers(model, prompts.tokens, batch)
    if not (found == prompts.answers).any():
        first, said, right = prompts.tokens[0], found[0], prompts.answers[0]
        words = [repr(model.tokenizer.decode(ids)) for ids in (first, said, right)]
        raise ModelError(
            f"{model.name} answers none of {len(found)} prompts of {wording.task.name} right, so that nothing can be "
            f"faithful to it. To {words[0]} it answers {words[1]} instead of {words[2]}."
        )
    return found
