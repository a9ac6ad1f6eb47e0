"""The published defaults, the compressed schedule, and settings that make no sense."""

import math
from typing import Any

import pytest

from interp.errors import InterpError
from interp.subnetworks.settings import Search


def test_the_defaults_are_the_published_ones() -> None:
    plan = Search(lam=10.0)
    assert (plan.steps, plan.learning_rate, plan.growth, plan.undecided, plan.attempts) == (
        15_000,
        5e-5,
        1.001,
        0.01,
        3,
    )
    assert plan.sharp == pytest.approx(6911, abs=1)


@pytest.mark.parametrize("steps", [10, 500, 7000])
def test_a_short_search_goes_as_far_as_a_long_one(steps: int) -> None:
    plan = Search.short(steps, lam=1.0)
    assert plan.learning_rate * steps == pytest.approx(0.35)
    assert plan.growth**steps == pytest.approx(1000)
    assert plan.steps == math.ceil(1.4 * steps)
    assert plan.sharp == pytest.approx(steps)
    assert plan.checkpoint_every % plan.check_every == 0


def test_a_short_search_takes_settings() -> None:
    plan = Search.short(500, size=7, check_every=20, rate=0.1, grain="head")
    assert (plan.size, plan.rate, plan.grain, plan.checkpoint_every) == (7, 0.1, "head", 100)


def test_hard_concrete_has_a_rate_of_its_own_and_takes_its_steps() -> None:
    plan = Search.short(500, lam=1.0, method="hard concrete")
    assert (plan.steps, plan.learning_rate, plan.descent) == (500, 0.1, 325)


def test_a_size_is_reached_after_two_thirds_of_the_way() -> None:
    assert Search.short(500, size=7).descent == 325
    assert Search(size=7).descent == pytest.approx(4492, abs=1)
    assert Search(size=7, steps=100).descent == 65


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "either `lam` or `size`"),
        ({"lam": 1.0, "size": 3}, "not both"),
        ({"lam": -1.0}, "lam must be 0 or more"),
        ({"lam": math.inf}, "lam must be"),
        ({"lam": math.nan}, "lam must be"),
        ({"size": 0}, "size is a number of weights, 1 or more, not 0"),
        ({"lam": 1.0, "steps": 0}, "steps must be 1 or more"),
        ({"lam": 1.0, "attempts": 0}, "attempts must be"),
        ({"lam": 1.0, "check_every": 3}, "multiple of check_every"),
        ({"lam": 1.0, "rate": 0.0}, "rate must be more than 0"),
        ({"lam": 1.0, "growth": 1.0}, "growth must be over 1"),
        ({"lam": 1.0, "growth": 1.1}, "growth must be over 1 and take"),
        ({"lam": 1.0, "sharpness": 0.5}, "sharpness lies between"),
        ({"lam": 1.0, "undecided": 0.0}, "undecided is a share"),
        ({"lam": 1.0, "calm": -1}, "calm 0 or more"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InterpError, match=message):
        Search(**settings)


def test_an_unknown_grain_or_method_is_refused(unchecked: None) -> None:
    with pytest.raises(InterpError, match=r"unknown grain 'neurons'\. Did you mean 'neuron'"):
        Search(lam=1.0, grain="neurons")  # type: ignore[arg-type]
    with pytest.raises(InterpError, match=r"unknown method 'concrete'\. Did you mean 'hard concrete'"):
        Search(lam=1.0, method="concrete")  # type: ignore[arg-type]


def test_a_short_search_of_no_steps_is_refused() -> None:
    with pytest.raises(InterpError, match="steps must be 1 or more, not 0"):
        Search.short(0, lam=1.0)
