import pytest

from experiments.bigrams.criteria import above, at_paper_scale, entry, highest, plurality, sure
from interp.findings import Measurement, Verdict
from interp.stats import Interval


def measured(value: float, control: float, preset: str = "small", **extra: float) -> Measurement:
    """With half-widths of .01."""
    ours, beside = (Interval(one, one - 0.01, one + 0.01, 3) for one in (value, control))
    return Measurement(ours, beside, extra, preset, 1)


@pytest.mark.parametrize(
    ("value", "control", "verdict"),
    [
        (0.97, 0.8, Verdict.REPRODUCED),
        (0.95, 0.8, Verdict.DIRECTION),
        (0.85, 0.8, Verdict.NOT_REPRODUCED),
        (0.97, 0.96, Verdict.NOT_REPRODUCED),
    ],
)
def test_above_wants_the_whole_interval_over_the_limit_and_over_the_control(
    value: float, control: float, verdict: Verdict
) -> None:
    assert above(0.95, 0.9)(measured(value, control)) is verdict


def test_paper_scale_is_asked_of_the_paper_preset_alone() -> None:
    judge = at_paper_scale(above(0.9, 0.9))
    assert judge(measured(0.95, 0.5)) is Verdict.NEEDS_SCALE
    assert judge(measured(0.95, 0.5, "paper")) is Verdict.REPRODUCED


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


def test_an_entry_is_plain_json_with_names_in_words() -> None:
    found = entry(sure(0.5), [0.1, 0.0, 0.2, 3], of_all=True)
    assert found == {"value": [0.5, 0.5, 0.5, 1], "control": [0.1, 0.0, 0.2, 3], "extra": {"of all": 1.0}}
