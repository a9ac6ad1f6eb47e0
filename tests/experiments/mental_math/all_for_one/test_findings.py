import pytest

from experiments.mental_math.all_for_one import EXPERIMENT
from experiments.mental_math.all_for_one.findings import FINDINGS
from interp.findings import Measurement, Verdict, judge
from interp.stats import Interval

BY_ID = {finding.id: finding for finding in FINDINGS}
YES, DIRECTION, NO, SCALE = Verdict.REPRODUCED, Verdict.DIRECTION, Verdict.NOT_REPRODUCED, Verdict.NEEDS_SCALE


def verdict(
    name: str, value: float, control: float, preset: str, spread: float = 0.01, **extra: float | int
) -> Verdict:
    told, null = (Interval(number, number - spread, number + spread, 1000) for number in (value, control))
    return judge(BY_ID[name], Measurement(told, null, {key: float(one) for key, one in extra.items()}, preset, 1))


def test_there_is_a_row_for_every_claim() -> None:
    assert list(BY_ID) == [f"af1-{number}" for number in range(1, 10)]
    assert EXPERIMENT.findings == FINDINGS


@pytest.mark.parametrize("name", ["af1-1", "af1-6", "af1-7"])
@pytest.mark.parametrize(
    ("value", "control", "paper", "small"),
    [(0.97, 0.02, YES, DIRECTION), (0.7, 0.02, DIRECTION, DIRECTION), (0.4, 0.02, NO, NO), (0.97, 0.96, NO, NO)],
)
def test_shares_must_be_high_and_above_the_control(
    name: str, value: float, control: float, paper: Verdict, small: Verdict
) -> None:
    assert verdict(name, value, control, "paper") is paper
    assert verdict(name, value, control, "small") is small


@pytest.mark.parametrize("name", ["af1-4", "af1-5"])
def test_the_published_share_itself_reproduces_the_claim_and_a_little_less_does_not(name: str) -> None:
    assert verdict(name, 0.995, 0.05, "paper", spread=0.0044) is YES
    assert verdict(name, 0.98, 0.05, "paper", spread=0.0044) is DIRECTION
    assert verdict(name, 0.85, 0.05, "paper", spread=0.0044) is NO
    assert verdict(name, 1.0, 0.05, "tiny", spread=0.0) is DIRECTION


def test_without_a_published_number_another_model_shows_a_direction_at_most() -> None:
    assert verdict("af1-8", 0.99, 0.05, "paper") is DIRECTION
    assert verdict("af1-8", 0.3, 0.05, "paper") is NO


@pytest.mark.parametrize(
    ("fall", "other", "last", "depth", "wanted"),
    [
        (0.95, 0.1, 15, 32, YES), (0.95, 0.1, 14, 32, YES), (0.95, 0.1, 20, 32, DIRECTION),
        (0.6, 0.1, 15, 32, DIRECTION), (0.95, 0.1, 0, 32, NO), (0.3, 0.1, 15, 32, NO), (0.5, 0.5, 15, 32, NO),
    ],
)  # fmt: skip
def test_a_cliff_is_one_steep_fall_after_waiting(
    fall: float, other: float, last: int, depth: int, wanted: Verdict
) -> None:
    extra = {"last wait before it": last, "depth": depth}
    assert verdict("af1-2", fall, other, "paper", **extra) is wanted
    assert verdict("af1-2", fall, other, "small", **extra) is (NO if wanted is NO else DIRECTION)


def test_two_blocks_suffice_only_if_one_does_not() -> None:
    assert verdict("af1-3", 0.99, 0.05, "paper", **{"with one": 0.1}) is YES
    assert verdict("af1-3", 0.99, 0.05, "paper", **{"with one": 0.98}) is DIRECTION
    assert verdict("af1-3", 0.4, 0.05, "paper", **{"with one": 0.1}) is NO
    assert verdict("af1-3", 0.99, 0.05, "small", **{"with one": 0.1}) is DIRECTION


def waits(value: float, control: float, preset: str, found: int, longer: int) -> Verdict:
    extra = {"transfer": 2, "least transfer of others": longer, "others that have it": found, "others": 2}
    return verdict("af1-9", value, control, preset, **extra)


def test_shorter_waits_are_judged_in_the_papers_models_only() -> None:
    assert waits(0.3, 0.47, "paper", found=2, longer=5) is YES
    assert waits(0.3, 0.47, "paper", found=1, longer=5) is DIRECTION
    assert waits(0.3, 0.47, "paper", found=2, longer=2) is DIRECTION
    assert waits(0.0, 0.47, "paper", found=0, longer=0) is NO
    assert waits(0.47, 0.47, "paper", found=2, longer=5) is NO
    assert waits(0.0, 0.47, "small", found=2, longer=5) is SCALE
