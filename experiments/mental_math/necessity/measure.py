"""What the answer cannot do without: blocks, heads, and what the heads look at."""

from typing import Any

import numpy as np

from experiments.mental_math.alternatives.chosen import choose
from experiments.mental_math.alternatives.counting import majority, reported_on
from experiments.mental_math.necessity.blocks import knocked_out
from experiments.mental_math.necessity.heads import pruned
from experiments.mental_math.necessity.looking import looked_at
from experiments.mental_math.necessity.settings import Settings
from experiments.mental_math.subject import Subject


def measure(subject: Subject, settings: Settings, seed: int) -> dict[str, Any]:
    """Everything about one subject, as JSON; "heads" and "looking" are None where no head transfers or is left."""
    rng, batch = np.random.default_rng([seed, 10]), settings.plan.batch
    chosen = choose(subject, settings.threshold, batch, rng)
    found = {
        "told": subject.told(),
        "depth": subject.model.depth,
        "chosen": chosen.told(),
        "majority": majority(reported_on(subject).known),
        "blocks": knocked_out(subject, chosen, batch, rng),
        "heads": None,
        "looking": None,
    }
    if chosen.setting.transfer:
        heads = pruned(subject, chosen, settings, rng)
        found["heads"] = heads.told
        if heads.left:
            found["looking"] = looked_at(subject, chosen, heads.left, batch, rng)
    return found


__all__ = ["measure"]
