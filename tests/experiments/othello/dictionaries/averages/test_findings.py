import pytest

from experiments.othello.dictionaries.averages.findings import FINDINGS
from interp.findings import Measurement, Verdict, judge
from interp.stats import Interval

MOVE, CONJUNCTIONS = FINDINGS
CONTROL = Interval(0.1, 0.05, 0.15, 900)


def verdict(index: int, low: float, **extra: float) -> Verdict:
    value = Interval(low + 0.05, low, low + 0.1, 900)
    return judge(FINDINGS[index], Measurement(value, CONTROL, extra, "small", 1))


@pytest.mark.parametrize(
    ("low", "second", "early", "later", "theirs", "expected"),
    [
        (0.3, 0.3, 0.8, 0.2, 0.95, Verdict.REPRODUCED),
        (0.3, 0.3, 0.4, 0.2, 0.95, Verdict.DIRECTION),
        (0.3, 0.3, 0.8, 0.6, 0.95, Verdict.DIRECTION),
        (0.3, 0.3, 0.8, 0.2, 0.85, Verdict.DIRECTION),
        (0.3, 0.1, 0.8, 0.2, 0.95, Verdict.NOT_REPRODUCED),
        (0.15, 0.3, 0.8, 0.2, 0.95, Verdict.NOT_REPRODUCED),
    ],
)
def test_the_move_must_fade_more_than_in_random_weights_and_leave_squares(
    low: float, second: float, early: float, later: float, theirs: float, expected: Verdict
) -> None:
    found = verdict(
        0, low, second=second, early_of_notable=early, middle_of_notable=0.1, late_of_notable=later, early_theirs=theirs
    )
    assert found is expected


@pytest.mark.parametrize(
    ("low", "middle", "late", "expected"),
    [
        (0.2, (0.3, 0.1), (0.1, 0.3), Verdict.REPRODUCED),
        (0.2, (0.1, 0.3), (0.1, 0.5), Verdict.DIRECTION),
        (0.2, (0.3, 0.1), (0.4, 0.3), Verdict.DIRECTION),
        (-0.1, (0.3, 0.1), (0.1, 0.3), Verdict.NOT_REPRODUCED),
    ],
)
def test_conjunctions_must_overtake_single_squares(
    low: float, middle: tuple[float, float], late: tuple[float, float], expected: Verdict
) -> None:
    shares = {
        "middle_single": middle[0], "middle_conjunction": middle[1], "late_single": late[0],
        "late_conjunction": late[1],
    }  # fmt: skip
    assert verdict(1, low, second=0.3, **shares) is expected


def test_falling_less_than_nothing_is_no_fall_even_where_the_control_falls_lower() -> None:
    control = Interval(-0.3, -0.4, -0.2, 900)
    value = Interval(-0.05, -0.1, 0.0, 900)
    extra = {"second": 0.1, "early_of_notable": 1.0, "middle_of_notable": 0.0, "late_of_notable": 0.0}
    found = judge(MOVE, Measurement(value, control, {**extra, "early_theirs": 1.0}, "small", 1))
    assert found is Verdict.NOT_REPRODUCED
    assert CONJUNCTIONS.paper_value is not None
