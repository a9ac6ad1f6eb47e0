"""What the paper claims of models without their bigram subnetwork, with criteria committed before any record."""

from collections.abc import Mapping
from typing import Any

from interp.findings import Finding, Measurement, Verdict
from interp.stats import Interval, over_seeds

_PATH = "bigrams/necessity"
_PAPER = "Chang and Bergen 2025 (arXiv 2504.15471)"
OPTIMAL, MAGNITUDE, TOP = "best pruning", "random, equal magnitudes", "largest weights"
FULL = "full model"


def _needed(m: Measurement) -> Verdict:
    """Costs more than random weights do; reproduced when these cost next to nothing, and the best pruning no more.

    Next to nothing is a tenth. No more means at most a quarter above. Random weights of equal magnitude, which the
    paper has not, must cost less too: else it is the size of the weights that is needed.
    """
    if m.value.low <= m.control.high:
        return Verdict.NOT_REPRODUCED
    alike = m.value.value >= 0.8 * m.extra[OPTIMAL] and m.value.low > m.extra[MAGNITUDE]
    return Verdict.REPRODUCED if alike and m.control.high <= 0.1 * m.value.value else Verdict.DIRECTION


def _collapses(m: Measurement) -> Verdict:
    """Half of a continuation is one token, and not so with random weights gone; or it is more than with these."""
    if m.value.low <= m.control.high:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.value.low >= 0.5 > m.control.high else Verdict.DIRECTION


FINDINGS = (
    Finding(
        id="bigram-14",
        claim="Without its bigram subnetwork a model loses as much as without its best pruning, without random weights "
        "nothing (next-token loss gained, weights set to 0)",
        source=f"{_PAPER}, section 6.3: a bar chart without numbers",
        paper_value="about that of the best pruning; random about 0",
        scale="S",
        measured_by=_PATH,
        control="random masks with as many weights in each matrix, over seeds",
        criterion=_needed,
        unit="nats",
    ),
    Finding(
        id="bigram-15",
        claim="Without its bigram subnetwork a model repeats one token (share of a continuation, temperature 0.3)",
        source=f"{_PAPER}, appendix A.10: samples, no numbers",
        paper_value="one token repeated",
        scale="S",
        measured_by=_PATH,
        control="random masks with as many weights in each matrix, over seeds",
        criterion=_collapses,
        unit="%",
    ),
)


def measured(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Value, control and further numbers of each claim, from what `measure` told; intervals are over masks."""
    full, told = metrics["full"]["loss"][0], metrics["kinds"]

    def gained(kind: str, fill: str = "zero") -> Interval:
        return over_seeds([one[0] - full for one in told[kind]["ablated"][fill]])

    def repeated(kind: str) -> Interval:
        return over_seeds(told[kind]["top share"])

    further = {
        f"{kind}, {fill}": gained(kind, fill).value
        for fill in ("mean", "resample")
        for kind in ("bigram", "count", "magnitude")
    }
    return {
        "bigram-14": {
            "value": gained("bigram"),
            "control": gained("count"),
            "extra": {
                OPTIMAL: gained("optimal").value, MAGNITUDE: gained("magnitude").high, TOP: gained("top").value,
                FULL: full, "share kept": metrics["share"], **further,
            },
        },
        "bigram-15": {
            "value": repeated("bigram"),
            "control": repeated("count"),
            "extra": {
                FULL: metrics["full"]["top share"], OPTIMAL: repeated("optimal").value,
                MAGNITUDE: repeated("magnitude").value, TOP: repeated("top").value,
                "the text itself": metrics["text"]["top share"],
            },
        },
    }  # fmt: skip


__all__ = ["FINDINGS", "measured"]
