"""The claims about widths and kinds of dictionary that Karvonen et al. make, with their criteria."""

from collections.abc import Mapping
from typing import Any

from experiments.othello.dictionaries import kinds
from experiments.othello.dictionaries.board_game.differences import mean
from interp.findings import Finding, Measurement, Verdict
from interp.stats import Interval

_PATH = "othello/dictionaries"
_SOURCE = "Karvonen et al. 2024 (arXiv 2408.00113), section 5 and results saved with their code"


def _wider_covers(m: Measurement) -> Verdict:
    """More covered at every L0, beyond what seeds differ by, while explained variance gains 0.02 at most.

    More on the average, and more than what explained variance gains, at least.
    """
    if m.value.low <= max(m.control.high, 0.0):
        return Verdict.NOT_REPRODUCED
    beyond = m.extra["least"] > 0 and m.value.low > m.extra["seeds"]
    return Verdict.REPRODUCED if beyond and abs(m.control.value) <= 0.02 else Verdict.DIRECTION


def _trade(m: Measurement) -> Verdict:
    """TopK ahead in coverage and behind in reconstruction; ahead in the one by more than in the other at least."""
    if m.value.low <= m.control.high:
        return Verdict.NOT_REPRODUCED
    if m.value.low > 0 and m.control.high < 0:
        return Verdict.REPRODUCED
    return Verdict.DIRECTION if m.value.low > 0 or m.control.high < 0 else Verdict.NOT_REPRODUCED


FINDINGS = (
    Finding(
        id="othello-26",
        claim="Twice as many latents cover more of the board at equal L0, and explained variance does not show it",
        source=_SOURCE,
        paper_value="more",
        scale="S?",
        measured_by=_PATH,
        control="what explained variance gains by the same width",
        criterion=_wider_covers,
    ),
    Finding(
        id="othello-27",
        claim="At equal L0 TopK covers more of the board and L1 reconstructs more of it (coverage, TopK less L1)",
        source=_SOURCE,
        paper_value="TopK covers more, L1 reconstructs more",
        scale="S?",
        measured_by=_PATH,
        control="the same difference in reconstruction",
        criterion=_trade,
    ),
)


def measured(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Value, control and further numbers of the findings that can be measured.

    Means over the sparsities compared, with ranges over games. Without a comparison there is none, nor is there for
    kinds whose L0 have nothing in common.
    """
    found = {}
    if wider := metrics.get("wider"):
        gains = {name: [Interval(*one[name]) for one in wider.values()] for name in ("coverage", "explained_variance")}
        first, second = (metrics["main"][name]["coverage"][0] for name in (kinds.FIRST, kinds.SECOND))
        found["othello-26"] = {
            "value": mean(gains["coverage"]),
            "control": mean(gains["explained_variance"]),
            "extra": {"least": min(one.value for one in gains["coverage"]), "seeds": abs(first - second)},
        }
    rivals = metrics.get("kinds", {})
    if l1 := [one for name, one in rivals.items() if name.startswith("l1 ") and one]:
        ahead = {name: mean([Interval(*one[name]) for one in l1]) for name in ("coverage", "reconstruction")}
        found["othello-27"] = {
            "value": ahead["coverage"],
            "control": ahead["reconstruction"],
            "extra": {"compared": float(len(l1))},
        }
    return found


__all__ = ["FINDINGS", "measured"]
