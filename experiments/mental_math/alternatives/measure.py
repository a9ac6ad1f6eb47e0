"""What becomes of the answer when a part of the subgraph is exchanged for something else."""

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float
from torch import Tensor

from experiments.mental_math.alternatives.chosen import choose
from experiments.mental_math.alternatives.contexts import few_contexts, numbers
from experiments.mental_math.alternatives.counting import majority, reported_on, share, top_hits
from experiments.mental_math.alternatives.peeking import last_so_many, ways, without_slot
from experiments.mental_math.alternatives.settings import Settings
from experiments.mental_math.alternatives.stand_ins import CONDITIONAL, StandIn, stand_ins
from experiments.mental_math.subject import Subject
from interp.ablation.boundaries import conditional
from interp.last_token.prompts import Prompts
from interp.last_token.setting import AllForOne
from interp.stats import Interval

Score = Callable[[Float[Tensor, "prompt token"]], Interval]
"""Logits to faithfulness."""


def measure(subject: Subject, settings: Settings, seed: int) -> dict[str, Any]:
    """All alternatives for one subject, as JSON: chosen on one half, judged on the other."""
    rng, batch = np.random.default_rng([seed, 13]), settings.plan.batch
    chosen = choose(subject, settings.threshold, batch, rng)
    known, setting = reported_on(subject).known, chosen.setting
    every = {one.name: one for one in stand_ins(subject, batch, seed)}
    base = every[CONDITIONAL]

    def score(logits: Float[Tensor, "prompt token"]) -> Interval:
        return share(top_hits(logits, known), rng)

    hidden = without_slot(base, setting, known)
    return {
        "told": subject.told(),
        "depth": subject.model.depth,
        "chosen": chosen.told(),
        "majority": majority(known),
        "isolated": score(base.then_peeking(known.tokens, subject.setting(setting.wait, 0))),
        "waiting": {name: _waiting(one, known, score) for name, one in every.items()},
        "stand ins": {name: score(one.then_peeking(known.tokens, setting)) for name, one in every.items()},
        "peeking": {name: score(logits) for name, logits in ways(base, setting, known).items()},
        "last n": [score(logits) for logits in last_so_many(base, setting, known)],
        "hidden": [score(logits) for logits in hidden],
        "contexts": _contexts(subject, setting, known, settings, rng),
    }


def _waiting(one: StandIn, known: Prompts, score: Score) -> list[Interval]:
    """Faithfulness when 0, 1 ... all blocks wait and those after them run as usual."""
    return [score(one.then_all(known.tokens, wait)) for wait in range(one.subject.model.depth + 1)]


def _contexts(
    subject: Subject, setting: AllForOne, known: Prompts, settings: Settings, rng: np.random.Generator
) -> dict[str, Any]:
    """Faithfulness by contexts per key: the mean over draws, an interval over prompts, and every draw."""
    kept, draws, batch = [], [], settings.plan.batch
    for most in numbers(subject):
        found = []
        for _ in range(settings.draws):
            means = few_contexts(subject, setting.wait, most, rng, batch)
            one = StandIn(subject, CONDITIONAL, conditional(means), batch)
            found.append(top_hits(one.then_peeking(known.tokens, setting), known))
        kept.append(share(np.mean(found, axis=0), rng))
        draws.append([float(each.mean()) for each in found])
    return {"most": numbers(subject), "kept": kept, "draws": draws}


__all__ = ["measure"]
