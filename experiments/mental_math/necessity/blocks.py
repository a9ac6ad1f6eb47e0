"""Blocks in which the last token no longer sees the others, in the model as it is."""

from typing import Any

import numpy as np
from jaxtyping import Int
from torch import Tensor

from experiments.mental_math.alternatives.chosen import Chosen
from experiments.mental_math.alternatives.counting import hits, reported_on, share
from experiments.mental_math.subject import Subject
from interp.last_token.knockouts import cumulative, one_layer
from interp.stats import Interval


def knocked_out(subject: Subject, chosen: Chosen, batch: int, rng: np.random.Generator) -> dict[str, Any]:
    """Faithfulness with one block knocked out, and with more and more of them, as JSON.

    "least" is what is lost at least by knocking out one transfer block, "most" what is lost at most by any other: both
    are picked on the prompts that they are told for, which speaks against the claim that the one is large and the
    other small. None where all blocks transfer or none does.
    """
    known, sink, depth = reported_on(subject).known, subject.sink != "none", subject.model.depth

    def kept(predicted: Int[Tensor, "variant prompt"]) -> list[Interval]:
        return [share(hits(row, known), rng) for row in predicted]

    alone = one_layer(subject.model, known.tokens, sink=sink, batch=batch)
    orders = {"from the first on": list(range(depth)), "from the last on": list(range(depth))[::-1]}
    lost = [1 - hits(row, known) for row in alone]
    peeking = set(chosen.setting.peeking)
    transfer = [lost[block] for block in sorted(peeking)]
    others = [lost[block] for block in range(depth) if block not in peeking]
    return {
        "one": kept(alone),
        "more": {
            name: kept(cumulative(subject.model, known.tokens, order, sink=sink, batch=batch))
            for name, order in orders.items()
        },
        "least": share(min(transfer, key=np.mean), rng) if transfer else None,
        "most": share(max(others, key=np.mean), rng) if others else None,
    }


__all__ = ["knocked_out"]
