"""The claims on transpositions, with their criteria."""

from collections.abc import Mapping
from typing import Any

from experiments.othello.edits.transpositions.pairs import APART, SAME, STRANGERS
from interp.findings import Finding, Measurement, Verdict

_SOURCE = "Hravan, othellogpt-deconstruction, an unreviewed report on 12,894 pairs (games and model are mixed there)"
_CONTROL = "a player who knows the rules and looks at the board alone"


def _varies(m: Measurement) -> Verdict:
    """The whole interval within 5 points of the published 0.230; at least 0.05, a fifth of it, to be a direction.

    A player who looks at the board alone has exactly 0, and no network will: what is less than 0.05 is no claim.
    """
    if m.value.low <= m.control.high or m.value.low < 0.05:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.value.low >= 0.18 and m.value.high <= 0.28 else Verdict.DIRECTION


def _disagrees(m: Measurement) -> Verdict:
    """The whole interval within 5 points of the published 25.6 %; at least 5 % to be a direction."""
    if m.value.low <= m.control.high or m.value.low < 0.05:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.value.low >= 0.206 and m.value.high <= 0.306 else Verdict.DIRECTION


FINDINGS = (
    Finding(
        id="othello-30",
        claim="The answer depends on the path: the same board gets another one (mean total variation)",
        source=_SOURCE,
        paper_value=0.230,
        scale="S?",
        measured_by="othello/edits",
        control=_CONTROL,
        criterion=_varies,
    ),
    Finding(
        id="othello-30-top1",
        claim="The most likely move depends on the path: it is another one on the same board",
        source=_SOURCE,
        paper_value=0.256,
        scale="S?",
        measured_by="othello/edits",
        control=f"{_CONTROL}, and takes the first of the legal moves",
        criterion=_disagrees,
        unit="%",
    ),
)


def measured(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Value and control of both claims, with the same number for boards one disc apart, any boards, random weights."""
    return {
        "othello-30": _entry(metrics, "tv"),
        "othello-30-top1": _entry(metrics, "disagree", ties=metrics["ties"][0]),
    }


def _entry(metrics: Mapping[str, Any], name: str, **extra: float) -> dict[str, Any]:
    answers = metrics["answers"]
    return {
        "value": answers["trained"][SAME][name],
        "control": answers["rules"][SAME][name],
        "extra": {
            "one_disc": answers["trained"][APART][name][0],
            "other_board": answers["trained"][STRANGERS][name][0],
            "random_weights": answers["random"][SAME][name][0],
            **extra,
        },
    }


__all__ = ["FINDINGS", "measured"]
