"""Heads pruned one by one: how few carry the answer to the last token (Mamidanna et al. 2025), beside random orders."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64

from interp.errors import ShapeError
from interp.last_token.full import Answered
from interp.last_token.heads import Head, Sets, alone, only, transfer_heads
from interp.last_token.prompts import Prompts
from interp.last_token.search import Logits
from interp.last_token.setting import AllForOne
from interp.stats import Interval, bootstrap


class Pruning(NamedTuple):
    """An order in which heads stop peeking, and what was left on the prompts on which it was chosen."""

    order: list[Head]
    """The first to go first."""
    kept: Float64[np.ndarray, " gone"]
    """Faithfulness when 0, 1 ... all of them are gone. For a number to report, measure a `curve` on other prompts."""
    runs: int
    """What the choice cost: sets of heads run over all prompts."""


class Curve(NamedTuple):
    """Faithfulness as heads stop peeking one by one, with intervals over prompts."""

    order: list[Head]
    """The first to go first."""
    kept: list[Interval]
    """Faithfulness when 0, 1 ... all of them are gone; one more than there are heads."""


def prune(logits: Logits, setting: AllForOne, heads: int, prompts: Prompts) -> Pruning:
    """Take away the least important head, rank those that are left anew, and so on.

    At each step the head goes without which faithfulness is highest, among equals the margin of the answer, among
    these the first. n heads cost (n + 1) n / 2 + 1 runs. `prompts` are those that the full model answers right.
    """
    score, left, order = Sets(logits, setting, prompts), transfer_heads(setting, heads), list[Head]()
    kept = [score(left).faithful]
    while left:
        without = [score(set(left) - {one}) for one in left]
        best = max(range(len(left)), key=lambda i: without[i])
        kept.append(without[best].faithful)
        order.append(left.pop(best))
    return Pruning(order, np.array(kept), score.runs)


def prune_once(logits: Logits, setting: AllForOne, heads: int, prompts: Prompts) -> Pruning:
    """Take the heads away in the order of their importance alone, ranked once: 2 n runs for n heads."""
    score = Sets(logits, setting, prompts)
    order = alone(score, transfer_heads(setting, heads)).order
    kept = [score(order[gone:]).faithful for gone in range(len(order) + 1)]
    return Pruning(order, np.array(kept), score.runs)


def curve(
    logits: Logits, setting: AllForOne, order: Sequence[Head], report: Answered, generator: np.random.Generator
) -> Curve:
    """Faithfulness on `report` when the heads of `order` stop peeking one by one: one run more than there are heads."""
    known, kept = report.known, list[Interval]()
    for gone in range(len(order) + 1):
        predicted = logits(known.tokens, only(setting, order[gone:])).argmax(-1)
        hits = (predicted == known.answers.to(predicted.device)).cpu().numpy().astype(np.int64)
        kept.append(bootstrap(hits, np.ones_like(hits), generator))
    return Curve(list(order), kept)


def random_curves(
    logits: Logits,
    setting: AllForOne,
    heads: int,
    report: Answered,
    generator: np.random.Generator,
    orders: int = 5,
) -> list[Curve]:
    """The control: the curves of heads taken away in several random orders."""
    known = transfer_heads(setting, heads)
    shuffled = [[known[i] for i in generator.permutation(len(known))] for _ in range(orders)]
    return [curve(logits, setting, order, report, generator) for order in shuffled]


def survivors(found: Pruning | Curve, keep: float = 0.95) -> list[Head]:
    """The heads left at the last step before less than `keep` of the faithfulness of all of them remains.

    Once fallen is fallen: that the curve may rise again later does not count. Sorted by block, then by number.
    """
    if not 0 < keep <= 1:
        raise ShapeError(f"keep is a share of the faithfulness above 0 and at most 1, not {keep}")
    kept = [step.value for step in found.kept] if isinstance(found, Curve) else found.kept.tolist()
    if not kept[0]:
        raise ShapeError("nothing is right with all heads, so that no part of it can be kept: choose another setting")
    fallen = [gone for gone, value in enumerate(kept) if value < keep * kept[0]]
    gone = fallen[0] - 1 if fallen else len(found.order)
    return sorted(found.order[gone:])


__all__ = ["Curve", "Pruning", "curve", "prune", "prune_once", "random_curves", "survivors"]
