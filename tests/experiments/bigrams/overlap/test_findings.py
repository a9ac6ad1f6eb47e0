from copy import deepcopy
from typing import Any

import pytest

from experiments.bigrams.overlap.findings import FINDINGS, MAGNITUDE_Z, RANDOM, Z, compared, measured
from interp.errors import InterpError
from interp.findings import Measurement, Verdict, judge
from interp.stats import Interval

BY_ID = {finding.id: finding for finding in FINDINGS}


def judged(name: str, value: float, control: float, extra: dict[str, float], width: float = 0.02) -> Verdict:
    first, second = (Interval(each, each - width, each + width, 3) for each in (value, control))
    floats = {key: float(number) for key, number in extra.items()}
    return judge(BY_ID[name], Measurement(first, second, floats, "small", 1))


@pytest.mark.parametrize(
    ("sparse", "dense", "random", "verdict"),
    [
        (0.08, -0.1, 0.0, Verdict.REPRODUCED),
        (-0.03, -0.1, -0.1, Verdict.DIRECTION),
        (0.08, 0.01, 0.0, Verdict.DIRECTION),
        (0.08, -0.1, 0.2, Verdict.NOT_REPRODUCED),  # random masks of the size are at least as much
        (-0.1, -0.1, -0.2, Verdict.NOT_REPRODUCED),
    ],
)
def test_pruned_models_must_cross_over_to_bigrams(sparse: float, dense: float, random: float, verdict: Verdict) -> None:
    assert judged("bigram-12", sparse, dense, {RANDOM: random}) is verdict


@pytest.mark.parametrize(
    ("ratio", "control", "z", "magnitude_z", "verdict"),
    [
        (7.0, 1.3, 90, 40, Verdict.REPRODUCED),
        (7.0, 1.3, 90, 2, Verdict.DIRECTION),
        (2.0, 1.3, 90, 40, Verdict.DIRECTION),
        (2.0, 2.5, 90, 40, Verdict.NOT_REPRODUCED),
        (1.0, 0.8, 90, 40, Verdict.NOT_REPRODUCED),
        (7.0, 1.3, 3, 40, Verdict.NOT_REPRODUCED),
    ],
)
def test_overlap_must_be_beyond_chance(
    ratio: float, control: float, z: float, magnitude_z: float, verdict: Verdict
) -> None:
    assert judged("bigram-13", ratio, control, {Z: z, MAGNITUDE_Z: magnitude_z}) is verdict


@pytest.mark.parametrize(
    ("value", "control", "verdict"),
    [(4.0, 1.0, Verdict.DIRECTION), (1.0, 0.9, Verdict.NOT_REPRODUCED), (4.0, 4.0, Verdict.NOT_REPRODUCED)],
)
def test_what_the_paper_does_not_say_has_a_direction_at_most(value: float, control: float, verdict: Verdict) -> None:
    assert judged("bigram-18", value, control, {}) is verdict


def mask(r: float, with_model: float, size: int = 50) -> dict[str, Any]:
    return {"size": size, "share": size / 1000, "r": r, "r with the model": with_model}


def pair(shared: int = 20, rows: float = 8.0) -> dict[str, Any]:
    def null(expected: float, z: float) -> dict[str, float]:
        return {"expected": expected, "deviation": 1.0, "ratio": shared / expected, "z": z}

    return {
        "shared": shared, "a": 50, "b": 60, "contained": shared / 50,
        "free": null(4.0, 16.0), "rows": null(rows, 9.0), "columns": null(5.0, 12.0), "magnitude": null(6.0, 10.0),
    }  # fmt: skip


def metrics() -> dict[str, Any]:
    return {
        "full": {"r": 0.87}, "empty": {"r": 0.79},
        "core": [mask(0.97, 0.8), mask(0.96, 0.8)],
        "optimal": [
            {"share": 0.2, "masks": [mask(0.88, 0.99, 200), mask(0.89, 0.99, 200)], "pairs": [pair()]},
            {"share": 0.06, "masks": [mask(0.91, 0.95, 60), mask(0.91, 0.95, 60)], "pairs": [pair(20), pair(24)]},
            {"share": 0.01, "masks": [mask(0.94, 0.86, 10), mask(0.94, 0.88, 10)], "pairs": [pair(4)]},
        ],
        "random": [mask(0.8, 0.8, 10), mask(0.8, 0.78, 10)],
        "random pairs": [pair(4, rows=4.0), pair(4, rows=4.4)],
        "between seeds": [pair(30)],
    }  # fmt: skip


def test_the_sparsest_pruning_that_is_no_smaller_is_compared() -> None:
    assert compared(metrics())["share"] == 0.06
    small = metrics()
    small["optimal"] = small["optimal"][-1:]
    with pytest.raises(InterpError, match="smaller than the bigram"):
        compared(small)


def test_measurements_by_hand() -> None:
    found = measured(metrics())
    assert found["bigram-12"]["value"].value == pytest.approx(0.07)
    assert found["bigram-12"]["control"].value == pytest.approx(-0.105)
    assert found["bigram-13"]["value"].value == pytest.approx(5.5)  # (20 + 24) / 2 / 4
    assert found["bigram-13"]["control"].value == 1.5  # 6 expected with equal magnitudes, 4 freely
    assert found["bigram-13"]["extra"][Z] == 16
    assert found["bigram-18"]["value"].value == 2
    assert found["bigram-18"]["control"].value == pytest.approx(1.05)


def test_the_worst_z_counts() -> None:
    worse = deepcopy(metrics())
    worse["optimal"][1]["pairs"][1]["free"]["z"] = 2.0
    assert measured(worse)["bigram-13"]["extra"][Z] == 2
