"""The claims about dictionaries and the board that Karvonen et al. make, with their criteria."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from experiments.othello.criteria import at_paper_scale
from experiments.othello.dictionaries import kinds
from experiments.othello.dictionaries.board_game.differences import less
from experiments.othello.dictionaries.board_game.labels import BOARD, LEGAL
from experiments.othello.dictionaries.board_game.seen import NEURONS, PROBE, RANDOM_NEURONS
from interp.findings import Finding, Measurement, Verdict
from interp.stats import Interval

_PATH = "othello/dictionaries"
_TABLE = "Karvonen et al. 2024 (arXiv 2408.00113), table 1"
_SAVED = "Karvonen et al. 2024 (arXiv 2408.00113), results saved with their code"


def _ordered(m: Measurement) -> Verdict:
    """Random weights below the dictionary below the probe, no ranges touching: in coverage, and in reconstruction."""
    e = m.extra
    if m.value.low <= m.control.high or m.value.high >= e["probe_low"]:
        return Verdict.NOT_REPRODUCED
    also = e["random_reconstruction_high"] < e["reconstruction_low"]
    also = also and e["reconstruction_high"] < e["probe_reconstruction_low"]
    return Verdict.REPRODUCED if also else Verdict.DIRECTION


def _numbers(m: Measurement) -> Verdict:
    """Coverage within 0.05, reconstruction within 0.1 of the paper's, for all three; else their order alone."""
    wanted = {"reconstruction": 0.95, "random_reconstruction": 0.08, "probe_reconstruction": 0.99}
    near = abs(m.value.value - 0.52) <= 0.05 and abs(m.control.value - 0.27) <= 0.05
    near = near and abs(m.extra["probe"] - 0.99) <= 0.05
    near = near and all(abs(m.extra[name] - value) <= 0.1 for name, value in wanted.items())
    order = _ordered(m)
    return order if near or order is Verdict.NOT_REPRODUCED else Verdict.DIRECTION


def _rises_and_falls(m: Measurement) -> Verdict:
    """Peak at 60 to 80 % of the depth, 0.1 lost by the end; a peak inside, and more lost than with random weights."""
    if m.value.low <= max(m.control.high, 0.0) or m.extra["rise_low"] <= 0 or not 0 < m.extra["peak"] < 1:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.value.low >= 0.1 and 0.6 <= m.extra["peak"] <= 0.8 else Verdict.DIRECTION


def _late(m: Measurement) -> Verdict:
    """0.5 gained in the second half, and half of the best reached there; later than for the board at least."""
    if m.value.low <= max(m.control.high, 0.0) or m.extra["legal_half"] <= m.extra["board_half"]:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.value.low >= 0.5 and m.extra["legal_half"] > 0.5 else Verdict.DIRECTION


def _neurons_beat(m: Measurement) -> Verdict:
    """Above the best dictionary, and above the neurons of random weights, no ranges touching."""
    if m.value.low <= m.control.high or m.value.low <= m.extra["random_high"]:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED


FINDINGS = (
    Finding(
        id="othello-23",
        claim="Latents cover and reconstruct the board better than those of random weights, worse than a probe",
        source=f"{_TABLE}: coverage .27 < .52 < .99, reconstruction .08 < .95 < .99",
        paper_value="above .27, below .99",
        scale="S",
        measured_by=_PATH,
        control="coverage of the same dictionary of the random-weight model",
        criterion=_ordered,
    ),
    Finding(
        id="othello-23-number",
        claim="After three quarters of the blocks latents cover .52 of the board and reconstruct .95 (coverage)",
        source=f"{_TABLE}, the best of several dictionaries each",
        paper_value=0.52,
        scale="F",
        measured_by=_PATH,
        control="coverage of the same dictionary of the random-weight model (paper: .27)",
        criterion=at_paper_scale(_numbers),
    ),
    Finding(
        id="othello-24",
        claim="Reconstruction of the board rises to two thirds of the depth or a little later, then falls (fall)",
        source=f"{_SAVED}: .34 to .945 after six of eight blocks, then .58",
        paper_value=0.367,
        scale="S?",
        measured_by=_PATH,
        control="the same fall with random weights",
        criterion=_rises_and_falls,
    ),
    Finding(
        id="othello-24-legal",
        claim="Legal moves are reconstructed late, after the board (gain in the second half of the depth)",
        source=f"{_SAVED}: .075 after four of eight blocks, .996 at the end",
        paper_value=0.921,
        scale="S?",
        measured_by=_PATH,
        control="the same gain with random weights",
        criterion=_late,
    ),
    Finding(
        id="othello-25",
        claim="Plain MLP neurons cover the board better than the best dictionary",
        source=f"{_SAVED}: .549 against .52; the paper's table leaves neurons out",
        paper_value=0.549,
        scale="S?",
        measured_by=_PATH,
        control="the dictionary and depth of the highest coverage",
        criterion=_neurons_beat,
    ),
)


