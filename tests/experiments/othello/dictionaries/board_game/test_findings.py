from typing import Any

import pytest

from experiments.othello.dictionaries import kinds
from experiments.othello.dictionaries.board_game.findings import FINDINGS, measured
from experiments.othello.dictionaries.board_game.labels import BOARD, LEGAL
from experiments.othello.dictionaries.board_game.seen import NEURONS, PROBE, RANDOM_NEURONS
from interp.findings import Measurement, Verdict, judge
from interp.stats import Interval

BY_ID = {finding.id: finding for finding in FINDINGS}


def close(value: float) -> list[float]:
    return [value, value - 0.005, value + 0.005, 100]


def question(coverage: list[float], reconstruction: list[float]) -> dict[str, Any]:
    return {
        "coverage": [close(value) for value in coverage],
        "coverage_published": coverage,
        "reconstruction": [close(value) for value in reconstruction],
        "reconstruction_select": reconstruction,
    }


def paper() -> dict[str, Any]:
    """Eight blocks with the published numbers."""
    flat = [0.27] * 9
    ours = question([0.3, 0.33, 0.44, 0.48, 0.50, 0.51, 0.52, 0.44, 0.43],
                    [0.2, 0.34, 0.61, 0.72, 0.81, 0.89, 0.95, 0.59, 0.58])  # fmt: skip
    legal = question([0.5] * 9, [0.06, 0.06, 0.06, 0.06, 0.08, 0.25, 0.81, 1.0, 1.0])
    random = {BOARD: question(flat, [0.08] * 9), LEGAL: question(flat, [0.05] * 9)}
    sets = {name: {BOARD: ours, LEGAL: legal} for name in (kinds.FIRST, kinds.SECOND, kinds.PUBLISHED)}
    sets |= {kinds.RANDOM: random, RANDOM_NEURONS: random}
    sets[PROBE] = {BOARD: question([0.99] * 9, [0.99] * 9), LEGAL: legal}
    sets[NEURONS] = {BOARD: question([0.3] * 5 + [0.55] + [0.3] * 3, flat), LEGAL: legal}
    return {"depths": list(range(9)), "sets": sets}


def verdict(metrics: dict[str, Any], which: str, preset: str = "paper") -> Verdict:
    entry = measured(metrics)[which]
    value, control = Interval(*entry["value"]), Interval(*entry["control"])
    return judge(BY_ID[which], Measurement(value, control, entry["extra"], preset, 1))


@pytest.mark.parametrize("which", BY_ID)
def test_the_published_numbers_are_reproduced(which: str) -> None:
    assert verdict(paper(), which) is Verdict.REPRODUCED


def test_a_number_of_the_paper_is_asked_of_its_scale_only() -> None:
    assert verdict(paper(), "othello-23-number", "small") is Verdict.NEEDS_SCALE


@pytest.mark.parametrize("which", BY_ID)
def test_random_weights_reproduce_nothing(which: str) -> None:
    metrics = paper()
    metrics["sets"] = dict.fromkeys(metrics["sets"], metrics["sets"][kinds.RANDOM])
    assert verdict(metrics, which) is Verdict.NOT_REPRODUCED


def test_the_order_in_coverage_alone_is_a_direction() -> None:
    metrics = paper()
    metrics["sets"][kinds.RANDOM] = {**metrics["sets"][kinds.RANDOM], BOARD: question([0.27] * 9, [0.97] * 9)}
    assert verdict(metrics, "othello-23") is Verdict.DIRECTION
    assert verdict(metrics, "othello-23-number") is Verdict.DIRECTION


def test_a_peak_at_the_end_is_no_fall() -> None:
    metrics = paper()
    rising = question([0.5] * 9, [0.1 * depth for depth in range(9)])
    metrics["sets"][kinds.FIRST] = {**metrics["sets"][kinds.FIRST], BOARD: rising}
    assert verdict(metrics, "othello-24") is Verdict.NOT_REPRODUCED


def test_an_early_peak_is_a_direction() -> None:
    metrics = paper()
    early = question([0.5] * 9, [0.1, 0.5, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3])
    metrics["sets"][kinds.FIRST] = {**metrics["sets"][kinds.FIRST], BOARD: early}
    assert verdict(metrics, "othello-24") is Verdict.DIRECTION


def test_legal_moves_before_the_board_are_not_late() -> None:
    metrics = paper()
    metrics["sets"][kinds.FIRST] = {**metrics["sets"][kinds.FIRST], LEGAL: question([0.5] * 9, [0.9] * 8 + [1.0])}
    assert verdict(metrics, "othello-24-legal") is Verdict.NOT_REPRODUCED


def test_neurons_that_do_not_clear_the_dictionaries_do_not_beat_them() -> None:
    metrics = paper()
    metrics["sets"][NEURONS] = {BOARD: question([0.522] * 9, [0.1] * 9)}
    assert verdict(metrics, "othello-25") is Verdict.NOT_REPRODUCED
