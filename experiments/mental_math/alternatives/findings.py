"""The claims about what can take the place of the subgraph's parts, with their criteria."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.mental_math.alternatives.criteria import above, below
from experiments.mental_math.alternatives.peeking import FOUND, HIDDEN, NO_SINK
from experiments.mental_math.alternatives.stand_ins import CONDITIONAL, RIVALS
from experiments.mental_math.criteria import ordinary
from interp.findings import Finding

_PATH = "mental_math/alternatives"
_PAPER = "Mamidanna et al. 2025 (arXiv 2509.09650)"
PLANTED = "small models: the circuit was planted by training, so that the instrument is tested and no language model"

FINDINGS = (
    Finding(
        id="af1-13",
        claim="Conditional means keep the answer; plain mean, zero and resampling do not (faithfulness)",
        source=f"{_PAPER}, abstract: unique advantages, no numbers known to us; {PLANTED}",
        paper_value=None,
        scale="S?",
        measured_by=_PATH,
        control="the best of plain mean, zero and resampling at the same wait and transfer",
        criterion=ordinary(above(reproduced=0.95, direction=0.5)),
        unit="%",
    ),
    Finding(
        id="af1-14",
        claim="The first token is needed: nobody sees it, and the answer is gone (faithfulness)",
        source=f"{_PAPER}: it is always in sight, as in the authors' code; no numbers known to us; {PLANTED}",
        paper_value=None,
        scale="S?",
        measured_by=_PATH,
        control="the same subgraph with the first token in sight",
        criterion=ordinary(below(reproduced=0.1, direction=0.5)),
        unit="%",
    ),
)


def measured(subjects: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Value, control and further numbers of each claim, from what `measure` told of the first subject.

    Nothing is said of the first token where there is no sink. Intervals are over prompts.
    """
    first = subjects[0]
    kept = first["stand ins"]
    best = max((kept[name] for name in RIVALS), key=lambda interval: interval[0])
    found = {
        "af1-13": {"value": kept[CONDITIONAL], "control": best, "extra": _extra(first)},
    }
    ways = first["peeking"]
    if HIDDEN in ways:
        extra = {"seen in transfer only": ways[NO_SINK][0]}
        found["af1-14"] = {"value": ways[HIDDEN], "control": ways[FOUND], "extra": extra}
    return found


def _extra(first: Mapping[str, Any]) -> dict[str, float]:
    extra = {name: one[0] for name, one in first["stand ins"].items() if name != CONDITIONAL}
    chosen = first["chosen"]
    return {
        **extra, "majority": first["majority"], "fewest contexts": float(first["told"]["contexts"]),
        "wait": float(chosen["wait"]), "transfer": float(chosen["transfer"]),
        "found by the search": float(chosen["found"]),
    }  # fmt: skip


__all__ = ["FINDINGS", "PLANTED", "measured"]
