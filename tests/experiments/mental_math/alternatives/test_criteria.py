import pytest

from experiments.mental_math.alternatives.criteria import above, below
from experiments.mental_math.criteria import ordinary
from interp.findings import Measurement, Verdict
from interp.stats import Interval


def judged(criterion: object, value: float, control: float, preset: str = "paper") -> Verdict:
    first, second = (Interval(each, each - 0.02, each + 0.02, 100) for each in (value, control))
    assert callable(criterion)
    found = criterion(Measurement(first, second, {}, preset, 1))
    assert isinstance(found, Verdict)
    return found


@pytest.mark.parametrize(
    ("value", "control", "verdict"),
    [
        (0.98, 0.1, Verdict.REPRODUCED),
        (0.96, 0.1, Verdict.DIRECTION),
        (0.53, 0.48, Verdict.DIRECTION),
        (0.53, 0.50, Verdict.NOT_REPRODUCED),
        (0.51, 0.1, Verdict.NOT_REPRODUCED),
        (0.98, 0.97, Verdict.NOT_REPRODUCED),
    ],
)
def test_a_value_must_be_high_and_above_the_control(value: float, control: float, verdict: Verdict) -> None:
    assert judged(above(reproduced=0.95, direction=0.5), value, control) is verdict


@pytest.mark.parametrize(
    ("value", "control", "verdict"),
    [
        (0.05, 0.98, Verdict.REPRODUCED),
        (0.3, 0.98, Verdict.DIRECTION),
        (0.5, 0.98, Verdict.NOT_REPRODUCED),
        (0.0, 0.5, Verdict.NOT_REPRODUCED),
    ],
)
def test_a_loss_must_be_deep_and_from_a_control_that_works(value: float, control: float, verdict: Verdict) -> None:
    assert judged(below(reproduced=0.1, direction=0.5), value, control) is verdict


def test_small_models_show_at_most_a_direction() -> None:
    criterion = ordinary(above(reproduced=0.95, direction=0.5))
    assert judged(criterion, 0.99, 0.1, "small") is Verdict.DIRECTION
    assert judged(criterion, 0.99, 0.1, "paper") is Verdict.REPRODUCED
    assert judged(criterion, 0.3, 0.1, "small") is Verdict.NOT_REPRODUCED
