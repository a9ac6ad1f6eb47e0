"""What becomes of a proposal that the paper makes and does not try; the criterion was committed before its record."""

from collections.abc import Mapping
from typing import Any

from experiments.bigrams.core_plus_circuit.measure import BESIDE
from interp.findings import Finding, Measurement, Verdict
from interp.stats import over_seeds

HALF = 0.5
"""What a circuit must bring of what the core lacks."""
TOLERANCE = 0.04
"""How much correlation the paper gives away for a smaller subnetwork (appendix A.3)."""
CORE_R, CIRCUIT_R = "r elsewhere, core", "r elsewhere, core and circuit"


def _circuit_adds(m: Measurement) -> Verdict:
    """Half of what the core lacks, more than the same number of other weights, and the core stays a bigram model."""
    adds = m.value.low >= HALF and m.value.low > m.control.high
    return Verdict.DIRECTION if adds and m.extra[CIRCUIT_R] >= m.extra[CORE_R] - TOLERANCE else Verdict.NOT_REPRODUCED


FINDINGS = (
    Finding(
        id="bigram-19",
        claim="A small circuit added to the bigram core brings half of what it lacks where the text repeats itself, "
        "and leaves it a bigram model elsewhere",
        source="proposed in Chang and Bergen 2025 (arXiv 2504.15471), appendix A.1, and not tried there",
        paper_value=None,
        scale="S?",
        measured_by="bigrams/core_plus_circuit",
        control="as many weights in each matrix added to the core: random ones, or the largest, whichever bring more",
        criterion=_circuit_adds,
        unit="%",
    ),
)


def measured(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """How much of the core's excess loss at repetitions is gone, over seeds; nothing where the core has no excess."""
    (judged,) = (one for one in metrics["added"] if one["share"] == metrics["judged"])
    full, cores = metrics["full"]["right"], [core["right"] for core in metrics["core"]]
    if min(cores) <= full:
        return {}
    brought = {
        kind: over_seeds(
            [(core - told["right"]) / (core - full) for core, told in zip(cores, judged[kind], strict=True)]
        )
        for kind in BESIDE
    }
    control = max(brought["random"], brought["largest"], key=lambda interval: interval.high)

    def mean(tolds: list[dict[str, float]], what: str) -> float:
        return over_seeds([told[what] for told in tolds]).value

    extra = {
        CORE_R: mean(metrics["core"], "r"), CIRCUIT_R: mean(judged["circuit"], "r"),
        "r elsewhere, from nothing": mean(judged["without"], "r"), "r elsewhere, full model": metrics["full"]["r"],
        "as large from nothing": brought["without"].value, "circuit without its core": brought["alone"].value,
        "searched for where copying errs, too": brought["offered"].value,
        "r elsewhere, searched for where copying errs, too": mean(judged["offered"], "r"),
        "loss where copying errs, searched for there, too": mean(judged["offered"], "wrong"),
        "loss where copying errs, full model": metrics["full"]["wrong"],
        "loss where copying errs, core": mean(metrics["core"], "wrong"),
        "loss where copying errs, core and circuit": mean(judged["circuit"], "wrong"),
        "loss at repetitions, core": mean(metrics["core"], "right"), "loss at repetitions, full model": full,
        "share added": metrics["judged"], "share of the core": metrics["core share"],
    }  # fmt: skip
    return {"bigram-19": {"value": brought["circuit"], "control": control, "extra": extra}}


__all__ = ["CIRCUIT_R", "CORE_R", "FINDINGS", "HALF", "TOLERANCE", "measured"]
