from typing import Any

import pytest

from experiments.othello.dictionaries.colour.findings import FINDINGS, measured
from interp.findings import Measurement, Verdict, judge
from interp.stats import Interval

BY_ID = {finding.id: finding for finding in FINDINGS}
YES, PARTLY, NO = Verdict.REPRODUCED, Verdict.DIRECTION, Verdict.NOT_REPRODUCED


def flat(value: float) -> Interval:
    return Interval(value, value, value, 64)


def verdict(finding: str, value: Interval, control: Interval, **extra: float) -> Verdict:
    return judge(BY_ID[finding], Measurement(value, control, extra, "small", 1))


@pytest.mark.parametrize("finding", ["othello-16-early", "othello-16-late"])
def test_hits_must_be_many_and_in_their_place_more_than_by_chance(finding: str) -> None:
    def at(share: float, control: float = 0.3, hits: float = 10.0, chance: float = 0.4) -> Verdict:
        return verdict(finding, flat(share), flat(control), hits=hits, uniform=0.2, uniform_high=chance)

    assert at(0.8) is YES
    assert at(0.45) is PARTLY
    assert at(0.35) is NO
    assert at(0.8, control=0.9) is NO
    assert at(0.8, chance=0.85) is NO
    assert at(0.8, hits=2.0) is NO


def test_an_empty_centre_must_be_more_than_chance_leaves_empty() -> None:
    def at(value: Interval, control: Interval, hits: float = 10.0) -> Verdict:
        return verdict("othello-16-centre", value, control, hits=hits)

    chance = Interval(4 / 64, 0.02, 0.12, 64)
    assert at(flat(0.0), chance) is YES
    assert at(Interval(0.005, 0.0, 0.01, 64), chance) is PARTLY
    assert at(flat(0.0), Interval(4 / 64, 0.0, 0.2, 64)) is NO
    assert at(flat(0.05), chance) is NO
    assert at(flat(0.0), chance, hits=1.0) is NO


def test_the_middle_must_stand_out() -> None:
    def at(value: float, control: float = 0.0, peak_depth: float = 2.0, peak: float = 30.0) -> Verdict:
        extra = {"peak_depth": peak_depth, "peak": peak, "first": 10.0, "last": 5.0, "from": 2.0, "to": 4.0}
        return verdict("othello-16-mid", flat(value), flat(control), **extra)

    assert at(12.0) is YES
    assert at(12.0, peak_depth=5.0) is PARTLY
    assert at(12.0, peak=15.0) is PARTLY
    assert at(12.0, control=13.0) is NO
    assert at(-1.0, control=-3.0) is NO


def test_thresholds_differ_when_one_is_reached_by_all_and_the_other_is_not() -> None:
    assert verdict("othello-17", flat(0.98), flat(0.4)) is PARTLY
    assert verdict("othello-17", flat(0.98), flat(0.9)) is NO
    assert verdict("othello-17", flat(0.8), flat(0.4)) is NO


def test_every_finding_is_measured(metrics: dict[str, Any]) -> None:
    found = measured(metrics)
    assert set(found) == set(BY_ID)
    for name, one in found.items():
        assert judge(BY_ID[name], Measurement(one["value"], one["control"], one["extra"], "tiny", 1)) in Verdict
