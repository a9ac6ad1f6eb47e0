from typing import Any

import pytest

from experiments.bigrams.search.findings import FINDINGS, measured
from interp.findings import Measurement, Verdict, judge
from interp.stats import Interval

BY_ID = {finding.id: finding for finding in FINDINGS}
CONTROLS = (
    "random, same count", "random, same magnitude", "largest weights of each matrix", "largest weights of the model",
)  # fmt: skip


def scored(r: float, size: int, first: float = 0.5, outputs: float = 0.7, **more: Any) -> dict[str, Any]:
    """What a record keeps of a mask on a model of two blocks and a million weights."""
    rest = (1 - first) / 3
    half = 2 * rest / 2
    kinds = {"q": half * (1 - outputs), "k": half * (1 - outputs), "v": half * outputs, "o": half * outputs}
    even = {"q": 1 / 12, "k": 1 / 12, "v": 1 / 12, "o": 1 / 12}
    uniform = {"mlp": [1 / 3, 1 / 3], "attention": [1 / 6, 1 / 6], "kinds": even}
    place = {"mlp": [first, rest], "attention": [rest, rest], "kinds": kinds, "uniform": uniform}
    return {"r": [r, r - 0.01, r + 0.01, 90], "size": size, "share": size / 10**6, "place": place, **more}


def metrics(**changes: Any) -> dict[str, Any]:
    """As the paper would have it."""
    curve = [(0.0, 0.98, 500_000), (1.0, 0.97, 100_000), (10.0, 0.955, 40_000), (100.0, 0.8, 5_000)]
    found = {
        "model": "made", "weights": 10**6, "full": scored(0.75, 10**6), "empty": scored(0.4, 0),
        "curve": [scored(r, size, lam=lam) for lam, r, size in curve],
        "core": [scored(r, 50_000) for r in (0.958, 0.96, 0.962)],
        "controls": {name: [scored(r, 50_000, 0.3, 0.4) for r in (0.5, 0.52, 0.54)] for name in CONTROLS},
        "chosen": {"place": 2, "random": [scored(r, 40_000) for r in (0.5, 0.52, 0.54)]},
        "ladder": [],
    }  # fmt: skip
    return {**found, **changes}


def verdict(name: str, told: dict[str, Any], preset: str = "small") -> Verdict:
    entry = measured(told)[name]
    value, control = (Interval(*entry[key]) for key in ("value", "control"))
    return judge(BY_ID[name], Measurement(value, control, entry["extra"], preset, 1))


@pytest.mark.parametrize("name", ["bigram-1", "bigram-2", "bigram-5", "bigram-17"])
def test_what_the_paper_shows_is_reproduced(name: str) -> None:
    assert verdict(name, metrics()) is Verdict.REPRODUCED


def test_the_best_control_is_the_one_that_counts() -> None:
    entry = measured(metrics())["bigram-1"]
    assert entry["control"] == metrics()["full"]["r"]
    assert entry["extra"]["random, same count"] == pytest.approx(0.52)
    good = {**metrics()["controls"], "random, same magnitude": [scored(r, 50_000) for r in (0.94, 0.96, 0.98)]}
    assert verdict("bigram-1", metrics(controls=good)) is Verdict.NOT_REPRODUCED


def test_a_weaker_mask_is_a_direction_and_one_below_the_full_model_nothing() -> None:
    assert verdict("bigram-1", metrics(core=[scored(r, 50_000) for r in (0.934, 0.935, 0.936)])) is Verdict.DIRECTION
    assert verdict("bigram-1", metrics(full=scored(0.97, 10**6))) is Verdict.NOT_REPRODUCED


def test_the_chosen_mask_must_be_sparse() -> None:
    assert measured(metrics())["bigram-2"]["extra"]["share"] == pytest.approx(0.04)
    dense = metrics(chosen={"place": 1, "random": metrics()["chosen"]["random"]})
    assert verdict("bigram-2", dense) is Verdict.DIRECTION
    first = metrics(chosen={"place": 0, "random": metrics()["chosen"]["random"]})
    assert verdict("bigram-2", first) is Verdict.NOT_REPRODUCED


