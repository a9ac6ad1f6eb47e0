"""The claims that `othello/probes` measures, with their criteria."""

from experiments.othello.criteria import above, at_paper_scale, within
from interp.findings import Finding, Measurement, Verdict

_PATH = "othello/probes"
_NANDA = "Nanda et al. 2023 (arXiv 2309.00941), table 1"
_DU = "Du et al. 2025 (arXiv 2501.07108), figure 2"
_LI = "Li et al. 2023 (arXiv 2210.13382)"


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


def _costs(m: Measurement) -> Verdict:
    """Costs anything at all, on the model that was trained with dropout; the control says how much beside."""
    return Verdict.DIRECTION if m.value.low > 0.0 else Verdict.NOT_REPRODUCED


def _untrained_mlp(m: Measurement) -> Verdict:
    """Li's 74.5 % within 3 points, and at least 10 points below what is read from the trained model."""
    if m.value.high > m.control.low - 0.10:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if abs(m.value.value - 0.745) <= 0.03 else Verdict.DIRECTION


def _only_colour(m: Measurement) -> Verdict:
    """A hidden layer gains 10 points for black and white, 2 at most for mine and theirs; more than there at least."""
    if m.value.low <= max(m.control.high, 0.0):
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.value.low >= 0.10 and m.control.value <= 0.02 else Verdict.DIRECTION


def _after_attention(m: Measurement) -> Verdict:
    """At most 80 % before and at least 98 % after the first attention; ten points of difference at least."""
    if m.value.low <= m.control.high + 0.10:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.value.low >= 0.98 and m.control.high <= 0.80 else Verdict.DIRECTION


def _opposite(m: Measurement) -> Verdict:
    """A mean cosine of -0.7 or less; below that of random weights at least."""
    if m.value.high >= min(m.control.low, 0.0):
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.value.high <= -0.7 else Verdict.DIRECTION


def _flips(m: Measurement) -> Verdict:
    """F1 of 0.9 at the best depth; above random weights and rising from the first block at least."""
    if m.value.low <= m.control.high or m.value.low <= m.extra["first_block"]:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.value.low >= 0.9 else Verdict.DIRECTION


def _alike(m: Measurement) -> Verdict:
    """Neighbours from depth 2 on at 0.95, depth 0 below 0.3 to all; more alike than distant ones at least."""
    if m.value.value <= m.control.high:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.value.low >= 0.95 and m.extra["embedding"] <= 0.3 else Verdict.DIRECTION


def _falls(m: Measurement) -> Verdict:
    """Falls by half a point, and more than what the majority loses; falls at all at least."""
    if m.value.low <= 0.0:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.value.low >= 0.005 and m.value.low > m.control.high else Verdict.DIRECTION


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
        source=f"{_LI}, table 1: 73.3 after one block",
        paper_value=0.733,
        scale="S",
        measured_by=_PATH,
        control="mine and theirs from the trained model, at its best depth",
        criterion=_untrained,
        unit="%",
    ),
    Finding(
        id="othello-5-dropout",
        claim="Dropout that is left on while a frozen model is probed hides part of the board",
        source="our reading of the published code of Du et al. 2025; no paper states it",
        paper_value=None,
        scale="S",
        measured_by=_PATH,
        control="what the labels of Du et al. cost on the same model",
        criterion=_costs,
        unit="%",
    ),
    Finding(
        id="othello-6",
        claim="A hidden layer helps a probe to read black and white, not mine and theirs (gain over a linear probe)",
        source=f"{_NANDA}: 98.7 against 74.8 after six blocks",
        paper_value=0.239,
        scale="S",
        measured_by=_PATH,
        control="the same gain for mine and theirs",
        criterion=_only_colour,
        unit="%",
    ),
    Finding(
        id="othello-7-mlp",
        claim="From random weights an MLP probe reads black and white no better than a linear one by much: 74 to 75 %",
        source=f"{_LI}, table 2: 74.5 after one block",
        paper_value=0.745,
        scale="S",
        measured_by=_PATH,
        control="the same probe on the trained model",
        criterion=_untrained_mlp,
        unit="%",
    ),
    Finding(
        id="othello-8",
        claim="Which squares are empty is known after the first attention, not before",
        source="Nanda et al. 2023 (arXiv 2309.00941): 76.8 before, 98.9 after",
        paper_value=0.989,
        scale="S",
        measured_by=_PATH,
        control="the same probe on the embeddings",
        criterion=_after_attention,
        unit="%",
    ),
    Finding(
        id="othello-9",
        claim="Empty is read as not played: what a move writes in the first attention points away from it (cosine)",
        source="Nanda et al. 2023 (arXiv 2309.00941)",
        paper_value=-0.862,
        scale="S?",
        measured_by=_PATH,
        control="random weights, with the same choice of heads",
        criterion=_opposite,
    ),
    Finding(
        id="othello-10",
        claim="Some heads attend to the moves of one player only (the most one-sided head's share)",
        source="Nanda et al. 2023 (arXiv 2309.00941): five of the eight heads of the first block",
        paper_value="nearly all of it",
        scale="S",
        measured_by=_PATH,
        control="the most one-sided head of random weights",
        criterion=above(reproduced=0.9, direction=0.7),
        unit="%",
    ),
    Finding(
        id="othello-11",
        claim="Which discs the last move turned is read linearly (F1 at the best depth)",
        source="Nanda et al. 2023 (arXiv 2309.00941), table 3: 74.8 after one block, 97.1 after six",
        paper_value=0.971,
        scale="S?",
        measured_by=_PATH,
        control="the same probe on random weights, at its best depth",
        criterion=_flips,
        unit="%",
    ),
    Finding(
        id="othello-15",
        claim="Probes of neighbouring depths point one way, those of the embeddings elsewhere (cosine, from depth 2)",
        source="Du et al. 2025, published code: 0.95 and more; 0.1 to 0.2 for the embeddings",
        paper_value=0.95,
        scale="S",
        measured_by=_PATH,
        control="probes of the same depths of the random-weight model",
        criterion=_alike,
    ),
    Finding(
        id="othello-28-endgame",
        claim="The board is read worse at the end of the game (plies 21 to 40 less plies 50 to 59)",
        source="Nanda et al. 2023 (arXiv 2309.00941), section 5",
        paper_value="falls",
        scale="S?",
        measured_by=_PATH,
        control="what the majority of each square and ply loses",
        criterion=_falls,
        unit="%",
    ),
    Finding(
        id="othello-28-movefirst",
        claim="After ply 30 the legal moves are often right at a lesser depth than the board",
        source="Nanda et al. 2023 (arXiv 2309.00941), figure 5",
        paper_value="from about move 30 on",
        scale="S?",
        measured_by=_PATH,
        control="positions where the board comes first",
        criterion=above(reproduced=0.0, direction=0.0),
        unit="%",
    ),
)
