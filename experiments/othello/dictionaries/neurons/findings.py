"""The claims about neurons and squares, with their criteria."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.othello.criteria import above
from interp.findings import Finding, Measurement, Verdict
from interp.stats import Interval

_PATH = "othello/dictionaries"
_DU = "Du et al. 2025 (arXiv 2501.07108), figure 4"


def _changes(m: Measurement) -> Verdict:
    """More than folding in the norm's gain does, which is a matter of taste."""
    return Verdict.DIRECTION if m.value.low > m.control.high else Verdict.NOT_REPRODUCED


FINDINGS = (
    Finding(
        id="othello-19-late",
        claim="Late MLP neurons look at the twelve squares around the centre: at least half of those that point along "
        "a square's direction of mine",
        source=f"{_DU}, layer 7",
        paper_value="a ring of twelve squares, 5 to 17 neurons each",
        scale="S?",
        measured_by=_PATH,
        control="the same counts with squares shuffled",
        criterion=above(reproduced=0.5, direction=0.0),
        unit="%",
    ),
    Finding(
        id="othello-19-early",
        claim="MLP neurons of the first block look at the border: at least two thirds of those that point along a "
        "square's direction of mine",
        source=f"{_DU}, layer 1",
        paper_value="8 to 10 neurons on each of four border squares",
        scale="S?",
        measured_by=_PATH,
        control="the same counts with squares shuffled",
        criterion=above(reproduced=2 / 3, direction=0.0),
        unit="%",
    ),
    Finding(
        id="othello-19-bug",
        claim="Normalising each dimension over neurons, in place of each neuron, changes which neurons are counted",
        source="our reading of the published code of Du et al. 2025",
        paper_value=None,
        scale="S?",
        measured_by=_PATH,
        control="the change from folding in the gain of the norm",
        criterion=_changes,
        unit="%",
    ),
)


def measured(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Shares at the threshold that chance exceeds as rarely as the published one at the published width."""
    bug = metrics["normalisation"]
    return {
        "othello-19-late": _share(metrics["blocks"][metrics["late"]], "ring"),
        "othello-19-early": _share(metrics["blocks"][metrics["early"]], "rim"),
        "othello-19-bug": {
            "value": _or_nothing(bug["published against by neuron"]),
            "control": _or_nothing(bug["folded against by neuron"]),
            "extra": {name: float(sum(totals)) for name, totals in bug["totals"].items()},
        },
    }


def _share(block: Mapping[str, Any], region: str) -> dict[str, Any]:
    mine = block["mine"]
    return {
        "value": _or_nothing(mine["same chance"]["share"][region]),
        "control": _or_nothing(mine["same chance"]["shuffled"][region]),
        "extra": {
            "neurons": float(mine["same chance"]["total"]),
            "published threshold": _or_nothing(mine["published"]["share"][region]).value,
            "theirs": _or_nothing(block["theirs"]["same chance"]["share"][region]).value,
            "empty": _or_nothing(block["empty"]["same chance"]["share"][region]).value,
        },
    }


def _or_nothing(interval: Sequence[float | int] | None) -> Interval:
    """No share of nothing: where no neuron is counted no claim holds."""
    return Interval(0.0, 0.0, 0.0, 1) if interval is None else Interval(*interval)  # type: ignore[arg-type]


__all__ = ["FINDINGS", "measured"]
