"""The heads that carry information to the last token: with some of them, and how much each of them matters alone."""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float64, Int
from torch import Tensor

from interp.errors import ShapeError
from interp.last_token.prompts import Prompts
from interp.last_token.search import Logits
from interp.last_token.setting import AllForOne


class Head(NamedTuple):
    """A query head of a block."""

    layer: int
    """The block, from 0."""
    head: int
    """The head in it, from 0."""


class Score(NamedTuple):
    """How well a set of heads does; compared by faithfulness, and among equals by margin."""

    faithful: float
    """Share of the prompts that are answered right."""
    margin: float
    """Mean over prompts of log p(answer) - log p(the most likely other token), in nats."""


class Importance(NamedTuple):
    """What is lost when one head alone stops peeking and sees the sink and the last token only."""

    heads: list[Head]
    """The heads of the transfer blocks, by block, then by number."""
    faithful: Float64[np.ndarray, " head"]
    """Faithfulness lost; negative where it rises."""
    margin: Float64[np.ndarray, " head"]
    """Margin lost, in nats."""

    @property
    def order(self) -> list[Head]:
        """Least important first: by faithfulness lost, ties by margin lost, then as they stand."""
        return [self.heads[i] for i in np.lexsort((self.margin, self.faithful))]


class Sets:
    """Scores of sets of heads under a setting, each set run once however often it is asked for."""

    def __init__(self, logits: Logits, setting: AllForOne, prompts: Prompts):
        self._logits, self._setting, self._prompts = logits, setting, prompts
        self._known: dict[frozenset[Head], Score] = {}

    @property
    def runs(self) -> int:
        """Sets that were run: the cost, in runs over all prompts."""
        return len(self._known)

    def __call__(self, heads: Iterable[Head]) -> Score:
        """The score when only `heads` peek."""
        wanted = frozenset(heads)
        if wanted not in self._known:
            logits = self._logits(self._prompts.tokens, only(self._setting, wanted))
            right = logits.argmax(-1) == self._prompts.answers.to(logits.device)
            self._known[wanted] = Score(
                float(right.double().mean()), float(margins(logits, self._prompts.answers).double().mean())
            )
        return self._known[wanted]


def transfer_heads(setting: AllForOne, heads: int) -> list[Head]:
    """The heads that peek under `setting` in a model of `heads` query heads a block; `ShapeError` where none does."""
    found = [Head(layer, head) for layer in setting.peeking for head in sorted(setting.heads.get(layer, range(heads)))]
    if not found:
        raise ShapeError(f"no head peeks under {setting}: there is nothing to rank")
    if strays := [one for one in found if not 0 <= one.head < heads]:
        raise ShapeError(f"heads are numbered 0 to {heads - 1}: there is no {strays[0]}")
    return found


def only(setting: AllForOne, heads: Iterable[Head]) -> AllForOne:
    """`setting` with `heads` peeking and no others."""
    kept = set(heads)
    by_layer = {layer: frozenset(one.head for one in kept if one.layer == layer) for layer in setting.peeking}
    if strays := sorted(one for one in kept if one.layer not in by_layer):
        raise ShapeError(f"{strays[0]} does not peek under {setting}")
    return replace(setting, heads=by_layer)


def margins(logits: Float[Tensor, "prompt token"], answers: Int[Tensor, " prompt"]) -> Float[Tensor, " prompt"]:
    """log p(answer) - log p(the most likely other token) of each prompt, in nats: above 0 where the answer wins."""
    place = answers.to(logits.device)[:, None]
    own = logits.gather(1, place)[:, 0]
    return own - logits.scatter(1, place, -float("inf")).amax(1)


def importance(logits: Logits, setting: AllForOne, heads: int, prompts: Prompts) -> Importance:
    """How much each peeking head matters: one run with all of them, and one without each.

    `heads` is the number of query heads in a block; `prompts` are those that the full model answers right.
    """
    return alone(Sets(logits, setting, prompts), transfer_heads(setting, heads))


def alone(score: Sets, heads: list[Head]) -> Importance:
    """`importance`, with the runs counted by `score`."""
    whole = score(heads)
    without = [score(set(heads) - {one}) for one in heads]
    return Importance(
        heads,
        np.array([whole.faithful - each.faithful for each in without]),
        np.array([whole.margin - each.margin for each in without]),
    )


__all__ = ["Head", "Importance", "Score", "Sets", "alone", "importance", "margins", "only", "transfer_heads"]
