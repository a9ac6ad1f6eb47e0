import pytest

from experiments.bigrams.criteria import highest, plurality
from interp.findings import Measurement, Verdict
from interp.stats import Interval


def measured(value: float, control: float, preset: str = "small", **extra: float) -> Measurement:
    """With half-widths of .01."""
    ours, beside = (Interval(one, one - 0.01, one + 0.01, 3) for one in (value, control))
    return Measurement(ours, beside, extra, preset, 1)


@pytest.mark.parametrize(
    ("value", "control", "verdict"),
    [(0.5, 0.3, Verdict.REPRODUCED), (0.3, 0.3, Verdict.DIRECTION), (0.2, 0.1, Verdict.NOT_REPRODUCED)],
)
def test_a_plurality_is_larger_than_any_other_and_than_its_even_part(
    value: float, control: float, verdict: Verdict
) -> None:
    assert plurality(measured(value, control, uniform=0.2)) is verdict


def test_the_highest_control_is_the_one_that_reaches_highest() -> None:
    wide, narrow = Interval(0.5, 0.1, 0.9, 3), Interval(0.6, 0.55, 0.65, 3)
    assert highest({"narrow": narrow, "wide": wide}) == wide
