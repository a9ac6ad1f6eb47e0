"""The claims about what the answer needs, with their criteria."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.mental_math.alternatives.findings import PLANTED
from experiments.mental_math.criteria import ordinary
from interp.findings import Finding, Measurement, Verdict

_PATH = "mental_math/necessity"
_PAPER = "Mamidanna et al. 2025 (arXiv 2509.09650)"
GONE = "share of heads gone"
"""The further number that the criterion of pruning needs."""
EVEN = "even share"
"""The further number that the criterion of single operands needs."""


def _one_destroys(m: Measurement) -> Verdict:
    """Each transfer block takes nine tenths, no other more than one; or half at least, and more than any other."""
    if m.value.low <= m.control.high or m.value.low < 0.5:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.value.low >= 0.9 and m.control.high <= 0.1 else Verdict.DIRECTION


def _most_can_go(m: Measurement) -> Verdict:
    """With 85 % of the heads gone nine tenths are kept; or with half of them, and more than by chance."""
    if m.value.low <= m.control.high or m.value.low < 0.9 or m.extra[GONE] < 0.5:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.extra[GONE] >= 0.85 else Verdict.DIRECTION


def _single(m: Measurement) -> Verdict:
    """More on one operand than all transfer heads have; and at least half of what even attention leaves to gain."""
    half = (1 + m.extra[EVEN]) / 2
    return Verdict.DIRECTION if m.value.low > m.control.high and m.value.low >= half else Verdict.NOT_REPRODUCED


FINDINGS = (
    Finding(
        id="af1-10",
        claim="Knocking out one transfer block destroys the answer, any other does not (right answers lost)",
        source=f"{_PAPER}, figure of single-layer knockouts (the number is second hand); {PLANTED}",
        paper_value="more than 90 % lost",
        scale="S?",
        measured_by=_PATH,
        control="the most harmful of the other blocks; the value is the least harmful transfer block",
        criterion=ordinary(_one_destroys),
        unit="%",
    ),
    Finding(
        id="af1-11",
        claim="Most transfer heads can go, 59 of 64 in Llama-3-8B (faithfulness with the rest)",
        source=f"{_PAPER}, pruning of heads (second hand: 59 or nearly 60 of 64, about 95 % kept); {PLANTED}",
        paper_value=0.95,
        scale="S?",
        measured_by=_PATH,
        control="as many heads taken away in random order, over orders",
        criterion=ordinary(_most_can_go),
        unit="%",
    ),
    Finding(
        id="af1-12",
        claim="The heads that are left attend to single operands (share of their attention to operands on one)",
        source=f"{_PAPER}, figure of attention patterns, no numbers known to us; {PLANTED}",
        paper_value=None,
        scale="S?",
        measured_by=_PATH,
        control="all transfer heads, when all of them peek",
        criterion=ordinary(_single),
        unit="%",
    ),
)


def measured(subjects: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Value, control and further numbers of each claim, from what `measure` told of the first subject.

    Claims that could not be measured are left out. Intervals are over prompts, that of random orders over orders.
    """
    first = subjects[0]
    blocks, heads, looking, chosen = (first[name] for name in ("blocks", "heads", "looking", "chosen"))
    extra = {name: float(chosen[name]) for name in ("wait", "transfer", "found")}
    found: dict[str, Any] = {
        "af1-10": {"value": blocks["least"], "control": blocks["most"], "extra": extra},
    }
    if heads is not None:
        counts = {"heads": float(len(heads["heads"])), "heads left": float(len(heads["survivors"]))}
        more = {GONE: heads["share gone"], "all heads": heads["curve"][0][0], **counts}
        found["af1-11"] = {"value": heads["left"], "control": heads["random"], "extra": more}
    if looking is not None:
        more = {EVEN: looking["even"], "heads": float(len(looking["single by head"]))}
        found["af1-12"] = {"value": looking["single"], "control": looking["all"], "extra": more}
    return {name: one for name, one in found.items() if one["value"] is not None and one["control"] is not None}


__all__ = ["EVEN", "FINDINGS", "GONE", "measured"]
