"""The claims about maps of squares, with their criteria."""

from collections.abc import Mapping
from typing import Any

from interp.findings import Finding, Measurement, Verdict
from interp.stats import Interval

_PATH = "othello/dictionaries"
_DU = "Du et al. 2025 (arXiv 2501.07108), figure 3"

FEW = 5.0
"""Hits of a dictionary below which there is no map to speak of; the paper's emptiest layer has 8.6."""


def _early(m: Measurement) -> Verdict:
    """60 % of the hits on the rim; a direction when it is more than chance and more than with random weights."""
    return _concentrated(m, 0.6)


def _late(m: Measurement) -> Verdict:
    """Half of the hits on the ring; a direction when it is more than chance and more than with random weights."""
    return _concentrated(m, 0.5)


def _none(m: Measurement) -> Verdict:
    """No hit, and the same hits on other squares would have left some; a direction when there are fewer than those."""
    if m.extra["hits"] < FEW or m.value.high >= m.control.low:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.value.value == 0 else Verdict.DIRECTION


def _peaks(m: Measurement) -> Verdict:
    """More in the middle than at both ends, more so than with random weights.

    Reproduced when the peak lies between layers 2 and 5 of eight and twice as high as either end.
    """
    if m.value.low <= max(m.control.high, 0.0):
        return Verdict.NOT_REPRODUCED
    ends, extra = max(m.extra["first"], m.extra["last"]), m.extra
    inside = extra["from"] <= extra["peak_depth"] <= extra["to"]
    return Verdict.REPRODUCED if inside and extra["peak"] >= 2 * ends else Verdict.DIRECTION


def _saturates(m: Measurement) -> Verdict:
    """At least 95 % of the top triples reach 0.7, and at most 75 % reach 0.9."""
    good = m.value.low >= 0.95 and m.control.high <= 0.75
    return Verdict.DIRECTION if good else Verdict.NOT_REPRODUCED


def _concentrated(m: Measurement, reproduced: float) -> Verdict:
    chance = max(m.control.high, m.extra["uniform_high"])
    if m.extra["hits"] < FEW or m.value.low <= chance:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.value.low >= reproduced else Verdict.DIRECTION


FINDINGS = (
    Finding(
        id="othello-16-early",
        claim="After the first blocks latents tell the owners of corners and edges (share of hits with AUROC 0.9)",
        source=f"{_DU}: 246 of the 324 hits of layers 1 and 2",
        paper_value=0.76,
        scale="S?",
        measured_by=_PATH,
        control="the best triples of the random-weight model at the same depths; squares in random order",
        criterion=_early,
        unit="%",
    ),
    Finding(
        id="othello-16-late",
        claim="In later blocks latents tell the owners of the twelve squares around the centre (share of hits)",
        source=f"{_DU}: 183 of the 240 hits of layers 5 and 7",
        paper_value=0.76,
        scale="S?",
        measured_by=_PATH,
        control="the best triples of the random-weight model at the same depths; squares in random order",
        criterion=_late,
        unit="%",
    ),
    Finding(
        id="othello-16-centre",
        claim="No latent tells the owners of the four squares in the centre (share of hits, all depths but 0)",
        source=_DU,
        paper_value=0.0,
        scale="S?",
        measured_by=_PATH,
        control="the same hits with the squares in random order",
        criterion=_none,
        unit="%",
    ),
    Finding(
        id="othello-16-mid",
        claim="Latents tell most squares in the middle blocks (hits of a dictionary, less those of the first and last)",
        source=f"{_DU}: 86, 238, 184, 145, 95 hits of ten dictionaries at layers 1, 2, 4, 5, 7",
        paper_value=12.0,
        scale="S?",
        measured_by=_PATH,
        control="the same difference with random weights",
        criterion=_peaks,
    ),
    Finding(
        id="othello-17",
        claim="All of the 50 best triples reach an AUROC of 0.7, not of 0.9: the printed totals are those of 0.9",
        source="Du et al. 2025 write 0.7, their published code asks for 0.9; no paper compares the two",
        paper_value=None,
        scale="S",
        measured_by=_PATH,
        control="the share that reaches 0.9",
        criterion=_saturates,
        unit="%",
    ),
)

_CLAIMS = {
    "othello-16-early": "early",
    "othello-16-late": "late",
    "othello-16-centre": "centre",
    "othello-16-mid": "middle",
    "othello-17": "thresholds",
}


def measured(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Value, control and further numbers of every finding, from what `measure` gives."""
    found = {}
    for finding, name in _CLAIMS.items():
        claim = metrics["claims"][name]
        value, control = Interval(*claim["value"]), Interval(*claim["control"])
        found[finding] = {"value": value, "control": control, "extra": claim["extra"]}
    return found


__all__ = ["FEW", "FINDINGS", "measured"]
