import pytest

from experiments.function_tokens.criteria import above_control, below_control
from interp.findings import Measurement, Verdict
from interp.stats import Interval


def measured(low: float, value: float, high: float) -> Measurement:
    return Measurement(Interval(value, low, high, 9), Interval(0.5, 0.4, 0.6, 9), {}, "small", 1)


@pytest.mark.parametrize(
    ("numbers", "above", "below"),
    [
        ((0.65, 0.7, 0.75), Verdict.REPRODUCED, Verdict.NOT_REPRODUCED),
        ((0.55, 0.7, 0.85), Verdict.DIRECTION, Verdict.NOT_REPRODUCED),
        ((0.45, 0.5, 0.55), Verdict.NOT_REPRODUCED, Verdict.NOT_REPRODUCED),
        ((0.1, 0.3, 0.45), Verdict.NOT_REPRODUCED, Verdict.DIRECTION),
        ((0.1, 0.2, 0.3), Verdict.NOT_REPRODUCED, Verdict.REPRODUCED),
    ],
)
def test_value_and_control_must_lie_apart(numbers: tuple[float, ...], above: Verdict, below: Verdict) -> None:
    m = measured(*numbers)
    assert (above_control(m), below_control(m)) == (above, below)
