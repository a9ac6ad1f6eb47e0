from typing import Any

import pytest

from experiments.othello.dictionaries.stability.findings import FINDINGS, measured
from interp.findings import Finding, Measurement, Verdict, judge
from interp.stats import Interval

BY_ID = {finding.id: finding for finding in FINDINGS}


def verdict(finding: Finding, value: tuple[float, float, float], control: tuple[float, float, float], **extra: float):  # type: ignore[no-untyped-def]
    return judge(finding, Measurement(Interval(*value, 9), Interval(*control, 9), extra, "small", 1))


def test_pairs_peak_where_the_paper_has_them() -> None:
    finding, low = BY_ID["othello-20"], (1.0, 0.0, 2.0)
    assert verdict(finding, (46, 40, 52), low, elsewhere=20.0, share=0.7, fullest=1.0) is Verdict.REPRODUCED
    assert verdict(finding, (46, 40, 52), low, elsewhere=20.0, share=0.4, fullest=1.0) is Verdict.DIRECTION
    assert verdict(finding, (46, 40, 52), low, elsewhere=20.0, share=0.7, fullest=0.0) is Verdict.DIRECTION
    assert verdict(finding, (46, 40, 52), low, elsewhere=45.0, share=0.7, fullest=1.0) is Verdict.NOT_REPRODUCED
    assert verdict(finding, (46, 40, 52), (44, 39, 49), elsewhere=1.0, share=0.7, fullest=1.0) is Verdict.NOT_REPRODUCED


def test_the_interior_must_be_emptier_than_the_rim() -> None:
    finding = BY_ID["othello-20-interior"]
    assert verdict(finding, (0, 0, 0), (0.5, 0.3, 0.7)) is Verdict.REPRODUCED
    assert verdict(finding, (0.1, 0.05, 0.2), (0.5, 0.3, 0.7)) is Verdict.DIRECTION
    assert verdict(finding, (0.3, 0.2, 0.35), (0.5, 0.4, 0.7)) is Verdict.NOT_REPRODUCED
    assert verdict(finding, (0, 0, 0), (0, 0, 0)) is Verdict.NOT_REPRODUCED


def test_the_ply_must_beat_the_latents_and_the_threshold() -> None:
    finding = BY_ID["othello-21"]
    assert verdict(finding, (0.88, 0.87, 0.89), (0.84, 0.83, 0.85), lowest=0.83) is Verdict.REPRODUCED
    assert verdict(finding, (0.88, 0.87, 0.89), (0.84, 0.83, 0.85), lowest=0.79) is Verdict.DIRECTION
    assert verdict(finding, (0.88, 0.87, 0.89), (0.88, 0.87, 0.9), lowest=0.83) is Verdict.NOT_REPRODUCED


def test_most_pairs_must_fall_within_plies_and_not_by_chance() -> None:
    finding = BY_ID["othello-21-stratified"]
    assert verdict(finding, (0.8, 0.7, 0.9), (0.1, 0.0, 0.2)) is Verdict.DIRECTION
    assert verdict(finding, (0.8, 0.7, 0.9), (0.8, 0.7, 0.9)) is Verdict.NOT_REPRODUCED
    assert verdict(finding, (0.55, 0.4, 0.7), (0.1, 0.0, 0.2)) is Verdict.NOT_REPRODUCED


def part(pairs: bool) -> dict[str, Any]:
    one = [0.5, 0.4, 0.6, 10]
    where = {"interior": one, "rim": one}
    strata = dict.fromkeys(("ply", "taken", "ply and taken", "shuffled ply"), one if pairs else None)
    return {
        "peak": {"depths": [2], "inside": one, "outside": one, "random": one, "share": 0.5, "fullest": True},
        "auroc": one if pairs else None, "fallen": strata, "covered": {"told": where, "within ply": where},
    }  # fmt: skip


@pytest.mark.parametrize("pairs", [True, False])
def test_every_finding_is_measured_with_and_without_pairs(pairs: bool) -> None:
    by_square = {"published": [0.9] * 12 + [None] * 4, "strict": [None] * 16}
    found = measured(
        {
            "size": 4,
            "alone": {**dict.fromkeys(("ply", "own disc", "corner"), by_square), "rim": [0.88, 0.87, 0.89, 40]},
            "pooled": {name: part(pairs) for name in ("published", "strict", "hindsight")},
        }
    )
    assert set(found) == set(BY_ID)
    for name, entry in found.items():
        judge(BY_ID[name], Measurement(entry["value"], entry["control"], entry["extra"], "small", 1))
    if not pairs:
        assert found["othello-21"]["control"] == (0.8, 0.8, 0.8, 0)
        stratified = Measurement(**{**found["othello-21-stratified"], "preset": "small", "seeds": 1})
        assert judge(BY_ID["othello-21-stratified"], stratified) is Verdict.NOT_REPRODUCED
