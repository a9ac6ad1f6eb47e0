from typing import Any

import pytest

from experiments.function_tokens.steering.findings import (
    FINDINGS,
    LESS_PLAIN,
    LESS_RANDOM,
    PLAIN_HIGH,
    SEARCHED,
    STANDS_IN,
    TOPICS,
    measured,
)
from experiments.function_tokens.steering.trying import FOUND, NOT_FOUND, PLAIN
from interp.findings import Measurement, Verdict, judge
from interp.stats import Interval

BY_ID = {finding.id: finding for finding in FINDINGS}
CLEAR = {PLAIN_HIGH: 0.1, LESS_RANDOM: 0.2, LESS_PLAIN: 0.2, TOPICS: 3.0, SEARCHED: 4.0}
"""What a clear effect has beside its value and control."""


def interval(value: float) -> list[float]:
    return [value, value - 0.05, value + 0.05, 9]


def verdict(name: str, value: float, control: float, extra: dict[str, float], preset: str = "small") -> Verdict:
    ours, others = (Interval(*interval(one)) for one in (value, control))  # type: ignore[arg-type]
    return judge(BY_ID[name], Measurement(ours, others, extra, preset, 1))


@pytest.mark.parametrize(
    ("value", "control", "changed", "expected"),
    [
        (0.7, 0.1, {}, Verdict.REPRODUCED),
        (0.4, 0.1, {}, Verdict.DIRECTION),  # fewer than half of the continuations
        (0.7, 0.1, {TOPICS: 2.0}, Verdict.DIRECTION),  # half of the topics have a latent
        (0.7, 0.62, {}, Verdict.NOT_REPRODUCED),  # random latents of equal length do as much
        (0.4, 0.1, {PLAIN_HIGH: 0.36}, Verdict.NOT_REPRODUCED),  # so does the model as it is
        (0.7, 0.1, {LESS_RANDOM: 0.0}, Verdict.NOT_REPRODUCED),  # one topic alone may have made it
        (0.7, 0.1, {LESS_PLAIN: -0.1}, Verdict.NOT_REPRODUCED),
        (0.7, 0.1, {TOPICS: 0.0}, Verdict.NOT_REPRODUCED),
    ],
)
def test_a_latent_must_beat_random_latents_and_no_steering_over_topics_that_have_one(
    value: float, control: float, changed: dict[str, float], expected: Verdict
) -> None:
    assert verdict("function-16", value, control, CLEAR | changed) is expected


def test_a_record_that_does_not_say_whether_latents_were_found_does_not_reproduce() -> None:
    assert verdict("function-16", 0.9, 0.1, {}) is Verdict.NOT_REPRODUCED


@pytest.mark.parametrize(
    ("value", "control", "plain", "preset", "expected"),
    [
        (0.9, 0.1, 0.2, "small", Verdict.NEEDS_SCALE),
        (0.9, 0.1, 0.2, "paper", Verdict.REPRODUCED),
        (0.1, 0.9, 0.0, "paper", Verdict.NOT_REPRODUCED),
        (0.9, 0.1, 0.9, "paper", Verdict.NOT_REPRODUCED),  # answers are so without steering
    ],
)
def test_the_papers_latents_need_the_papers_model(
    value: float, control: float, plain: float, preset: str, expected: Verdict
) -> None:
    assert verdict("function-17", value, control, {PLAIN_HIGH: plain}, preset) is expected


def told(latent: float, random: float, plain: float) -> dict[str, Any]:
    """Success at two strengths and at the chosen one."""

    def row(*values: float) -> dict[str, Any]:
        return {"success": [interval(value) for value in values], "repeated": [interval(0.12), interval(0.13)]}

    best = {"latent": latent, "random": random, "activation": 0.7}
    return {
        PLAIN: {"success": interval(plain), "repeated": interval(0.1)},
        "kinds": {kind: row(value / 2, value) for kind, value in best.items()},
        "chosen": {kind: {"success": interval(value), "repeated": interval(0.2)} for kind, value in best.items()},
    }


def place(first: float) -> dict[str, Any]:
    rows = {"latent": (first, 0.3), "random": (0.12, 0.1), PLAIN: (0.1, 0.1)}
    return {name: [interval(value) for value in values] for name, values in rows.items()}


def topic(name: str, k: int | None) -> dict[str, Any]:
    depths = [["blocks.0.hook_resid_pre", 0.1], ["blocks.0.hook_resid_post", 0.6]]
    scorer = {"own": 0.9, "other": 0.91, "false positives": 0.09, "texts": [40, 80], "threshold": 0.0}
    return {
        "name": name, "k": k, "active": 8, "latent": 5, "plain": 0.1, "depths": depths, "scorer": scorer,
        "density": 0.3, "strength": 2.0,
    }  # fmt: skip


def answers(strengths: tuple[float, float], latent: tuple[float, float]) -> dict[str, Any]:
    return {
        PLAIN: interval(0.05), "latent": [interval(value) for value in latent],
        "random": [interval(0.1), interval(0.06)], "chosen": dict(zip(("latent", "random"), strengths, strict=True)),
    }  # fmt: skip


