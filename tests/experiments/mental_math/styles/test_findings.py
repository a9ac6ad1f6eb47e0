from dataclasses import replace

import numpy as np
import pytest

from experiments.mental_math.styles import EXPERIMENT, Settings
from experiments.mental_math.styles.findings import measured
from experiments.mental_math.styles.settings import DIRECT, TOLD
from interp.findings import Measurement, Verdict, judge
from interp.last_token.setting import AllForOne
from interp.stats import Interval
from tests.experiments.mental_math.styles.made import cells

FINDINGS = {finding.id: finding for finding in EXPERIMENT.findings}
FAIL, WORK = dict.fromkeys(TOLD, 0.0), dict.fromkeys(TOLD, 1.0)


def verdict(name: str, kept: dict[str, float], preset: str = "paper") -> Verdict:
    entry = measured(cells(kept), AllForOne(2, 1), Settings(), np.random.default_rng(0))[name]
    found = Measurement(Interval(*entry["value"]), Interval(*entry["control"]), entry["extra"], preset, 1)
    return judge(FINDINGS[name], found)


def test_direct_styles_that_work_and_told_ones_that_fail_reproduce_the_paper() -> None:
    assert verdict("af1-15", FAIL) is Verdict.REPRODUCED


def test_a_small_model_shows_a_direction_at_most() -> None:
    assert verdict("af1-15", FAIL, "small") is Verdict.DIRECTION


def test_told_styles_that_keep_some_leave_a_direction_and_all_leave_nothing() -> None:
    assert verdict("af1-15", dict.fromkeys(TOLD, 0.4)) is Verdict.DIRECTION
    assert verdict("af1-15", WORK) is Verdict.NOT_REPRODUCED


def test_direct_styles_that_fail_fail_the_claim_whatever_told_ones_do() -> None:
    assert verdict("af1-15", {**FAIL, **dict.fromkeys(DIRECT, 0.3)}) is Verdict.NOT_REPRODUCED


def test_told_styles_with_a_subgraph_of_their_own_fail_the_claim_that_there_is_none() -> None:
    assert verdict("af1-15-own", FAIL) is Verdict.DIRECTION
    assert verdict("af1-15-own", WORK) is Verdict.NOT_REPRODUCED
    assert verdict("af1-15-own", {**FAIL, "original": 0.0}) is Verdict.NOT_REPRODUCED


@pytest.mark.parametrize("styles", [DIRECT, TOLD])
def test_styles_that_are_not_answered_count_as_excluded_and_not_as_failed(styles: tuple[str, ...]) -> None:
    generator = np.random.default_rng(0)
    one = measured(cells(FAIL, {styles[0]: 0.1}), AllForOne(2, 1), Settings(), generator)["af1-15"]
    assert one["extra"]["not answered"] == 2
    none = measured(cells(FAIL, dict.fromkeys(styles, 0.1)), AllForOne(2, 1), Settings(), generator)
    assert "af1-15" not in none
    assert ("af1-15-own" in none) == (styles == DIRECT)


def test_prompts_of_all_styles_of_a_side_are_pooled() -> None:
    entry = measured(cells({DIRECT[0]: 0.5, **FAIL}), AllForOne(2, 1), Settings(), np.random.default_rng(0))["af1-15"]
    assert entry["value"].value == pytest.approx((0.5 + 1 + 1) / 3)
    assert entry["value"].n == 2 * 3 * 40
    assert entry["control"].value == 0
    assert entry["extra"]["baseline"] == pytest.approx(1 / 20)
    assert entry["extra"]["plain style"] == 1


def test_a_style_is_answered_from_the_accuracy_that_settings_name() -> None:
    generator, made = np.random.default_rng(0), cells(FAIL, {"instruction": 0.5})
    for able, missing in ((0.5, 0), (0.6, 2)):
        entry = measured(made, AllForOne(2, 1), replace(Settings(), able=able), generator)["af1-15"]
        assert entry["extra"]["not answered"] == missing
