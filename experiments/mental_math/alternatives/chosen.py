"""The subgraph that everything else is compared with: wait and transfer as the search finds them."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int
from torch import Tensor

from experiments.mental_math.alternatives.counting import chosen_on, reported_on
from experiments.mental_math.subject import Subject
from interp.ablation.boundaries import conditional
from interp.last_token.reference import wait_only
from interp.last_token.search import search
from interp.last_token.setting import AllForOne


class Chosen(NamedTuple):
    """A setting of one subject."""

    setting: AllForOne
    """What the search found; where nothing that waits passes, one block waits and all others transfer."""
    found: bool
    """Whether the search found it."""
    waiting: list[float]
    """Faithfulness on the choosing half by number of blocks that wait, those after them running as usual."""

    def told(self) -> dict[str, Any]:
        """As JSON, with blocks counted in both ways."""
        wait, transfer = self.setting.wait, self.setting.transfer
        return {
            "wait": wait, "transfer": transfer, "found": self.found, "last waiting block, from 0": wait - 1,
            "transfer blocks, from 0": list(self.setting.peeking), "waiting": self.waiting,
        }  # fmt: skip


def choose(subject: Subject, threshold: float, batch: int, generator: np.random.Generator) -> Chosen:
    """Search on the choosing half: the longest wait, then the least transfer, that pass."""
    boundary = conditional(subject.means)

    def logits(tokens: Int[Tensor, "prompt position"], one: AllForOne) -> Float[Tensor, "prompt token"]:
        return subject.engine.logits(tokens, subject.setting(one.wait, one.transfer))

    def waiting(tokens: Int[Tensor, "prompt position"], wait: int) -> Float[Tensor, "prompt token"]:
        return wait_only(subject.model, tokens, wait, boundary, batch=batch)

    depth = subject.model.depth
    found = search(
        logits, waiting, depth, chosen_on(subject), reported_on(subject), generator, threshold=threshold,
        contexts=subject.contexts,
    )  # fmt: skip
    best = found.setting or AllForOne(1, depth - 1)
    return Chosen(subject.setting(best.wait, best.transfer), found.setting is not None, found.waiting.tolist())


__all__ = ["Chosen", "choose"]
