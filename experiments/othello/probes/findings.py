"""The claims that `othello/probes` measures, with their criteria."""

from experiments.othello.criteria import above, at_paper_scale, within
from interp.findings import Finding, Measurement, Verdict

_PATH = "othello/probes"
_NANDA = "Nanda et al. 2023 (arXiv 2309.00941), table 1"
_DU = "Du et al. 2025 (arXiv 2501.07108), figure 2"


def _is_the_floor(m: Measurement) -> Verdict:
    """Within a point of the floor: nothing but square and ply is known."""
    return Verdict.REPRODUCED if abs(m.value.value - m.control.value) <= 0.01 else Verdict.NOT_REPRODUCED


def _rises(m: Measurement) -> Verdict:
    """Rising at every depth up to the last block but one, and more than with random weights; 99 % at the best."""
    if not m.extra["rising"] or m.value.low <= m.control.high:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.extra["highest"] >= 0.99 else Verdict.DIRECTION


def _untrained(m: Measurement) -> Verdict:
    """Li's 73.3 % within 3 points, and at least 10 points below what is read from the trained model."""
    if m.value.high > m.control.low - 0.10:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if abs(m.value.value - 0.733) <= 0.03 else Verdict.DIRECTION


FINDINGS = (
    Finding(
        id="othello-2",
        claim="The majority class of each square and ply is right for about 62 % of the squares",
        source=_NANDA,
        paper_value=0.618,
        scale="S",
        measured_by=_PATH,
        control="always answering empty",
        criterion=within(0.613, 0.627),
        unit="%",
    ),
    Finding(
        id="othello-2-embedding",
        claim="At depth 0 a probe for the board before the move knows no more than that majority",
        source=_DU,
        paper_value=0.621,
        scale="S",
        measured_by=_PATH,
        control="the majority of each square and ply",
        criterion=_is_the_floor,
        unit="%",
    ),
    Finding(
        id="othello-3",
        claim="A linear probe reads mine and theirs far better than black and white",
        source=f"{_NANDA}: 99.4 against 74.8 after six blocks",
        paper_value=0.246,
        scale="S",
        measured_by=_PATH,
        control="the same gap with random weights",
        criterion=above(reproduced=0.15, direction=0.0),
        unit="%",
    ),
    Finding(
        id="othello-4",
        claim="Accuracy for mine and theirs rises with depth and ends near its best (gain since depth 1)",
        source=f"{_NANDA}: 90.9 to 99.6",
        paper_value=0.087,
        scale="S?",
        measured_by=_PATH,
        control="the same gain with random weights",
        criterion=_rises,
        unit="%",
    ),
    Finding(
        id="othello-5",
        claim="Before the last block the board before the move is read at 93.1 %",
        source=_DU,
        paper_value=0.931,
        scale="F",
        measured_by=_PATH,
        control="the majority of each square and ply",
        criterion=at_paper_scale(within(0.928, 0.934)),
        unit="%",
    ),
    Finding(
        id="othello-5-gap",
        claim="The board after the move is read better than the one before it: the labels of Du et al. are off by one",
        source="our reading of the published code; no paper states it",
        paper_value=None,
        scale="S",
        measured_by=_PATH,
        control="the same gap with random weights",
        criterion=above(reproduced=0.02, direction=0.0),
        unit="%",
    ),
    Finding(
        id="othello-7",
        claim="From random weights black and white is read at 71 to 74 %, far below what is read from a trained model",
        source="Li et al. 2023 (arXiv 2210.13382), table 1: 73.3 after one block",
        paper_value=0.733,
        scale="S",
        measured_by=_PATH,
        control="mine and theirs from the trained model, at its best depth",
        criterion=_untrained,
        unit="%",
    ),
)
