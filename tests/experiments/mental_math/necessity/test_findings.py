import pytest

from experiments.mental_math.necessity.findings import EVEN, FINDINGS, GONE
from interp.findings import Measurement, Verdict, judge
from interp.stats import Interval

BY_ID = {finding.id: finding for finding in FINDINGS}


def judged(
    name: str, value: float, control: float, extra: dict[str, float] | None = None, preset: str = "paper"
) -> Verdict:
    first, second = (Interval(each, each - 0.02, each + 0.02, 100) for each in (value, control))
    return judge(BY_ID[name], Measurement(first, second, extra or {}, preset, 1))


@pytest.mark.parametrize(
    ("value", "control", "verdict"),
    [
        (0.97, 0.05, Verdict.REPRODUCED),
        (0.97, 0.3, Verdict.DIRECTION),
        (0.6, 0.05, Verdict.DIRECTION),
        (0.4, 0.05, Verdict.NOT_REPRODUCED),
        (0.97, 0.95, Verdict.NOT_REPRODUCED),
    ],
)
def test_one_transfer_block_destroys_and_no_other(value: float, control: float, verdict: Verdict) -> None:
    assert judged("af1-10", value, control) is verdict


@pytest.mark.parametrize(
    ("value", "control", "gone", "verdict"),
    [
        (0.96, 0.1, 59 / 64, Verdict.REPRODUCED),
        (0.96, 0.1, 0.6, Verdict.DIRECTION),
        (0.96, 0.1, 0.4, Verdict.NOT_REPRODUCED),
        (0.96, 0.95, 59 / 64, Verdict.NOT_REPRODUCED),
        (0.9, 0.1, 59 / 64, Verdict.NOT_REPRODUCED),
    ],
)
def test_most_heads_can_go_but_not_any(value: float, control: float, gone: float, verdict: Verdict) -> None:
    assert judged("af1-11", value, control, {GONE: gone}) is verdict


@pytest.mark.parametrize(
    ("value", "control", "verdict"),
    [(0.9, 0.6, Verdict.DIRECTION), (0.7, 0.6, Verdict.NOT_REPRODUCED), (0.9, 0.9, Verdict.NOT_REPRODUCED)],
)
def test_heads_attend_to_one_operand_more_than_heads_do(value: float, control: float, verdict: Verdict) -> None:
    assert judged("af1-12", value, control, {EVEN: 0.5}) is verdict


def test_small_models_show_at_most_a_direction() -> None:
    assert judged("af1-10", 0.97, 0.05, preset="small") is Verdict.DIRECTION
    assert judged("af1-11", 0.96, 0.1, {GONE: 59 / 64}, "small") is Verdict.DIRECTION
