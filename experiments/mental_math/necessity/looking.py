"""What the heads that survive look at: one operand each?"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float64, Int
from torch import Tensor

from experiments.mental_math.alternatives.chosen import Chosen
from experiments.mental_math.alternatives.counting import chosen_on, reported_on, share
from experiments.mental_math.subject import Subject
from interp.ablation.boundaries import conditional
from interp.last_token.attends import Attention, attends, attends_inside
from interp.last_token.heads import Head, only, transfer_heads


def looked_at(
    subject: Subject, chosen: Chosen, left: Sequence[Head], batch: int, rng: np.random.Generator
) -> dict[str, Any]:
    """Attention by head and slot in the subgraph that is left, in the model as it is, and how much is on one operand.

    "single" is the share, of what a head's last token gives to operands, that goes to one of them: the mean over
    heads, with an interval over prompts. Which operand is each head's own was seen on the choosing half. "all" is the
    same of all transfer heads when they all peek; "even" what a head would show that treats operands alike.
    """
    setting, operands = chosen.setting, places(subject)
    every = transfer_heads(setting, subject.model.heads)
    few = only(setting, left)
    boundary = conditional(subject.means)

    def inside(tokens: Int[Tensor, "prompt position"], heads: Sequence[Head]) -> Attention:
        now = few if heads is left else setting
        return attends_inside(subject.model, tokens, now, boundary, batch=batch)

    choose, report = chosen_on(subject).known.tokens, reported_on(subject).known.tokens
    found: dict[str, Any] = {}
    for name, heads in (("single", left), ("all", every)):
        seen, judged = inside(choose, heads), inside(report, heads)
        shares = [on_one(seen, judged, head, operands) for head in heads]
        found[name] = share(np.mean(shares, axis=0), rng)
        found[f"{name} by head"] = [float(each.mean()) for each in shares]
        found[f"{name} map"] = _map(judged, heads)
    usual = attends(subject.model, report, setting.peeking, batch=batch)
    return {**found, "full map": _map(usual, left), "even": 1 / len(operands)}


def places(subject: Subject) -> list[int]:
    """The positions of the operands."""
    return [place for place, slot in enumerate(subject.slots) if slot in subject.wording.order]


def on_one(seen: Attention, judged: Attention, head: Head, operands: Sequence[int]) -> Float64[np.ndarray, " prompt"]:
    """The share of the attention to operands that goes to the one which got most in `seen`, prompt by prompt.

    A head that gives no operand any attention in a prompt treats them alike there.
    """
    favourite = int(seen.of(head)[:, operands].double().mean(0).argmax())
    there = judged.of(head)[:, operands].double().cpu().numpy()
    total = there.sum(1)
    even = np.full(len(there), 1 / len(operands))
    found: Float64[np.ndarray, " prompt"] = np.divide(there[:, favourite], total, out=even, where=total > 0)
    return found


def _map(attention: Attention, heads: Sequence[Head]) -> list[list[float]]:
    return [attention.of(head).double().mean(0).tolist() for head in heads]


__all__ = ["looked_at", "on_one", "places"]
