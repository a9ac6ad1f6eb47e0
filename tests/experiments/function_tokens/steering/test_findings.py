from typing import Any

import pytest

from experiments.function_tokens.steering.findings import FINDINGS, FOUND, measured
from experiments.function_tokens.steering.trying import PLAIN
from interp.findings import Measurement, Verdict, judge
from interp.stats import Interval

BY_ID = {finding.id: finding for finding in FINDINGS}


def interval(value: float) -> list[float]:
    return [value, value - 0.05, value + 0.05, 9]


@pytest.mark.parametrize(
    ("value", "control", "plain", "verdict"),
    [
        (0.7, 0.1, 0.05, Verdict.REPRODUCED),
        (0.4, 0.1, 0.05, Verdict.DIRECTION),
        (0.7, 0.62, 0.05, Verdict.NOT_REPRODUCED),  # random latents of equal length do as much
        (0.4, 0.1, 0.4, Verdict.NOT_REPRODUCED),  # so does the model as it is
    ],
)
def test_a_latent_must_beat_random_latents_and_no_steering(
    value: float, control: float, plain: float, verdict: Verdict
) -> None:
    told = Measurement(Interval(*interval(value)), Interval(*interval(control)), {PLAIN: plain}, "small", 1)  # type: ignore[arg-type]
    assert judge(BY_ID["function-16"], told) is verdict


def test_the_papers_latents_need_the_papers_model() -> None:
    value, control = (Interval(*interval(one)) for one in (0.9, 0.1))  # type: ignore[arg-type]
    for preset, verdict in (("small", Verdict.NEEDS_SCALE), ("paper", Verdict.REPRODUCED)):
        assert judge(BY_ID["function-17"], Measurement(value, control, {}, preset, 1)) is verdict
    assert judge(BY_ID["function-17"], Measurement(control, value, {}, "paper", 1)) is Verdict.NOT_REPRODUCED


def metrics() -> dict[str, Any]:
    """Of two topics; of one no latent was found."""

    def rows(*values: float) -> list[list[float]]:
        return [interval(value) for value in values]

    def kind(*values: float) -> dict[str, Any]:
        return {"success": rows(*values), "repeated": [0.1, 0.2]}

    def topic(name: str, k: int | None) -> dict[str, Any]:
        depths = [["blocks.0.hook_resid_pre", 0.1], ["blocks.0.hook_resid_post", 0.6]]
        return {"name": name, "k": k, "active": 8, "latent": 5, "plain": 0.1, "depths": depths}

    def place(first: float) -> dict[str, Any]:
        return {"latent": rows(first, 0.3), "random": rows(0.12, 0.1), PLAIN: rows(0.1, 0.1)}

    return {
        "topics": [topic("torch", 3), topic("nltk", None)],
        "strength": {
            "strengths": [1.0, 2.0],
            PLAIN: {"success": interval(0.1), "repeated": 0.1},
            "kinds": {"latent": kind(0.3, 0.6), "random": kind(0.1, 0.2), "activation": kind(0.5, 0.8)},
            "chosen": {
                name: {"success": interval(value), "repeated": 0.2}
                for name, value in (("latent", 0.6), ("random", 0.15), ("activation", 0.7))
            },
            "topics": {name: {"success": rows(0.3, 0.6), PLAIN: interval(0.1)} for name in ("torch", "nltk")},
        },
        "places": {"distances": [0, 4], "classes": {"function": place(0.6), "content": place(0.5)}},
        "named": {
            "strengths": [1.0, 2.0],
            "cases": {
                name: {"latent": rows(0.2, best), "random": rows(0.1, 0.05)}
                for name, best in (("Russia", 0.8), ("UK", 0.6), ("Russia and UK", 0.1))
            },
        },
        "written": [{"prompt": "a <b>", "by": {PLAIN: "c", "torch: latent": "d & e"}}],
    }  # fmt: skip


def test_measurements_by_hand() -> None:
    found = measured(metrics())["function-16"]
    assert (found["value"], found["control"]) == (interval(0.6), interval(0.15))
    extra = found["extra"]
    assert (extra[PLAIN], extra["activation"], extra[FOUND]) == (0.1, 0.7, 0.5)
    assert (extra["function, at the end"], extra["content, at the end"]) == (0.6, 0.5)
    assert (extra["content, at the end, random"], extra["content, furthest"]) == (0.12, 0.3)


def test_named_latents_are_pooled_at_the_best_strength_of_each_and_stood_in_for_elsewhere() -> None:
    found = measured(metrics())["function-17"]
    assert found["value"] == pytest.approx([0.7, 0.65, 0.75, 9])
    assert found["control"] == pytest.approx([0.1, 0.05, 0.15, 9])
    assert found["extra"] == pytest.approx({"Russia": 0.8, "UK": 0.6, "Russia and UK": 0.2})
    found = measured(metrics() | {"named": None})
    assert found["function-17"]["value"] == found["function-16"]["value"]
