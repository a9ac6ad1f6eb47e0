from typing import Any

import pytest

from experiments.function_tokens.retrieval.ablated import ALL, OWN, TOGETHER
from experiments.function_tokens.retrieval.findings import (
    DIFFERENCE,
    FINDINGS,
    LEAST,
    LEAST_LOSS,
    LOW,
    OWN_LEAST,
    RATIO,
    RATIO_LOW,
    RATIO_UNTRAINED,
    UNTRAINED,
    measured,
)
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
        (0.005, 0.02, 0.0, Verdict.NOT_REPRODUCED),  # no more than by chance
    ],
)
def test_latents_must_come_back_at_function_tokens_more_than_anywhere(
    value: float, low: float, untrained: float, verdict: Verdict
) -> None:
    ratio = {RATIO_LOW: 1.5, RATIO_UNTRAINED: 1.0}
    assert judged("function-15", value, {LOW: low, UNTRAINED: untrained, **ratio}) is verdict


@pytest.mark.parametrize(
    ("low", "ratio_low", "ratio_untrained", "verdict"),
    [
        (0.02, 1.1, 0.8, Verdict.DIRECTION),
        (0.02, 0.95, 0.8, Verdict.NOT_REPRODUCED),  # more in points, not surely as a ratio
        (-0.02, 1.1, 0.8, Verdict.NOT_REPRODUCED),  # more as a ratio, not in points
        (0.02, 1.1, 1.2, Verdict.NOT_REPRODUCED),  # as a ratio, the untrained model does it more
        (0.02, 0.0, 1.0, Verdict.NOT_REPRODUCED),  # there is no ratio
    ],
)
def test_latents_must_come_back_more_on_both_scales(
    low: float, ratio_low: float, ratio_untrained: float, verdict: Verdict
) -> None:
    extra = {LOW: low, UNTRAINED: 0.0, RATIO_LOW: ratio_low, RATIO_UNTRAINED: ratio_untrained}
    assert judged("function-15", 0.05, extra) is verdict


@pytest.mark.parametrize(
    ("value", "loss", "least", "own", "verdict"),
    [
        (0.05, 0.03, 0.02, 0.01, Verdict.DIRECTION),
        (0.05, 0.03, 0.02, -0.01, Verdict.NOT_REPRODUCED),  # somewhere it was the tokens that were lost
        (0.05, 0.03, -0.01, 0.01, Verdict.NOT_REPRODUCED),  # somewhere content tokens are needed as much
        (0.05, -0.01, 0.02, 0.01, Verdict.NOT_REPRODUCED),  # somewhere nothing is lost
        (0.005, 0.03, 0.02, 0.01, Verdict.NOT_REPRODUCED),
    ],
)
def test_function_tokens_must_be_needed_at_every_depth_whichever_mean_is_put_there(
    value: float, loss: float, least: float, own: float, verdict: Verdict
) -> None:
    assert judged("function-18", value, {LEAST_LOSS: loss, LEAST: least, OWN_LEAST: own}) is verdict


def followed(difference: float, ratio: float | None) -> dict[str, Any]:
    """Two bands of distances, of which no window reaches the second."""

    def around(value: float) -> list[float]:
        return [value, value - 0.01, value + 0.01, 9]

    ratios = None if ratio is None else around(ratio)
    one = {
        "rate": around(0.3), "control": around(0.2), "excess": [0.1, 0.05, 0.15, 9], "ratio": around(1.5),
        "ratio by distance": [around(1.25), None],
    }  # fmt: skip
    return {
        "classes": {FUNCTION: one, CONTENT: one | {"control": around(0.1), "ratio": None}}, "bands": [1, 2],
        "difference": around(difference), "difference with repeats": around(difference), RATIO: ratios,
        "difference by distance": [around(difference), None], f"{RATIO} by distance": [ratios, None],
    }  # fmt: skip


def lost(function: float, content: float) -> dict[str, Any]:
    """What later tokens lose, all ends 0.1 away."""
    told = {FUNCTION: function, CONTENT: content, "difference": function - content}
    return {name: [value, value - 0.1, value + 0.1, 9] for name, value in told.items()}


METRICS: dict[str, Any] = {
    "trained": followed(0.2, 1.2), "untrained": followed(0.1, 0.9),
    "ablated": {
        "depths": [
            {"depth": 0, ALL: lost(1.0, 9.0), OWN: lost(1.0, 9.0)},
            {"depth": 1, ALL: lost(4.0, 1.0), OWN: lost(2.0, 1.5)},
            {"depth": 2, ALL: lost(2.0, 1.0), OWN: lost(0.5, 0.3)},
        ],
        TOGETHER: {"depths": [1, 2], ALL: lost(3.0, 1.0), OWN: lost(1.25, 0.9)},
    },
}  # fmt: skip


def test_both_scales_are_told_at_every_distance_that_is_reached() -> None:
    found = measured(METRICS)["function-15"]
    assert found["value"] == [0.1, 0.05, 0.15, 9]
    extra = found["extra"]
    wanted = {
        DIFFERENCE: 0.2, LOW: 0.19, UNTRAINED: 0.1, RATIO: 1.2, RATIO_LOW: 1.19, RATIO_UNTRAINED: 0.9, "rate": 0.3,
        "control rate": 0.2, "control rate, content": 0.1, "ratio": 1.5, "ratio, content": 0.0,
        "from distance 1, difference, low": 0.19, "from distance 1, ratio of ratios, high": 1.21,
        "from distance 1, ratio, content": 1.25,
    }  # fmt: skip
    assert {key: extra[key] for key in wanted} == pytest.approx(wanted)
    assert not [key for key in extra if "distance 2" in key]


def test_without_untrained_model_or_ratio_the_verdict_is_still_strict() -> None:
    extra = measured(METRICS | {"untrained": None})["function-15"]["extra"]
    assert (extra[UNTRAINED], extra[RATIO_UNTRAINED]) == (0.0, 1.0)
    extra = measured(METRICS | {"trained": followed(0.2, None)})["function-15"]["extra"]
    assert extra[RATIO_LOW] == 0
    assert judged("function-15", 0.1, extra) is Verdict.NOT_REPRODUCED


def test_the_weakest_depth_behind_the_embeddings_decides() -> None:
    found = measured(METRICS)["function-18"]
    assert (found["value"], found["control"]) == ([3.0, 2.9, 3.1, 9], [1.0, 0.9, 1.1, 9])
    extra = found["extra"]
    wanted = {
        DIFFERENCE: 2.0, LEAST: 0.9, OWN_LEAST: 0.1, LEAST_LOSS: 0.4, "depth 0, mean of all, difference": -8.0,
        "depth 0, mean of all, difference, high": -7.9, "depth 2, mean of the token, content": 0.3,
        "mean over depths, mean of the token, difference, low": 0.25,
    }  # fmt: skip
    assert {key: extra[key] for key in wanted} == pytest.approx(wanted)
    assert judged("function-18", 3.0, extra) is Verdict.DIRECTION, "depth 0, where content tokens win, does not count"
    weaker = {"depth": 2, ALL: lost(2.0, 1.0), OWN: lost(0.5, 0.45)}
    ablated = METRICS["ablated"] | {"depths": [*METRICS["ablated"]["depths"][:2], weaker]}
    extra = measured(METRICS | {"ablated": ablated})["function-18"]["extra"]
    assert extra[OWN_LEAST] == pytest.approx(-0.05)
    assert judged("function-18", 3.0, extra) is Verdict.NOT_REPRODUCED
