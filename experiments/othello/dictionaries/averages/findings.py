"""The claims on average boards, with their criteria: first the move just made, then single squares, then more."""

from collections.abc import Mapping
from typing import Any

from experiments.othello.dictionaries.averages.facts import CONJUNCTION, LAST, SINGLE
from experiments.othello.dictionaries.averages.measure import SAME_PLIES
from experiments.othello.dictionaries.kinds import FIRST, RANDOM, SECOND
from interp.findings import Finding, Measurement, Verdict
from interp.stats import Interval

_SOURCE = "Nijdam, report on sparse autoencoders of a small OthelloGPT (6 blocks, width 128), after blocks 1, 3 and 5"


def _falls(m: Measurement) -> Verdict:
    """Falls, and more than with random weights, for both seeds. To be reproduced, early latents with any fact must
    mostly (half of them) be of the last move alone, those in the middle and late ones must not, and nine of ten
    squares that early latents tell of must be theirs."""
    floor = max(m.control.high, 0.0)
    if m.value.low <= floor or m.extra["second"] <= floor:
        return Verdict.NOT_REPRODUCED
    early, later = m.extra["early_of_notable"], max(m.extra["middle_of_notable"], m.extra["late_of_notable"])
    first = early >= 0.5 > later and m.extra["early_theirs"] >= 0.9
    return Verdict.REPRODUCED if first else Verdict.DIRECTION


def _rises(m: Measurement) -> Verdict:
    """Rises, and more than with random weights, for both seeds. To be reproduced, single squares must be more than
    conjunctions in the middle, and fewer late."""
    floor = max(m.control.high, 0.0)
    if m.value.low <= floor or m.extra["second"] <= floor:
        return Verdict.NOT_REPRODUCED
    crossed = m.extra["middle_single"] > m.extra["middle_conjunction"]
    crossed = crossed and m.extra["late_conjunction"] > m.extra["late_single"]
    return Verdict.REPRODUCED if crossed else Verdict.DIRECTION


FINDINGS = (
    Finding(
        id="othello-29-move",
        claim="Early latents say which move was just made, later ones do not (their share, depth 1 less the last but "
        "one)",
        source=_SOURCE,
        paper_value="after block 1: the current move, and theirs only",
        scale="S",
        measured_by="othello/dictionaries",
        control="the same fall in dictionaries of the random-weight model",
        criterion=_falls,
        unit="%",
    ),
    Finding(
        id="othello-29-conjunctions",
        claim="Single squares come first and conjunctions late (share of these, last depth but one less the middle)",
        source=_SOURCE,
        paper_value="after block 3: mostly single squares; after block 5: combinations",
        scale="S",
        measured_by="othello/dictionaries",
        control="the same rise in dictionaries of the random-weight model",
        criterion=_rises,
        unit="%",
    ),
)


def measured(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Value and control of both, from the first set and the random-weight one; intervals resample latents.

    Among the further numbers are the change in the second set and for random rows of the same plies.
    """
    early, middle, late = metrics["depths"]
    first, changes = metrics["sets"][FIRST], metrics["changes"]

    def entry(kind: str, extra: Mapping[str, float]) -> dict[str, Any]:
        return {
            "value": Interval(*changes[FIRST][kind]), "control": Interval(*changes[RANDOM][kind]),
            "extra": {"second": changes[SECOND][kind][0], "same_plies": changes[SAME_PLIES][kind][0], **extra},
        }  # fmt: skip

    theirs, mine = first["theirs"][early], first["mine"][early]
    return {
        "othello-29-move": entry(LAST, {
            "early_of_notable": _among(first, early), "middle_of_notable": _among(first, middle),
            "late_of_notable": _among(first, late), "early_theirs": theirs / max(theirs + mine, 1),
        }),
        "othello-29-conjunctions": entry(CONJUNCTION, {
            f"{name}_{short}": _share(first, kind, depth)
            for name, depth in (("middle", middle), ("late", late))
            for short, kind in (("single", SINGLE), ("conjunction", CONJUNCTION))
        } | {"middle_notable": _value(first["notable"][middle]), "late_notable": _value(first["notable"][late])}),
    }  # fmt: skip


def _among(found: Mapping[str, Any], depth: int) -> float:
    """The part of latents of the last move among all that have a fact; 0 where none has."""
    facts = [_share(found, kind, depth) for kind in (LAST, SINGLE, CONJUNCTION)]
    return facts[0] / sum(facts) if any(facts) else 0.0


def _share(found: Mapping[str, Any], kind: str, depth: int) -> float:
    return _value(found["kinds"][kind][depth])


def _value(interval: Any) -> float:
    return 0.0 if interval is None else float(interval[0])


__all__ = ["FINDINGS", "measured"]