def test_the_exact_size_is_held_against_the_curve_there() -> None:
    extra = measured(metrics())["bigram-2"]["extra"]
    assert -0.01 < extra["exact size minus curve"] < 0.01
    outside = metrics(core=[scored(0.96, 900_000)])
    assert "exact size minus curve" not in measured(outside)["bigram-2"]["extra"]


def test_small_shares_are_asked_of_the_paper_preset_alone() -> None:
    assert verdict("bigram-4", metrics()) is Verdict.NEEDS_SCALE
    assert verdict("bigram-4", metrics(), "paper") is Verdict.NOT_REPRODUCED
    tiny = metrics()
    tiny["curve"][2]["share"] = 0.0017
    assert verdict("bigram-4", tiny, "paper") is Verdict.REPRODUCED


def test_a_first_mlp_that_is_large_but_not_the_largest_is_a_direction() -> None:
    other = [scored(0.96, 50_000, 0.4) for _ in range(3)]
    for one in other:
        one["place"]["attention"][0] = 0.45
    assert verdict("bigram-5", metrics(core=other)) is Verdict.DIRECTION
    assert verdict("bigram-5", metrics(core=[scored(0.96, 50_000, 0.2)] * 3)) is Verdict.NOT_REPRODUCED


def test_values_and_outputs_must_exceed_the_largest_weights_too() -> None:
    rivals = {name: [scored(0.5, 50_000, 0.3, 0.8)] * 3 for name in CONTROLS}
    assert verdict("bigram-17", metrics(controls=rivals)) is Verdict.DIRECTION
    assert verdict("bigram-17", metrics(core=[scored(0.96, 50_000, 0.5, 0.4)] * 3)) is Verdict.NOT_REPRODUCED


def rung(weights: int, full: float, plateau: int) -> dict[str, Any]:
    curve = [scored(0.98, 500_000, lam=0.0), scored(0.978, plateau, lam=1.0), scored(0.5, plateau // 10, lam=9.0)]
    return {"model": str(weights), "weights": weights, "full": scored(full, weights), "curve": curve}


def test_models_of_several_sizes_are_compared_from_three_on() -> None:
    assert not {"bigram-3", "bigram-16"} & measured(metrics(ladder=[rung(2 * 10**6, 0.7, 9_000)])).keys()


def test_full_models_that_drift_from_bigrams_with_size_are_found() -> None:
    told = metrics(ladder=[rung(4 * 10**6, 0.65, 9_000), rung(2 * 10**6, 0.7, 9_000)])
    assert measured(told)["bigram-16"]["value"][0] == pytest.approx(0.1)
    assert verdict("bigram-16", told) is Verdict.REPRODUCED
    uneven = metrics(ladder=[rung(4 * 10**6, 0.65, 9_000), rung(2 * 10**6, 0.8, 9_000)])
    assert verdict("bigram-16", uneven) is Verdict.DIRECTION
    grown = metrics(ladder=[rung(4 * 10**6, 0.85, 9_000), rung(2 * 10**6, 0.8, 9_000)])
    assert verdict("bigram-16", grown) is Verdict.NOT_REPRODUCED


@pytest.mark.parametrize(
    ("plateaus", "expected"),
    [
        ((9_000, 9_000), Verdict.REPRODUCED),
        ((9_000, 28_000), Verdict.DIRECTION),
        ((9_000, 400_000), Verdict.NOT_REPRODUCED),
    ],
)
def test_a_plateau_at_one_count_is_told_from_one_at_a_share(plateaus: tuple[int, int], expected: Verdict) -> None:
    few, many = plateaus
    told = metrics(
        curve=rung(10**6, 0.75, few)["curve"], ladder=[rung(2 * 10**6, 0.7, few), rung(4 * 10**6, 0.65, many)],
        chosen={"place": 1, "random": [scored(0.5, few)]},
    )  # fmt: skip
    assert verdict("bigram-3", told) is expected
