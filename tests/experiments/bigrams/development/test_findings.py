from typing import Any

import pytest

from experiments.bigrams.development.findings import FINDINGS, measured
from interp.findings import Measurement, Verdict, judge
from interp.stats import Interval
from tests.experiments.bigrams.search.test_findings import scored

BY_ID = {finding.id: finding for finding in FINDINGS}


def step(number: int, full: float, core: float, first: float = 0.5) -> dict[str, Any]:
    cores = [scored(core + shift, 50_000, first) for shift in (-0.001, 0.0, 0.001)]
    return {"step": number, "full": scored(full, 10**6), "empty": scored(0.2, 0), "core": cores}


def metrics(blocks: float = 0.97, random: float = 0.8, **changes: Any) -> dict[str, Any]:
    """As the paper would have it."""
    shifts = (-0.002, 0.0, 0.002)
    found = {
        "along": [step(0, 0.3, 0.5), step(100, 0.8, 0.9), step(1000, 0.7, 0.95), step(9000, 0.65, 0.92)],
        "embeddings": {
            "trained": {"full": scored(0.65, 10**6), "empty": scored(0.4, 0), **scored(0.98, 500_000)},
            "linear": [0.9, 0.89, 0.91, 90],
            "random blocks": [scored(blocks + shift, 500_000) for shift in shifts],
            "random": [scored(random + shift, 500_000) for shift in shifts],
        },
    }
    return {**found, **changes}


def verdict(name: str, told: dict[str, Any]) -> Verdict:
    entry = measured(told)[name]
    value, control = (Interval(*entry[key]) for key in ("value", "control"))
    return judge(BY_ID[name], Measurement(value, control, entry["extra"], "small", 1))


@pytest.mark.parametrize("name", ["bigram-6", "bigram-7", "bigram-8"])
def test_what_the_paper_shows_is_reproduced(name: str) -> None:
    assert verdict(name, metrics()) is Verdict.REPRODUCED


def test_before_training_the_first_mlp_may_hold_no_more_than_its_part() -> None:
    even = [step(0, 0.3, 0.5, 1 / 3), *metrics()["along"][1:]]
    assert verdict("bigram-6", metrics(along=even)) is Verdict.NOT_REPRODUCED


@pytest.mark.parametrize(
    ("blocks", "random", "expected"),
    [
        (0.97, 0.8, Verdict.REPRODUCED),
        (0.9, 0.8, Verdict.DIRECTION),
        (0.8, 0.8, Verdict.NOT_REPRODUCED),
        (0.39, 0.2, Verdict.NOT_REPRODUCED),
    ],
)
def test_embeddings_must_beat_random_ones_and_themselves_without_blocks(
    blocks: float, random: float, expected: Verdict
) -> None:
    assert verdict("bigram-7", metrics(blocks, random)) is expected


def test_the_later_peak_is_measured_from_where_the_full_model_is_most_like_bigrams() -> None:
    entry = measured(metrics())["bigram-8"]
    assert entry["value"][0] == pytest.approx(0.05)
    assert entry["control"][0] == pytest.approx(-0.1)
    extra = entry["extra"]
    assert (extra["step of the full model"], extra["step of the masks"]) == (100, 1000)
    assert extra["fall to the end"] == pytest.approx(0.03)


def test_masks_that_never_fall_again_are_a_direction() -> None:
    rising = [*metrics()["along"][:3], step(9000, 0.65, 0.96)]
    assert verdict("bigram-8", metrics(along=rising)) is Verdict.DIRECTION


def test_a_full_model_that_never_turns_away_shows_nothing() -> None:
    rising = [step(0, 0.3, 0.5), step(100, 0.5, 0.9), step(1000, 0.7, 0.95)]
    entry = measured(metrics(along=rising))["bigram-8"]
    assert (entry["value"][0], entry["control"][0]) == (0, 0)
    assert verdict("bigram-8", metrics(along=rising)) is Verdict.NOT_REPRODUCED
