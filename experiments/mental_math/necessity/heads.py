"""Transfer heads taken away one by one, the least needed first, beside random orders."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int
from torch import Tensor

from experiments.mental_math.alternatives.chosen import Chosen
from experiments.mental_math.alternatives.counting import chosen_on, reported_on
from experiments.mental_math.necessity.settings import Settings
from experiments.mental_math.subject import Subject
from interp.last_token.faithful import kept
from interp.last_token.heads import Head, importance
from interp.last_token.pruning import curve, prune, random_curves, survivors
from interp.last_token.setting import AllForOne
from interp.stats import over_seeds


class Pruned(NamedTuple):
    """What pruning found."""

    left: list[Head]
    """The heads that survive, chosen on the choosing half."""
    told: dict[str, Any]
    """Curves and what they cost, as JSON."""


def pruned(subject: Subject, chosen: Chosen, settings: Settings, rng: np.random.Generator) -> Pruned | None:
    """Rank and take away on the choosing half, tell the curves of the reporting half.

    "left" is the faithfulness with the heads that survive, "random" that of as many heads left by random orders, with
    an interval over orders. None where all heads together answer nothing right, so that there is nothing to lose.
    """
    setting, model, known = chosen.setting, subject.model, chosen_on(subject).known

    def logits(tokens: Int[Tensor, "prompt position"], one: AllForOne) -> Float[Tensor, "prompt token"]:
        return subject.engine.logits(tokens, one)

    if kept(logits(known.tokens, setting).argmax(-1), known.answers, known.answers) == 0:
        return None
    ranked = importance(logits, setting, model.heads, known)
    found = prune(logits, setting, model.heads, known)
    left = survivors(found, settings.keep)
    gone = len(found.order) - len(left)
    report = reported_on(subject)
    own = curve(logits, setting, found.order, report, rng)
    shuffled = random_curves(logits, setting, model.heads, report, rng, settings.orders)
    lists = [[step.value for step in one.kept] for one in shuffled]
    return Pruned(
        left,
        {
            "heads": [list(one) for one in ranked.heads],
            "lost alone": ranked.faithful.tolist(),
            "margin lost alone": ranked.margin.tolist(),
            "order": [list(one) for one in found.order],
            "survivors": [list(one) for one in left],
            "gone": gone,
            "share gone": gone / len(found.order),
            "curve": own.kept,
            "random orders": lists,
            "left": own.kept[gone],
            "random": over_seeds([one[gone] for one in lists]),
            "runs": found.runs,
        },
    )


__all__ = ["Pruned", "pruned"]
