from typing import Any

import pytest

from experiments.function_tokens.consolidation.findings import FINDINGS, measured
from experiments.function_tokens.consolidation.grouped import GRADIENT
from experiments.function_tokens.consolidation.matched import QUALITIES, matched
from interp.findings import Measurement, Verdict, judge
from interp.stats import Interval
from tests.experiments.function_tokens.consolidation.test_matched import dictionary

BY_ID = {finding.id: finding for finding in FINDINGS}
HARDEST = "function → content"


def around(value: float, half: float = 0.02) -> list[float | int]:
    return [value, value - half, value + half, 90]


def size(
    *,
    content: float = 800,
    three: float = 90,
    words: float = 0.5,
    share: float = 0.42,
    norms: float = 0.4,
    projected: float = 0.4,
) -> dict[str, Any]:
    """Two checkpoints of a training that went as the paper says."""
    shares = {"function → function": 0.1, HARDEST: share, "content → function": 0.1, "content → content": 0.8 - share}
    groups = {
        name: {"predictions": 9, "token share": around(0.25), "mean": [around(8), around(8 * part)],
               "loss share": [around(0.25), around(part)]}
        for name, part in shares.items()
    }  # fmt: skip
    gradients = {
        name: {kind: [around(0.25), around(part if name == HARDEST else 0.2)]
               for kind, part in zip(GRADIENT, (norms, projected), strict=True)}
        for name in shares
    }  # fmt: skip
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
        "matched": {quality: matched(dictionaries, quality) for quality in QUALITIES},
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
        ("function-11", {"projected": 0.1}, Verdict.NOT_REPRODUCED),
        ("function-12", {"excess": 0.01}, Verdict.DIRECTION),
        ("function-13", {"counts": (440, 100, 400)}, Verdict.DIRECTION),
        ("function-13", {"counts": (50, 400, 400)}, Verdict.NOT_REPRODUCED),
    ],
)
def test_every_criterion_can_fail(name: str, changes: dict[str, Any], expected: Verdict) -> None:
    assert verdict(name, metrics(**changes)) is expected


def test_slopes_that_densities_explain_show_nothing() -> None:
    told = metrics()
    for one in told["matched"]["recovered"]["checkpoints"]:
        one["steep null"] = one["steep"]
    assert verdict("function-14", told) is Verdict.NOT_REPRODUCED


def test_another_group_that_is_harder_refutes_the_hardest() -> None:
    told = metrics()
    told["sizes"][0]["converging"]["hardest"][-1] = "content → content"
    assert verdict("function-10", told) is Verdict.NOT_REPRODUCED


def test_the_two_shares_of_the_gradient_have_names_of_their_own() -> None:
    extra = measured(metrics(norms=0.3, projected=0.4))["function-11"]["extra"]
    assert extra["summed gradient norms, share"] == 0.3
    assert extra["projection on the whole gradient, share"] == 0.4
    assert extra["projection on the whole gradient, largest other share"] == 0.2


def full(step: int, *, often: bool = False) -> dict[str, Any]:
    """Latents of one checkpoint fire nearly all, at least once or at least 10 times."""
    told = metrics()
    for one in told["dictionaries"]:
        if one["step"] == step:
            one.update({"once": 920, "often": 910} if often else {"once": 920})
    return {**told, "matched": {quality: matched(told["dictionaries"], quality) for quality in QUALITIES}}


def test_a_count_that_the_width_holds_back_at_the_end_is_a_direction_at_best() -> None:
    assert verdict("function-13", metrics()) is Verdict.REPRODUCED
    assert verdict("function-13", full(90)) is Verdict.DIRECTION
    assert verdict("function-13", full(90, often=True)) is Verdict.DIRECTION
    assert verdict("function-13", full(0)) is Verdict.DIRECTION


def test_a_count_that_the_width_holds_back_early_on_shows_nothing() -> None:
    assert verdict("function-13", full(10)) is Verdict.NOT_REPRODUCED
    assert verdict("function-14", full(10)) is Verdict.NOT_REPRODUCED


def test_slopes_of_full_dictionaries_show_nothing_where_no_sparsity_is_free() -> None:
    assert verdict("function-14", metrics()) is Verdict.DIRECTION
    assert verdict("function-14", full(90)) is Verdict.NOT_REPRODUCED
    assert verdict("function-14", full(0)) is Verdict.DIRECTION  # both sparsities are free at the ends


def test_growth_that_only_goes_with_more_active_latents_is_a_direction() -> None:
    told = metrics()
    for one in told["dictionaries"]:
        one["often"] = 100 if one["k"] == 4 else 400
    entry = measured(told)["function-13"]
    assert entry["value"][0] > 3  # what is read off at equal quality stays as it was
    assert entry["extra"]["at one free sparsity, lowest"] == 1
    assert verdict("function-13", told) is Verdict.DIRECTION


def test_an_untrained_model_out_of_reach_is_no_control() -> None:
    told = metrics()
    for one in told["matched"]["recovered"]["checkpoints"]:
        one["within"] = one["step"] > 0
    assert verdict("function-13", told) is Verdict.DIRECTION


def test_without_equal_quality_or_a_second_size_rows_are_left_out() -> None:
    told = metrics()
    none = {**told["matched"]["recovered"], "target": None, "checkpoints": []}
    told |= {"gain": None, "matched": {**told["matched"], "recovered": none}}
    assert measured(told).keys() == {"function-9", "function-10", "function-11"}
