from typing import Any

import pytest

from experiments.othello.dictionaries.variability.findings import FINDINGS, measured
from interp.findings import Measurement, Verdict, judge
from interp.stats import Interval

CHANCE = Interval(0.0, -0.7, 0.75, 7)


@pytest.mark.parametrize(
    ("low", "same_number", "expected"),
    [
        (0.9, 0.02, Verdict.DIRECTION),
        (0.7, 0.02, Verdict.NOT_REPRODUCED),
        (0.9, 0.5, Verdict.NOT_REPRODUCED),
        (0.9, -0.5, Verdict.NOT_REPRODUCED),
    ],
)
def test_profiles_must_agree_and_numbers_must_not(low: float, same_number: float, expected: Verdict) -> None:
    one = Measurement(Interval(0.95, low, 0.99, 64), CHANCE, {"same_number": same_number}, "small", 1)
    assert judge(FINDINGS[0], one) is expected


def test_further_numbers_are_means_over_depths() -> None:
    def depth(value: float) -> dict[str, Any]:
        known = {"value": [value, value, value, 9], "control": [0.0, 0.0, 0.0, 9]}
        return {"same_number": known, "alike": {"0.7": {"value": [value, value, value, 9], "control": 0.1}}}

    metrics = {
        "partners": [depth(0.2), depth(0.4)],
        "maps": {"seeds": [None, 0.5, 0.7]},
        "profile": {"value": [0.9, 0.8, 1.0, 64], "control": [0.0, -0.5, 0.5, 7]},
    }
    found = measured(metrics)["othello-22"]
    assert found["value"] == Interval(0.9, 0.8, 1.0, 64)
    assert found["extra"] == pytest.approx(
        {"same_number": 0.3, "same_number_control": 0.0, "alike_0.7": 0.3, "alike_0.7_control": 0.1, "maps": 0.6}
    )
