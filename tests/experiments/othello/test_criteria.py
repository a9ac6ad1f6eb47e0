import pytest

from experiments.othello.criteria import above, at_paper_scale, near, within
from experiments.othello.probes.findings import FINDINGS
from interp.findings import Measurement, Verdict
from interp.stats import Interval


def measured(value: float, control: float, preset: str = "small", width: float = 0.001, **extra: float) -> Measurement:
    def around(x: float) -> Interval:
        return Interval(x, x - width, x + width, 100)

    return Measurement(around(value), around(control), extra, preset, 1)


@pytest.mark.parametrize(
    ("value", "control", "verdict"),
    [
        (0.99, 0.1, Verdict.REPRODUCED),
        (0.98, 0.1, Verdict.DIRECTION),  # the interval reaches below the bar
        (0.95, 0.1, Verdict.DIRECTION),
        (0.90, 0.1, Verdict.NOT_REPRODUCED),
        (0.99, 0.99, Verdict.NOT_REPRODUCED),  # no better than the control
    ],
)
def test_above_needs_the_bar_and_the_control(value: float, control: float, verdict: Verdict) -> None:
    assert above(reproduced=0.98, direction=0.90)(measured(value, control)) is verdict


@pytest.mark.parametrize(
    ("value", "control", "verdict"),
    [
        (0.04, 2.0, Verdict.REPRODUCED),
        (0.05, 2.0, Verdict.DIRECTION),
        (0.30, 2.0, Verdict.NOT_REPRODUCED),
        (0.04, 0.04, Verdict.NOT_REPRODUCED),
    ],
)
def test_near_needs_the_bar_and_the_control(value: float, control: float, verdict: Verdict) -> None:
    assert near(reproduced=0.05, direction=0.25)(measured(value, control)) is verdict


@pytest.mark.parametrize(("value", "verdict"), [(0.62, Verdict.REPRODUCED), (0.64, Verdict.NOT_REPRODUCED)])
def test_within_takes_a_level(value: float, verdict: Verdict) -> None:
    assert within(0.613, 0.627)(measured(value, 0.47)) is verdict


def test_a_number_of_the_full_size_needs_scale_until_a_paper_run_judges_it() -> None:
    judge = at_paper_scale(within(0.928, 0.934))
    assert judge(measured(0.931, 0.6)) is Verdict.NEEDS_SCALE
    assert judge(measured(0.931, 0.6, preset="paper")) is Verdict.REPRODUCED
    assert judge(measured(0.90, 0.6, preset="paper")) is Verdict.NOT_REPRODUCED


def test_rising_accuracy_needs_every_step_and_the_control() -> None:
    criterion = next(finding.criterion for finding in FINDINGS if finding.id == "othello-4")
    assert criterion(measured(0.08, 0.01, rising=1.0, highest=0.995)) is Verdict.REPRODUCED
    assert criterion(measured(0.08, 0.01, rising=1.0, highest=0.90)) is Verdict.DIRECTION
    assert criterion(measured(0.08, 0.01, rising=0.0, highest=0.995)) is Verdict.NOT_REPRODUCED
    assert criterion(measured(0.01, 0.01, rising=1.0, highest=0.995)) is Verdict.NOT_REPRODUCED


def test_random_weights_must_stay_far_below_the_trained_model() -> None:
    criterion = next(finding.criterion for finding in FINDINGS if finding.id == "othello-7")
    assert criterion(measured(0.73, 0.95)) is Verdict.REPRODUCED
    assert criterion(measured(0.63, 0.85)) is Verdict.DIRECTION
    assert criterion(measured(0.73, 0.80)) is Verdict.NOT_REPRODUCED


def test_the_embedding_knows_the_floor_and_no_more() -> None:
    criterion = next(finding.criterion for finding in FINDINGS if finding.id == "othello-2-embedding")
    assert criterion(measured(0.621, 0.618)) is Verdict.REPRODUCED
    assert criterion(measured(0.65, 0.618)) is Verdict.NOT_REPRODUCED
