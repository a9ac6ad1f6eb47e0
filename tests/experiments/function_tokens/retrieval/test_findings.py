from typing import Any

import pytest

from experiments.function_tokens.retrieval.ablated import ALL, OWN
from experiments.function_tokens.retrieval.findings import DIFFERENCE, FINDINGS, LOW, OWN_LOW, UNTRAINED, measured
from experiments.function_tokens.retrieval.following import CONTENT, FUNCTION
from interp.findings import Measurement, Verdict, judge
from interp.stats import Interval

BY_ID = {finding.id: finding for finding in FINDINGS}


def judged(name: str, value: float, extra: dict[str, float]) -> Verdict:
    interval = Interval(value, value - 0.01, value + 0.01, 50)
    return judge(BY_ID[name], Measurement(interval, Interval(0.0, 0.0, 0.0, 50), extra, "small", 1))


@pytest.mark.parametrize(
    ("value", "low", "untrained", "verdict"),
    [
        (0.05, 0.02, 0.0, Verdict.DIRECTION),
        (0.05, 0.02, -0.1, Verdict.DIRECTION),
        (0.05, -0.01, -0.1, Verdict.NOT_REPRODUCED),  # content tokens do it, too
        (0.05, 0.02, 0.03, Verdict.NOT_REPRODUCED),  # the untrained model does it more
        (0.005, 0.02, 0.0, Verdict.NOT_REPRODUCED),  # no more than random latents
    ],
)
def test_latents_must_come_back_at_function_tokens_more_than_anywhere(
    value: float, low: float, untrained: float, verdict: Verdict
) -> None:
    assert judged("function-15", value, {LOW: low, UNTRAINED: untrained}) is verdict


@pytest.mark.parametrize(
    ("value", "low", "own", "verdict"),
    [
        (0.05, 0.02, 0.01, Verdict.DIRECTION),
        (0.05, 0.02, -0.01, Verdict.NOT_REPRODUCED),  # it was the tokens that were lost, not what they carry
        (0.05, -0.01, 0.01, Verdict.NOT_REPRODUCED),
        (0.005, 0.02, 0.01, Verdict.NOT_REPRODUCED),
    ],
)
def test_function_tokens_must_be_needed_whichever_mean_is_put_there(
    value: float, low: float, own: float, verdict: Verdict
) -> None:
    assert judged("function-18", value, {LOW: low, OWN_LOW: own}) is verdict


def followed(difference: float) -> dict[str, Any]:
    one = {"rate": [0.3, 0.2, 0.4, 9], "excess": [0.1, 0.05, 0.15, 9]}
    both = [difference, difference - 0.01, difference + 0.01, 9]
    return {"classes": {FUNCTION: one, CONTENT: one}, "difference": both, "difference with repeats": both}


def test_measurements_are_those_of_the_depth_that_is_followed() -> None:
    depths = [
        {
            "depth": depth,
            ALL: {FUNCTION: [depth, depth, depth, 9], CONTENT: [0.5, 0.4, 0.6, 9], "difference": [1.0, 0.9, 1.1, 9]},
            OWN: {FUNCTION: [0.2, 0.1, 0.3, 9], CONTENT: [0.1, 0.0, 0.2, 9], "difference": [0.1, 0.05, 0.2, 9]},
        }
        for depth in range(3)
    ]
    told = {"trained": followed(0.2), "untrained": followed(0.1), "depth": 1, "ablated": {"depths": depths}}
    found = measured(told)
    assert found["function-15"]["value"] == [0.1, 0.05, 0.15, 9]
    assert found["function-15"]["extra"][LOW] == pytest.approx(0.19)
    assert found["function-15"]["extra"][UNTRAINED] == pytest.approx(0.1)
    assert found["function-18"]["value"] == [1, 1, 1, 9]
    assert found["function-18"]["extra"][OWN_LOW] == 0.05
    assert measured(told | {"depth": 3})["function-18"]["value"] == [2, 2, 2, 9]
    assert measured(told | {"untrained": None})["function-15"]["extra"][UNTRAINED] == 0
    assert found["function-15"]["extra"][DIFFERENCE] == 0.2
