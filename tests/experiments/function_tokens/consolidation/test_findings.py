from typing import Any

import pytest

from experiments.function_tokens.consolidation.findings import FINDINGS, measured
from experiments.function_tokens.consolidation.matched import matched
from interp.findings import Measurement, Verdict, judge
from interp.stats import Interval
from tests.experiments.function_tokens.consolidation.test_matched import dictionary

BY_ID = {finding.id: finding for finding in FINDINGS}
HARDEST = "function → content"


def around(value: float, half: float = 0.02) -> list[float | int]:
    return [value, value - half, value + half, 90]


def size(
    *, content: float = 800, three: float = 90, words: float = 0.5, share: float = 0.42, norms: float = 0.4
) -> dict[str, Any]:
    """Two checkpoints of a training that went as the paper says."""
    shares = {"function → function": 0.1, HARDEST: share, "content → function": 0.1, "content → content": 0.8 - share}
    groups = {
        name: {"predictions": 9, "token share": around(0.25), "mean": [around(8), around(8 * part)],
               "loss share": [around(0.25), around(part)]}
        for name, part in shares.items()
    }  # fmt: skip
    gradients = {
        name: {kind: [around(0.25), around(norms if name == HARDEST else 0.2)] for kind in ("of norms", "of whole")}
        for name in shares
    }
    converging = {
        "classes": {"function": around(200, 20), "content": around(content, 50)},
        "tokens": [{"token": "a", "step": step, "losses": [8, 2]} for step in (50, three, 60, 5000)],
        "next in frequency": [700, 900],
        "differences": [around(-0.1), around(1.2)],
        "differences of words": [around(-0.2), around(words)],
        "flips": [{"step": 70.0, "after": 0, "before": 6000, "sign": 1}],
        "hardest": ["content → content", HARDEST],
        "hardest of words": ["content → content", HARDEST],
    }
    return {"steps": [0, 6000], "groups": groups, "gradients": gradients, "converging": converging}


def metrics(counts: tuple[int, int, int] = (150, 100, 400), excess: float = 0.1, **changes: Any) -> dict[str, Any]:
    dictionaries = [
        dictionary(step, k, quality, count + shift, seed=seed, width=1000, steep=steep, **{"steep null": steep / 4})
        for (step, steep), count in zip(((0, 0.1), (10, 0.3), (90, 0.6)), counts, strict=True)
        for k, quality in ((4, 0.5), (16, 0.9))
        for seed, shift in ((0, 0), (1, 1))
    ]
    gained = {"content_over_function": around(0.35), "evenly": around(0.35 - excess), "excess": around(excess)}
    found: dict[str, Any] = {
        "sizes": [size(**changes)],
        "gain": {"small": "a", "large": "b", "all": gained, "words": gained},
        "dictionaries": dictionaries,
        "matched": {"explained": matched(dictionaries, "explained")},
    }
    return found


def verdict(name: str, told: dict[str, Any]) -> Verdict:
    entry = measured(told)[name]
    value, control = (Interval(*entry[key]) for key in ("value", "control"))
    return judge(BY_ID[name], Measurement(value, control, entry["extra"], "small", 1))


def test_what_the_paper_shows_is_reproduced_where_it_gives_numbers() -> None:
    found = {name: verdict(name, metrics()) for name in BY_ID}
    without = {"function-11", "function-14"}
    assert {name for name, one in found.items() if one is Verdict.REPRODUCED} == BY_ID.keys() - without
    assert {found[name] for name in without} == {Verdict.DIRECTION}


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        ("function-9", {"content": 230}, Verdict.NOT_REPRODUCED),
        ("function-9", {"three": 500}, Verdict.DIRECTION),
        ("function-10", {"words": -0.3}, Verdict.DIRECTION),
        ("function-11", {"share": 0.3}, Verdict.NOT_REPRODUCED),
        ("function-11", {"norms": 0.1}, Verdict.NOT_REPRODUCED),
        ("function-12", {"excess": 0.01}, Verdict.DIRECTION),
        ("function-13", {"counts": (500, 100, 400)}, Verdict.DIRECTION),
        ("function-13", {"counts": (50, 400, 400)}, Verdict.NOT_REPRODUCED),
    ],
)
def test_every_criterion_can_fail(name: str, changes: dict[str, Any], expected: Verdict) -> None:
    assert verdict(name, metrics(**changes)) is expected


def test_slopes_that_densities_explain_show_nothing() -> None:
    told = metrics()
    for one in told["matched"]["explained"]["checkpoints"]:
        one["steep null"] = one["steep"]
    assert verdict("function-14", told) is Verdict.NOT_REPRODUCED


def test_another_group_that_is_harder_refutes_the_hardest() -> None:
    told = metrics()
    told["sizes"][0]["converging"]["hardest"][-1] = "content → content"
    assert verdict("function-10", told) is Verdict.NOT_REPRODUCED


def test_counts_are_ratios_to_the_first_trained_checkpoint() -> None:
    entry = measured(metrics())["function-13"]
    assert entry["value"][0] == pytest.approx((400 / 100 + 401 / 101) / 2)
    assert entry["control"][0] == pytest.approx((150 / 100 + 151 / 101) / 2)
    assert entry["extra"]["untrained reaches that quality"] == 1


def test_a_saturated_count_is_not_judged() -> None:
    assert "function-13" not in measured(metrics(counts=(150, 100, 950)))
    assert "function-14" in measured(metrics(counts=(150, 100, 950)))


def test_without_equal_quality_or_a_second_size_rows_are_left_out() -> None:
    told = {**metrics(), "gain": None, "matched": {"explained": None}}
    assert measured(told).keys() == {"function-9", "function-10", "function-11"}
