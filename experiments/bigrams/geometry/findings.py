"""What the paper claims of the residual stream, with criteria committed before the records that they judge."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from interp.findings import Finding, Measurement, Verdict
from interp.geometry.covariance import alike
from interp.jackknife import jackknife
from interp.stats import Interval, over_seeds

_PATH = "bigrams/geometry"
_PAPER = "Chang and Bergen 2025 (arXiv 2504.15471)"
FALL, CONTROL_FALL = "fall to the output", "fall to the output, control"
LATER = "most of a later block"
FULL, FULL_FALL = "full model", "fall to the output, full model"
FULL_CELLS, RANDOM_CELLS = "r of the cells, bigram with full", "r of the cells, random with full"


def _first_block_rotates(m: Measurement) -> Verdict:
    """Away from the input by 40 degrees and 20 nearer to the output, as in the paper; or both, and more than untrained.

    Either only when no later block turns further from the input than the first.
    """
    further = m.value.low > m.control.high and m.value.value > m.extra[LATER]
    if not further or m.extra[FALL] <= max(0.0, m.extra[CONTROL_FALL]):
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.value.low >= 40 and m.extra[FALL] >= 20 else Verdict.DIRECTION


def _subnetwork_rotates(m: Measurement) -> Verdict:
    """More than random masks in both senses; reproduced when it is half of the full model's, and theirs is less."""
    if m.value.low <= m.control.high or m.extra[FALL] <= m.extra[CONTROL_FALL]:
        return Verdict.NOT_REPRODUCED
    half = m.extra[FULL] / 2
    whole = m.value.low >= half > m.control.high and m.extra[FALL] >= m.extra[FULL_FALL] / 2
    return Verdict.REPRODUCED if whole else Verdict.DIRECTION


def _first_block_changes(m: Measurement) -> Verdict:
    """Random masks leave the covariance (.9) and bigram masks and the full model do not (.5); or both are lower.

    Reproduced only when all depths look more like the full model's with bigram masks than with random ones.
    """
    if m.value.high >= m.control.low or m.extra[FULL] >= m.control.low:
        return Verdict.NOT_REPRODUCED
    levels = m.value.high <= 0.5 and m.extra[FULL] <= 0.5 and m.control.low >= 0.9
    alike = m.extra[FULL_CELLS] > m.extra[RANDOM_CELLS]
    return Verdict.REPRODUCED if levels and alike else Verdict.DIRECTION


FINDINGS = (
    Finding(
        id="bigram-9",
        claim="The first block turns the stream from the current token to the next one (degrees away from the input)",
        source=f"{_PAPER}, section 5.1: GPT-2 large, 0.0 to 56.2 from the input and 70.5 to 46.3 to the output",
        paper_value=56.2,
        scale="S",
        measured_by=_PATH,
        control="untrained models of the same shape, over their seeds",
        criterion=_first_block_rotates,
    ),
    Finding(
        id="bigram-10",
        claim="The bigram subnetwork turns it as the full model does, random subnetworks hardly (degrees)",
        source=f"{_PAPER}, section 5.1: Pythia 160M, 0.0 to 47.0 from the input and 68.5 to 34.5 to the output",
        paper_value=47.0,
        scale="S?",
        measured_by=_PATH,
        control="random masks with as many weights in each matrix, over seeds",
        criterion=_subnetwork_rotates,
    ),
    Finding(
        id="bigram-11",
        claim="The first block changes the covariance in the bigram subnetwork too, not in random ones (similarity)",
        source=f"{_PAPER}, section 5.2: Pythia 1B, read from the published plot; full .21, bigram .10, random .99",
        paper_value=0.1,
        scale="S?",
        measured_by=_PATH,
        control="random masks with as many weights in each matrix, over seeds",
        criterion=_first_block_changes,
    ),
)


def measured(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Value, control and further numbers of each claim, from what `measure` told.

    Intervals: over seeds of masks and of untrained weights; for the full model over parts of the text.
    """
    shapes = metrics["shapes"]
    (full,) = shapes["full"]
    turn = jackknife(_turn(full), metrics["turn without a part"])
    fall = {kind: over_seeds([_fall(shape) for shape in shapes[kind]]).value for kind in shapes}
    return {
        "bigram-9": {
            "value": turn,
            "control": _over(_turn, shapes["untrained"]),
            "extra": {FALL: fall["full"], CONTROL_FALL: fall["untrained"], LATER: _later(full)},
        },
        "bigram-10": {
            "value": _over(_turn, shapes["bigram"]),
            "control": _over(_turn, shapes["random"]),
            "extra": {
                FALL: fall["bigram"], CONTROL_FALL: fall["random"], FULL: turn.value, FULL_FALL: fall["full"],
                "empty": _turn(shapes["empty"][0]), "share kept": metrics["share"],
            },
        },
        "bigram-11": {
            "value": _over(_similarity, shapes["bigram"]),
            "control": _over(_similarity, shapes["random"]),
            "extra": {
                FULL: _similarity(full), "empty": _similarity(shapes["empty"][0]),
                FULL_CELLS: _alike(shapes["bigram"], full), RANDOM_CELLS: _alike(shapes["random"], full),
            },
        },
    }  # fmt: skip


def _turn(shape: Mapping[str, Any]) -> float:
    """Degrees by which the first block turns the stream from the input."""
    return float(shape["to input"][1] - shape["to input"][0])


def _fall(shape: Mapping[str, Any]) -> float:
    """Degrees by which the first block turns the stream towards the output."""
    return float(shape["to output"][0] - shape["to output"][1])


def _later(shape: Mapping[str, Any]) -> float:
    """The most degrees by which a later block turns it from the input; 0 in a model of one block."""
    return float(max(np.diff(shape["to input"])[1:], default=0.0))


def _similarity(shape: Mapping[str, Any]) -> float:
    """Of the covariances before and after the first block."""
    return float(shape["similarity"][0][1])


def _over(number: Any, shapes: Sequence[Mapping[str, Any]]) -> Interval:
    return over_seeds([number(shape) for shape in shapes])


def _alike(shapes: Sequence[Mapping[str, Any]], full: Mapping[str, Any]) -> float:
    """Pearson's r between the cells above the diagonal and those of the full model; 0 where either has no spread."""
    cells = [np.array(shape["similarity"]) for shape in (*shapes, full)]
    found = [alike(one, cells[-1]) for one in cells[:-1]]
    return float(np.mean(found)) if np.isfinite(found).all() else 0.0


__all__ = ["FINDINGS", "measured"]