def metrics() -> dict[str, Any]:
    """Of two topics; of one no latent was found, and what stands in does more."""
    places = {"function": place(0.6), "content": place(0.5)}
    return {
        "topics": [topic("torch", 3), topic("nltk", None)],
        "strength": {
            "strengths": [1.0, 2.0],
            "topics": {"torch": told(0.6, 0.15, 0.1), "nltk": told(0.9, 0.4, 0.3)},
            FOUND: told(0.6, 0.15, 0.1),
            NOT_FOUND: told(0.9, 0.4, 0.3),
            "over topics": {"less random": [0.45, 0.2, 0.6, 9], "less unsteered": [0.5, 0.3, 0.7, 9]},
        },
        "places": {
            "distances": [0, 4], "topics": {"torch": places, "nltk": places}, FOUND: places,
            NOT_FOUND: {"function": place(0.9), "content": place(0.9)},
        },
        "named": {
            "strengths": [1.0, 2.0],
            "questions": {"chosen on": 5, "reported on": 6},
            "cases": {
                # 1.0 was best on other questions, though 2.0 would have done more on these.
                "Russia": answers((1.0, 1.0), (0.2, 0.8)),
                "UK": answers((2.0, 1.0), (0.3, 0.6)),
                "Russia and UK": answers((2.0, 2.0), (0.2, 0.1)),
            },
            "mean": {PLAIN: [0.05, 0.0, 0.15, 6], "latent": [0.4, 0.1, 0.7, 6], "random": [0.1, 0.0, 0.2, 6]},
        },
        "written": [{"prompt": "a <b>", "by": {PLAIN: "c", "torch: latent": "d & e"}}],
    }  # fmt: skip


def without_a_latent() -> dict[str, Any]:
    """The same where no search found a latent."""
    found = metrics()
    found["topics"][0]["k"] = None
    for name in ("strength", "places"):
        found[name][FOUND] = None
    found["strength"]["over topics"] = None
    return found


def test_only_topics_with_a_latent_are_judged_and_the_others_are_told() -> None:
    found = measured(metrics())["function-16"]
    assert (found["value"], found["control"]) == (interval(0.6), interval(0.15))
    extra = found["extra"]
    assert (extra[SEARCHED], extra[TOPICS]) == (2, 1)
    assert (extra[PLAIN], extra[PLAIN_HIGH], extra["activation"]) == pytest.approx((0.1, 0.15, 0.7))
    assert (extra[LESS_RANDOM], extra[LESS_PLAIN]) == (0.2, 0.3)
    assert (extra["function, at the end"], extra["content, at the end"]) == (0.6, 0.5)
    assert (extra["content, at the end, random"], extra["content, furthest"]) == (0.12, 0.3)
    names = ("found", "latent", "random", PLAIN, "scorer's false positives", "latent fires at", "strength")
    assert [extra[f"torch, {name}"] for name in names] == [1, 0.6, 0.15, 0.1, 0.09, 0.3, 2]
    assert [extra[f"nltk, {name}"] for name in names] == [0, 0.9, 0.4, 0.3, 0.09, 0.3, 2]


def test_where_no_search_found_a_latent_nothing_is_reproduced_whatever_stands_in_does() -> None:
    found = measured(without_a_latent())["function-16"]
    assert (found["value"], found["control"]) == ([0, 0, 0, 0], [0, 0, 0, 0])
    assert (found["extra"][TOPICS], found["extra"][SEARCHED], found["extra"]["torch, latent"]) == (0, 2, 0.6)
    # Seeds with and without latents can be pooled.
    assert found["extra"].keys() == measured(metrics())["function-16"]["extra"].keys()
    ours, others = Interval(*found["value"]), Interval(*found["control"])
    told = Measurement(ours, others, found["extra"], "small", 1)
    assert judge(BY_ID["function-16"], told) is Verdict.NOT_REPRODUCED


def test_named_latents_are_told_at_strengths_that_other_questions_chose() -> None:
    found = measured(metrics())["function-17"]
    assert (found["value"], found["control"]) == ([0.4, 0.1, 0.7, 6], [0.1, 0.0, 0.2, 6])
    extra = found["extra"]
    assert [extra[f"{name}, latent"] for name in ("Russia", "UK", "Russia and UK")] == [0.2, 0.6, 0.1]
    assert [extra[f"{name}, random"] for name in ("Russia", "UK", "Russia and UK")] == [0.1, 0.1, 0.06]
    assert (extra["UK, latent, strength"], extra["UK, unsteered"], extra[PLAIN_HIGH]) == (2, 0.05, 0.15)
    assert (extra["questions chosen on"], extra["questions reported on"]) == (5, 6)


def test_what_stands_in_for_named_latents_says_so() -> None:
    found = measured(metrics() | {"named": None})
    assert found["function-17"]["value"] == found["function-16"]["value"]
    assert found["function-17"]["extra"] == {STANDS_IN: 1}
    assert "docs-small" in BY_ID["function-17"].control
