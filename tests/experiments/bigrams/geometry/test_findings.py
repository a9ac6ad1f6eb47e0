from typing import Any

import numpy as np
import pytest

from experiments.bigrams.geometry.findings import (
    CONTROL_FALL,
    FALL,
    FINDINGS,
    FULL,
    FULL_CELLS,
    FULL_FALL,
    LATER,
    RANDOM_CELLS,
    measured,
)  # fmt: skip
from interp.findings import Measurement, Verdict, judge
from interp.stats import Interval

BY_ID = {finding.id: finding for finding in FINDINGS}


def judged(name: str, value: float, control: float, extra: dict[str, float], width: float = 1.0) -> Verdict:
    first, second = (Interval(each, each - width, each + width, 3) for each in (value, control))
    floats = {key: float(number) for key, number in extra.items()}
    return judge(BY_ID[name], Measurement(first, second, floats, "small", 1))


@pytest.mark.parametrize(
    ("value", "control", "fall", "control_fall", "later", "verdict"),
    [
        (56.2, 5, 24.2, 1, 10, Verdict.REPRODUCED),
        (29, 5, 24.2, 1, 10, Verdict.DIRECTION),
        (56.2, 5, 12, 1, 10, Verdict.DIRECTION),
        (56.2, 5, -3, -9, 10, Verdict.NOT_REPRODUCED),  # turned from the input, and from the output too
        (56.2, 5, 24.2, 30, 10, Verdict.NOT_REPRODUCED),  # untrained models do it as well
        (56.2, 55, 24.2, 1, 10, Verdict.NOT_REPRODUCED),
        (56.2, 5, 24.2, 1, 60, Verdict.NOT_REPRODUCED),  # it is another block that turns it
    ],
)
def test_the_first_block_must_turn_and_no_later_one_more(
    value: float, control: float, fall: float, control_fall: float, later: float, verdict: Verdict
) -> None:
    assert judged("bigram-9", value, control, {FALL: fall, CONTROL_FALL: control_fall, LATER: later}) is verdict


@pytest.mark.parametrize(
    ("value", "control", "full", "fall", "verdict"),
    [
        (47, 5, 56, 34, Verdict.REPRODUCED),
        (20, 5, 56, 34, Verdict.DIRECTION),  # less than half of the full model's
        (47, 40, 56, 34, Verdict.DIRECTION),  # random ones do most of it
        (47, 5, 56, 10, Verdict.DIRECTION),  # hardly nearer to the output
        (47, 5, 56, 0, Verdict.NOT_REPRODUCED),
        (47, 46, 56, 34, Verdict.NOT_REPRODUCED),
    ],
)
def test_bigram_masks_must_turn_as_the_full_model_and_random_ones_not(
    value: float, control: float, full: float, fall: float, verdict: Verdict
) -> None:
    extra = {FALL: fall, CONTROL_FALL: 1.0, FULL: full, FULL_FALL: 30.0}
    assert judged("bigram-10", value, control, extra) is verdict


@pytest.mark.parametrize(
    ("value", "control", "full", "cells", "verdict"),
    [
        (0.10, 0.99, 0.21, 0.91, Verdict.REPRODUCED),
        (0.10, 0.99, 0.21, 0.50, Verdict.DIRECTION),  # random ones are as like the full model over all depths
        (0.60, 0.99, 0.21, 0.91, Verdict.DIRECTION),
        (0.10, 0.80, 0.21, 0.91, Verdict.DIRECTION),
        (0.10, 0.99, 0.99, 0.91, Verdict.NOT_REPRODUCED),
        (0.98, 0.99, 0.21, 0.91, Verdict.NOT_REPRODUCED),
    ],
)
def test_the_covariance_must_change_and_not_with_random_masks(
    value: float, control: float, full: float, cells: float, verdict: Verdict
) -> None:
    extra = {FULL: full, FULL_CELLS: cells, RANDOM_CELLS: 0.6}
    assert judged("bigram-11", value, control, extra, width=0.01) is verdict


def shape(turn: float, fall: float, first: float, rest: float = 0.8) -> dict[str, Any]:
    """Of a model of two blocks."""
    similarity = [[1.0, first, 0.1], [first, 1.0, rest], [0.1, rest, 1.0]]
    return {"to input": [1.0, 1.0 + turn, 9.0 + turn], "to output": [70.0, 70.0 - fall, 0.0], "similarity": similarity}


def metrics() -> dict[str, Any]:
    return {
        "share": 0.05,
        "shapes": {
            "full": [shape(50, 25, 0.2)], "bigram": [shape(40, 20, 0.1), shape(44, 22, 0.2)],
            "random": [shape(2, 1, 0.9), shape(4, 1, 0.8)],
            "empty": [shape(1, 0, 1.0)], "untrained": [shape(3, 2, 0.7)],
        },
        "turn without a part": [49.0, 50.0, 51.0],
    }  # fmt: skip


def test_measurements_by_hand() -> None:
    found = measured(metrics())
    assert found["bigram-9"]["value"][0] == 50
    assert found["bigram-9"]["value"].n == 3
    assert found["bigram-9"]["control"] == (3, 3, 3, 1)
    assert found["bigram-9"]["extra"] == {FALL: 25, CONTROL_FALL: 2, LATER: pytest.approx(8)}
    assert found["bigram-10"]["value"].value == 42
    assert found["bigram-10"]["control"].value == 3
    assert {FALL: 21, CONTROL_FALL: 1, FULL: 50, FULL_FALL: 25}.items() <= found["bigram-10"]["extra"].items()
    assert found["bigram-11"]["value"].value == pytest.approx(0.15)
    assert found["bigram-11"]["control"].value == pytest.approx(0.85)
    assert found["bigram-11"]["extra"][FULL] == 0.2


def test_the_cells_above_the_diagonal_are_correlated_with_the_full_model_s() -> None:
    own = measured(metrics())["bigram-11"]["extra"]
    full = [0.2, 0.1, 0.8]
    by_hand = np.mean([np.corrcoef([first, 0.1, 0.8], full)[0, 1] for first in (0.1, 0.2)])
    assert own[FULL_CELLS] == pytest.approx(by_hand)
    flat = metrics()
    for one in flat["shapes"]["random"]:
        one["similarity"] = np.ones((3, 3)).tolist()
    assert measured(flat)["bigram-11"]["extra"][RANDOM_CELLS] == 0
