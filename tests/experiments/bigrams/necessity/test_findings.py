from typing import Any

import pytest

from experiments.bigrams.necessity.findings import FINDINGS, FULL, MAGNITUDE, OPTIMAL, TOP, measured
from interp.findings import Measurement, Verdict, judge
from interp.stats import Interval

BY_ID = {finding.id: finding for finding in FINDINGS}
KINDS = ("bigram", "optimal", "count", "magnitude", "top")


def judged(name: str, value: float, control: float, extra: dict[str, float] | None = None) -> Verdict:
    first, second = (Interval(each, each - 0.02, each + 0.02, 3) for each in (value, control))
    return judge(BY_ID[name], Measurement(first, second, extra or {}, "small", 1))


@pytest.mark.parametrize(
    ("value", "control", "optimal", "magnitude", "verdict"),
    [
        (1.0, 0.05, 1.0, 0.5, Verdict.REPRODUCED),
        (1.0, 0.05, 0.7, 0.5, Verdict.REPRODUCED),  # more than the best pruning is well
        (1.0, 0.05, 3.0, 0.5, Verdict.DIRECTION),
        (1.0, 0.3, 1.0, 0.5, Verdict.DIRECTION),
        (1.0, 0.05, 1.0, 1.1, Verdict.DIRECTION),  # weights of equal magnitude cost as much
        (0.05, 0.03, 0.05, 0.0, Verdict.NOT_REPRODUCED),
    ],
)
def test_the_subnetwork_must_cost_and_random_weights_not(
    value: float, control: float, optimal: float, magnitude: float, verdict: Verdict
) -> None:
    assert judged("bigram-14", value, control, {OPTIMAL: optimal, MAGNITUDE: magnitude}) is verdict


@pytest.mark.parametrize(
    ("value", "control", "verdict"),
    [
        (0.9, 0.1, Verdict.REPRODUCED),
        (0.4, 0.1, Verdict.DIRECTION),
        (0.9, 0.6, Verdict.DIRECTION),
        (0.12, 0.1, Verdict.NOT_REPRODUCED),
    ],
)
def test_continuations_must_collapse_to_one_token(value: float, control: float, verdict: Verdict) -> None:
    assert judged("bigram-15", value, control) is verdict


def metrics() -> dict[str, Any]:
    def kind(loss: float, share: float) -> dict[str, Any]:
        def losses(extra: float) -> list[list[float]]:
            return [[loss + extra, loss + extra - 0.1, loss + extra + 0.1, 9] for loss in (loss, loss + 0.2)]

        fills = {"zero": losses(0.0), "mean": losses(0.1), "resample": losses(0.3)}
        return {"ablated": fills, "alone": fills, "top share": [share, share + 0.1]}

    levels = {"zero": [8.0, 7.9, 8.1, 9], "mean": [8.1, 8.0, 8.2, 9], "resample": [8.5, 8.4, 8.6, 9]}
    return {
        "share": 0.05, "depth": 4,
        "full": {"loss": [3.0, 2.9, 3.1, 9], "top share": 0.1},
        "empty": {"loss": levels},
        "text": {"top share": 0.08},
        "alone": {"top share": [0.2, 0.2]},
        "kinds": {name: kind(4.0 - 0.2 * place, 0.5 - 0.1 * place) for place, name in enumerate(KINDS)},
        "written": [
            {"prompt": "a <b>", "by": {"full model": "c & d", "without bigram subnetwork": "the the the"}},
            {"prompt": "e", "by": {"full model": "f", "without bigram subnetwork": ""}},
        ],
    }  # fmt: skip


def test_measurements_by_hand() -> None:
    found = measured(metrics())
    assert found["bigram-14"]["value"].value == pytest.approx(1.1)  # 4.0 and 4.2 less 3.0
    assert found["bigram-14"]["control"].value == pytest.approx(0.7)
    extra = found["bigram-14"]["extra"]
    assert extra[OPTIMAL] == pytest.approx(0.9)
    assert extra[TOP] == pytest.approx(0.3)
    assert extra["count, resample"] == pytest.approx(1.0)
    # 3.4 and 3.6 less 3.0: mean 0.5, and the upper end of its interval over two seeds.
    assert extra[MAGNITUDE] == pytest.approx(0.5 + 12.7062 * 0.1, abs=1e-3)
    assert found["bigram-15"]["value"].value == pytest.approx(0.55)
    assert found["bigram-15"]["extra"][FULL] == 0.1
