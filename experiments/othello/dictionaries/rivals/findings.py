"""The claims about dictionaries beside probes, with their criteria."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.othello.criteria import above
from experiments.othello.dictionaries.kinds import FIRST, PUBLISHED, RANDOM
from experiments.othello.dictionaries.rivals.contenders import DIRECTIONS, NEURONS, PROBE
from interp.findings import Finding, Measurement, Verdict
from interp.stats import Interval

_PATH = "othello/dictionaries"
_HUBEN = "Huben 2024 (Research Report: Sparse Autoencoders find only 9/180 board state features in OthelloGPT)"
_LEAST, _MOST = 9 / 180, 33 / 180
"""Found of what probes read: at layer 6, and later with earlier layers and untied weights."""


def _few_but_some(m: Measurement) -> Verdict:
    """Probes read nine tenths of all; latents find more of that than random weights or directions, and at most half.

    Reproduced when the interval meets the published range of 9 to 33 of 180.
    """
    if m.extra["probe"] < 0.9 or m.value.low <= m.control.high or m.value.high > 0.5:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.value.low <= _MOST and m.value.high >= _LEAST else Verdict.DIRECTION


FINDINGS = (
    Finding(
        id="othello-18",
        claim="Of the (square, class) that probes read, few have a latent with an AUROC of 0.9 in a dictionary of "
        "twice the width",
        source=_HUBEN,
        paper_value="9 to 33 of 180",
        scale="S",
        measured_by=_PATH,
        control="the better of latents of random weights and random directions that fire as often",
        criterion=_few_but_some,
        unit="%",
    ),
    Finding(
        id="othello-18-cosine",
        claim="Decoder rows come nearer to the mine/theirs directions of probes than rotated ones",
        source=_HUBEN,
        paper_value=None,
        scale="S",
        measured_by=_PATH,
        control="the highest cosine after random rotations of the decoder",
        criterion=above(reproduced=1.0, direction=0.0),
    ),
)


def measured(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Value and control of both at the depth two thirds of the way; Huben's was six of eight blocks."""
    depth, rivals, near = metrics["depth"], metrics["rivals"], metrics["cosines"]

    def found(name: str, of: str = "found readable") -> Interval:
        return _or_nothing(rivals[name][depth][of])

    controls = [found(name) for name in (RANDOM, DIRECTIONS[PUBLISHED])]
    return {
        "othello-18": {
            "value": found(PUBLISHED),
            "control": max(controls, key=lambda interval: interval.high),
            "extra": {
                "probe": found(PROBE, "found").value,
                "main dictionary": found(FIRST).value,
                "random directions, main": found(DIRECTIONS[FIRST]).value,
                "neurons": found(NEURONS).value,
            },
        },
        "othello-18-cosine": {
            "value": Interval(*near[FIRST]["mean"][depth]),
            "control": Interval(*near[FIRST]["rotated"][depth]),
            "extra": {"published kind": near[PUBLISHED]["mean"][depth][0], "chance": near[FIRST]["chance"][depth][0]},
        },
    }


def _or_nothing(interval: Sequence[float | int] | None) -> Interval:
    """Nothing is found where nothing can be read."""
    return Interval(0.0, 0.0, 0.0, 1) if interval is None else Interval(*interval)  # type: ignore[arg-type]


__all__ = ["FINDINGS", "measured"]
