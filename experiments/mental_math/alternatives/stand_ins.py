"""What can stand in for the work of the blocks that wait: the conditional mean, and what it is compared with."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from experiments.mental_math.subject import Subject
from interp.ablation.boundaries import Boundary, conditional, nothing, plain_mean, resample, same_token, zero
from interp.last_token.reference import last_logits, reference, wait_only
from interp.last_token.setting import AllForOne
from interp.peeking.keep import itself, with_sink
from interp.peeking.peek import peek

CONDITIONAL, SAME, ALONE, NOTHING = "conditional mean", "same token", "self-only attention", "nothing"
PLAIN, RESAMPLE, ZERO = "plain mean", "resample", "zero"
RIVALS = (PLAIN, ZERO, RESAMPLE)
"""What the conditional mean must beat: the stand-ins that forget the token itself."""


@dataclass(frozen=True)
class StandIn:
    """One of them, for one subject."""

    subject: Subject
    name: str
    boundary: Boundary | None
    """The states at the boundary; None where the blocks run with each token seeing itself and the sink alone."""
    batch: int
    """Prompts at a time."""

    def then_all(self, tokens: Int[Tensor, "prompt position"], wait: int) -> Float[Tensor, "prompt token"]:
        """Logits when `wait` blocks wait and those after them run as usual."""
        model = self.subject.model
        if self.boundary is not None:
            return wait_only(model, tokens, wait, self.boundary, batch=self.batch)
        alone = itself(tokens.shape[1])
        keep = alone if self.subject.sink == "none" else with_sink(alone)
        return last_logits(model, model.checked(tokens), [peek(b, keep) for b in range(wait)], batch=self.batch)

    def then_peeking(
        self, tokens: Int[Tensor, "prompt position"], setting: AllForOne, *, others_peek: bool = False
    ) -> Float[Tensor, "prompt token"]:
        """Logits of the subgraph."""
        return reference(
            self.subject.model, tokens, setting, self.boundary, batch=self.batch,
            self_only_before=self.boundary is None, others_peek=others_peek,
        )  # fmt: skip


def stand_ins(subject: Subject, batch: int, seed: int) -> list[StandIn]:
    """All of them; whatever is drawn is drawn from the prompts that means were fitted on."""
    model, donors, generator = subject.model, subject.fit.tokens, torch.Generator().manual_seed(seed)
    boundaries: dict[str, Boundary | None] = {
        CONDITIONAL: conditional(subject.means),
        SAME: same_token(model, donors, generator, subject.layout.keys, batch),
        ALONE: None,
        PLAIN: plain_mean(subject.means),
        RESAMPLE: resample(model, donors, generator, batch),
        ZERO: zero(model),
        NOTHING: nothing(model),
    }
    return [StandIn(subject, name, boundary, batch) for name, boundary in boundaries.items()]


__all__ = ["ALONE", "CONDITIONAL", "NOTHING", "PLAIN", "RESAMPLE", "RIVALS", "SAME", "ZERO", "StandIn", "stand_ins"]
