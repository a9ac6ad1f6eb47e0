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
    """Everything about one subject, as JSON; "heads" and "looking" are None where no head transfers what matters."""
    rng, batch = np.random.default_rng([seed, 10]), settings.plan.batch
    chosen = choose(subject, settings.threshold, batch, rng)
    heads = pruned(subject, chosen, settings, rng) if chosen.setting.transfer else None
    looking = looked_at(subject, chosen, heads.left, batch, rng) if heads and heads.left else None
    return {
        "told": subject.told(),
        "depth": subject.model.depth,
        "chosen": chosen.told(),
        "majority": majority(reported_on(subject).known),
        "blocks": knocked_out(subject, chosen, batch, rng),
        "heads": heads.told if heads else None,
        "looking": looking,
    }


__all__ = ["measure"]
