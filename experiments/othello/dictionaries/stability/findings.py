"""The claims about stable squares, with their criteria."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from experiments.othello.dictionaries.stability.pairs import THRESHOLD
from experiments.othello.places import RIM, places
from interp.findings import Finding, Measurement, Verdict
from interp.stats import Interval

_PATH = "othello/dictionaries"
_DU = "Du et al. 2025 (arXiv 2501.07108)"


def _peaks(m: Measurement) -> Verdict:
    """More pairs than with random weights and than elsewhere; half of all and the fullest depth among them.

    The two models of the paper have 72 and 55 % of their pairs at these depths, three of eight.
    """
    if m.value.low <= max(m.control.high, m.extra["elsewhere"]):
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.extra["share"] >= 0.5 and m.extra["fullest"] else Verdict.DIRECTION


def _not_inside(m: Measurement) -> Verdict:
    """At most one interior square in twenty, and fewer than on the rim; less than half the rim's share at least."""
    if m.value.high >= m.control.low or m.value.high >= m.control.value / 2:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.value.high <= 0.05 else Verdict.DIRECTION


def _as_well(m: Measurement) -> Verdict:
    """The ply above the mean of the latents that are counted; and above the threshold on every square of the rim."""
    if m.value.low <= m.control.high:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.extra["lowest"] > THRESHOLD else Verdict.DIRECTION


def _most_fall(m: Measurement) -> Verdict:
    """More than half of the pairs fall, and more than with plies that were shuffled over the rows."""
    return Verdict.DIRECTION if m.value.low > max(0.5, m.control.high) else Verdict.NOT_REPRODUCED


FINDINGS = (
    Finding(
        id="othello-20",
        claim="Latents that tell stable squares of the rim are most after a quarter to a half of the blocks (pairs of "
        "a latent and a square per dictionary)",
        source=f"{_DU}, section 3.4 and table 1: 8, 45, 46, 47, 18, 16, 6, 6 pairs after 1 to 8 blocks",
        paper_value="45 to 47",
        scale="S?",
        measured_by=_PATH,
        control="dictionaries of the random-weight model at the same depths",
        criterion=_peaks,
    ),
    Finding(
        id="othello-20-interior",
        claim="No latent tells a stable square in the interior (with labels from hindsight and among positions of the "
        "same ply: by the published rule nothing there can be stable)",
        source=f"{_DU}, figure 5",
        paper_value=0.0,
        scale="S?",
        measured_by=_PATH,
        control="the share of squares of the rim with such a latent",
        criterion=_not_inside,
        unit="%",
    ),
    Finding(
        id="othello-21",
        claim="The ply alone tells stable squares of the rim as well as the latents that are counted (mean AUROC)",
        source=f"{_DU}, section 3.4 calls a latent with an AUROC over 0.8 a stability latent",
        paper_value="over 0.8",
        scale="S",
        measured_by=_PATH,
        control="the latents of the confirmed pairs",
        criterion=_as_well,
    ),
    Finding(
        id="othello-21-stratified",
        claim="Most of these latents fall below 0.8 among positions of the same ply",
        source="our prediction; no paper states it",
        paper_value=None,
        scale="S",
        measured_by=_PATH,
        control="the same pairs with plies shuffled over the positions",
        criterion=_most_fall,
        unit="%",
    ),
)


def measured(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Value, control and further numbers of each finding, from `measure`.

    The published rule, but in the interior; further numbers have the strict criterion. Intervals are a bootstrap over
    latents (20, 21-stratified, the control of 21), over squares (20-interior) and over games (21).
    """
    pooled = metrics["pooled"]
    published, strict = pooled["published"], pooled["strict"]
    peak, covered = published["peak"], pooled["hindsight"]["covered"]
    return {
        "othello-20": {
            "value": _interval(peak["inside"]),
            "control": _interval(peak["random"]),
            "extra": {
                "elsewhere": peak["outside"][2], "share": peak["share"], "fullest": float(peak["fullest"]),
                "strict": strict["peak"]["inside"][0], "strict, elsewhere": strict["peak"]["outside"][0],
                "strict, random weights": strict["peak"]["random"][0],
            },
        },
        "othello-20-interior": {
            "value": _interval(covered["within ply"]["interior"]),
            "control": _interval(covered["within ply"]["rim"]),
            "extra": {
                "any ply": covered["told"]["interior"][0],
                "strict": strict["covered"]["within ply"]["interior"][0],
                "published": published["covered"]["told"]["interior"][0],
            },
        },
        "othello-21": {
            "value": _interval(metrics["alone"]["rim"]),
            "control": _interval(published["auroc"] or [THRESHOLD, THRESHOLD, THRESHOLD, 0]),
            "extra": _on_rim(metrics),
        },
        "othello-21-stratified": {
            "value": _interval(published["fallen"]["ply"] or [0.0, 0.0, 0.0, 0]),
            "control": _interval(published["fallen"]["shuffled ply"] or [0.0, 0.0, 0.0, 0]),
            "extra": {
                "strict": _value(strict["fallen"]["ply"]),
                "where taken": _value(published["fallen"]["taken"]),
                "strict, where taken": _value(strict["fallen"]["taken"]),
            },
        },
    }  # fmt: skip


def _on_rim(metrics: Mapping[str, Any]) -> dict[str, float]:
    """On the rim by the published rule: the lowest and the highest AUROC of the ply, and the means of other controls.

    Squares whose flag has one class are left out; 0 where all are.
    """
    rim = places(metrics["size"])[RIM]

    def known(name: str, definition: str) -> np.ndarray:
        values = np.array(metrics["alone"][name][definition], np.float64)[rim]
        return values[np.isfinite(values)] if np.isfinite(values).any() else np.zeros(1)

    ply = known("ply", "published")
    return {
        "lowest": float(ply.min()),
        "highest": float(ply.max()),
        "own disc": float(known("own disc", "published").mean()),
        "corner": float(known("corner", "published").mean()),
        "strict": float(known("ply", "strict").mean()),
    }


def _value(interval: Any) -> float:
    """The share of no pairs counts as 0."""
    return float(interval[0]) if interval else 0.0


def _interval(numbers: Any) -> Interval:
    value, low, high, n = numbers
    return Interval(float(value), float(low), float(high), int(n))


__all__ = ["FINDINGS", "measured"]
