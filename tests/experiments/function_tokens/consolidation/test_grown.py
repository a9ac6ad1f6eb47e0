from typing import Any

import pytest

from experiments.function_tokens.consolidation.grown import by_seed, counts, slopes
from experiments.function_tokens.consolidation.matched import QUALITIES, matched
from tests.experiments.function_tokens.consolidation.test_matched import dictionary

EARLY, LATE = 10, 90


def metrics(**changes: Any) -> dict[str, Any]:
    """At a quality of .7 the early checkpoint has k = 4 * 4 ** .75 and the late one 4 * 4 ** .25."""
    many = [
        dictionary(step, k, quality, often, width=1000, steep=steep, **{"steep null": null, **changes})
        for step, k, quality, often, steep, null in [
            (0, 4, 0.5, 10, 0.1, 0.2), (0, 16, 0.9, 30, 0.1, 0.2),
            (EARLY, 4, 0.4, 40, 0.2, 0.1), (EARLY, 16, 0.8, 80, 0.4, 0.1),
            (LATE, 4, 0.6, 200, 0.5, 0.2), (LATE, 16, 1.0, 480, 0.9, 0.2),
        ]
    ]  # fmt: skip
    return {"dictionaries": many, "matched": {quality: matched(many, quality) for quality in QUALITIES}}


def test_counts_are_ratios_to_the_first_trained_checkpoint_at_equal_quality_and_at_each_sparsity() -> None:
    told = counts(metrics())
    assert told is not None
    assert told["value"][0] == pytest.approx(270 / 70)
    assert told["control"][0] == pytest.approx(20 / 70)
    extra = told["extra"]
    assert extra["at k 4, ratio"] == pytest.approx(200 / 40)
    assert extra["at k 16, ratio"] == pytest.approx(480 / 80)
    assert extra["at k 4, fullest share of the width"] == pytest.approx(0.4)
    assert extra["at k 16, fullest share of the width"] == pytest.approx(0.96)
    assert extra["at one free sparsity, lowest"] == pytest.approx(5)  # at k = 16 the late one is full
    assert extra["at equal explained variance, often"] == pytest.approx(270 / 70)


def test_where_the_match_lies_is_told() -> None:
    told = counts(metrics())
    assert told is not None
    extra = told["extra"]
    assert (extra["sparsest trained k"], extra["densest trained k"]) == (4, 16)
    assert [extra[f"k, {label}"] for label in ("untrained", "first", "last")] == pytest.approx(
        [8, 4 * 4**0.75, 4 * 4**0.25]
    )
    assert extra["match inside the trained sparsities"] == extra["untrained reaches that quality"] == 1
    assert extra["counts saturate"] == extra["first trained one saturates"] == 0
    assert extra["share of the width, last"] == pytest.approx(0.27)
    assert extra["share of the width at least once, last"] == pytest.approx(0.54)


def test_slopes_change_at_equal_quality_and_at_each_sparsity_beside_their_null() -> None:
    told = slopes(metrics())
    assert told is not None
    assert told["value"][0] == pytest.approx(0.6 - 0.35)
    assert told["control"][0] == pytest.approx(0.1)
    extra = told["extra"]
    assert extra["slope, first"] == pytest.approx(0.35)
    assert (extra["at k 4, change"], extra["at k 16, change"]) == pytest.approx((0.3, 0.5))
    assert extra["at k 4, change of the null"] == pytest.approx(0.1)
    assert extra["excess at one free sparsity, lowest"] == pytest.approx(0.2)


def test_where_no_sparsity_is_free_nothing_is_claimed_of_any() -> None:
    told = metrics()
    for one in told["dictionaries"]:
        one["once"] = 1000
    found = counts(told), slopes(told)
    assert [one["extra"]["at one free sparsity, lowest"] for one in found[:1] if one] == [0]
    assert [one["extra"]["excess at one free sparsity, lowest"] for one in found[1:] if one] == [0]


def test_a_missing_match_of_variance_is_told_and_a_missing_match_of_loss_leaves_both_out() -> None:
    told = metrics()
    none = {**told["matched"]["explained"], "target": None, "checkpoints": []}
    beside = counts({**told, "matched": {**told["matched"], "explained": none}})
    assert beside is not None
    assert beside["extra"]["explained variance has a match"] == 0
    assert beside["extra"].keys() == (counts(told) or {})["extra"].keys()
    without = {**told, "matched": {**told["matched"], "recovered": none}}
    assert counts(without) is slopes(without) is None


def test_slopes_that_are_missing_are_not_judged() -> None:
    told = metrics(**{"steep null": None})
    assert slopes(told) is None
    assert counts(told) is not None


def test_seeds_are_compared_each_with_itself() -> None:
    many = [
        {"step": step, "seed": seed, "often": often}
        for step, seed, often in [(0, 0, 1), (0, 1, 3), (5, 0, 2), (5, 1, 4), (7, 0, 6), (7, 1, 20)]
    ]
    found = by_seed(many, lambda one, other: one / other, "often")
    assert found["value"].value == pytest.approx((3 + 5) / 2)
    assert found["value"].n == 2
    assert found["control"].value == pytest.approx((0.5 + 0.75) / 2)
