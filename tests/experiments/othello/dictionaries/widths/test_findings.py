from typing import Any

import pytest

from experiments.othello.dictionaries import kinds
from experiments.othello.dictionaries.widths.findings import FINDINGS, measured
from interp.findings import Measurement, Verdict, judge
from interp.stats import Interval

BY_ID = {finding.id: finding for finding in FINDINGS}


def close(value: float) -> list[float]:
    return [value, value - 0.004, value + 0.004, 100]


def wider(coverage: list[float], explained: float, seeds: float = 0.0) -> dict[str, Any]:
    gains = {f"{k}": {"coverage": close(gain), "explained_variance": close(explained)} for k, gain in
             zip((16, 32, 64), coverage, strict=True)}  # fmt: skip
    return {
        "wider": gains,
        "main": {kinds.FIRST: {"coverage": close(0.4)}, kinds.SECOND: {"coverage": close(0.4 + seeds)}},
    }


def traded(coverage: float, reconstruction: float) -> dict[str, Any]:
    one = {"coverage": close(coverage), "reconstruction": close(reconstruction)}
    return {"kinds": {"l1 8 1": one, "l1 8 2": None, "jumprelu 8 1": one}}


def verdict(metrics: dict[str, Any], which: str) -> Verdict:
    entry = measured(metrics)[which]
    value, control = Interval(*entry["value"]), Interval(*entry["control"])
    return judge(BY_ID[which], Measurement(value, control, entry["extra"], "small", 1))


@pytest.mark.parametrize(
    ("coverage", "explained", "seeds", "expected"),
    [
        ([0.03, 0.04, 0.05], 0.01, 0.01, Verdict.REPRODUCED),
        ([0.03, 0.04, 0.05], 0.01, 0.08, Verdict.DIRECTION),
        ([0.13, -0.01, 0.05], 0.01, 0.0, Verdict.DIRECTION),
        ([0.13, 0.14, 0.15], 0.05, 0.0, Verdict.DIRECTION),
        ([0.03, 0.04, 0.05], 0.06, 0.0, Verdict.NOT_REPRODUCED),
        ([-0.03, -0.04, -0.05], -0.2, 0.0, Verdict.NOT_REPRODUCED),
    ],
)
def test_width_must_help_everywhere_beyond_seeds_and_unseen_by_explained_variance(
    coverage: list[float], explained: float, seeds: float, expected: Verdict
) -> None:
    assert verdict(wider(coverage, explained, seeds), "othello-26") is expected


@pytest.mark.parametrize(
    ("coverage", "reconstruction", "expected"),
    [
        (0.1, -0.1, Verdict.REPRODUCED),
        (0.1, 0.05, Verdict.DIRECTION),
        (-0.05, -0.1, Verdict.DIRECTION),
        (0.1, 0.2, Verdict.NOT_REPRODUCED),
        (-0.1, 0.1, Verdict.NOT_REPRODUCED),
    ],
)
def test_one_kind_must_win_each_measure(coverage: float, reconstruction: float, expected: Verdict) -> None:
    assert verdict(traded(coverage, reconstruction), "othello-27") is expected


def test_the_difference_of_a_trade_counts_l1_alone_where_it_could_be_compared() -> None:
    assert measured(traded(0.1, 0.0))["othello-27"]["extra"] == {"compared": 1.0}