def measured(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Value, control and further numbers of every finding. Ranges resample games; depths are chosen on select rows."""
    depths, sets = metrics["depths"], metrics["sets"]
    ordering = _at(sets, 3 * depths[-1] // 4)
    return {
        "othello-23": ordering,
        "othello-23-number": ordering,
        "othello-24": _fall(sets, depths),
        "othello-24-legal": _gain(sets, depths),
        "othello-25": _best(sets),
    }


def _at(sets: Mapping[str, Any], depth: int) -> dict[str, Any]:
    """Both measures of dictionary, random weights and probe after three quarters of the blocks, rounded down."""
    extra = {"depth": float(depth)}
    for prefix, name in (("", kinds.FIRST), ("random_", kinds.RANDOM), ("probe_", PROBE)):
        found = Interval(*sets[name][BOARD]["reconstruction"][depth])
        own = {"": found.value, "_low": found.low, "_high": found.high}
        extra |= {f"{prefix}reconstruction{end}": value for end, value in own.items()}
    probe = Interval(*sets[PROBE][BOARD]["coverage"][depth])
    extra |= {"probe": probe.value, "probe_low": probe.low}
    extra["second_seed"] = float(sets[kinds.SECOND][BOARD]["coverage"][depth][0])
    coverage = {name: Interval(*sets[name][BOARD]["coverage"][depth]) for name in (kinds.FIRST, kinds.RANDOM)}
    return {"value": coverage[kinds.FIRST], "control": coverage[kinds.RANDOM], "extra": extra}


def _fall(sets: Mapping[str, Any], depths: list[int]) -> dict[str, Any]:
    """From the best depth to the last. The range of a difference is that of both ends at their worst."""
    peak = int(np.argmax(sets[kinds.FIRST][BOARD]["reconstruction_select"]))
    ours, random = (sets[name][BOARD]["reconstruction"] for name in (kinds.FIRST, kinds.RANDOM))
    rise = less(ours[peak], ours[0])
    extra = {"peak": peak / depths[-1], "rise": rise.value, "rise_low": rise.low}
    return {"value": less(ours[peak], ours[-1]), "control": less(random[peak], random[-1]), "extra": extra}


def _gain(sets: Mapping[str, Any], depths: list[int]) -> dict[str, Any]:
    """From half the depth to the last; and at what share of the depth half of the best is first reached."""
    ours, random = (sets[name][LEGAL]["reconstruction"] for name in (kinds.FIRST, kinds.RANDOM))
    middle = depths[-1] // 2
    extra = {}
    for question in (LEGAL, BOARD):
        values = np.array(sets[kinds.FIRST][question]["reconstruction_select"])
        extra[f"{question}_half"] = int(np.argmax(values >= values.max() / 2)) / depths[-1]
    return {"value": less(ours[-1], ours[middle]), "control": less(random[-1], random[middle]), "extra": extra}


def _best(sets: Mapping[str, Any]) -> dict[str, Any]:
    """The best depth of the neurons against the best set and depth of dictionaries of the trained model."""

    def best(*names: str) -> tuple[float, Interval]:
        found = [
            (chosen, depth, Interval(*sets[name][BOARD]["coverage"][depth]))
            for name in names
            for depth, chosen in enumerate(sets[name][BOARD]["coverage_published"])
            if chosen is not None
        ]
        _, depth, interval = max(found, key=lambda one: one[0])
        return float(depth), interval

    depth, value = best(NEURONS)
    at, control = best(kinds.FIRST, kinds.SECOND, kinds.PUBLISHED)
    random = best(RANDOM_NEURONS)[1]
    extra = {"depth": depth, "dictionary_depth": at, "random": random.value, "random_high": random.high}
    return {"value": value, "control": control, "extra": extra}


__all__ = ["FINDINGS", "measured"]
