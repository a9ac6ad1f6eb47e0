from typing import Any

import pytest

from experiments.function_tokens.graph.findings import FINDINGS, measured
from experiments.function_tokens.graph.ten import excess
from interp.findings import Measurement, Verdict, judge
from interp.stats import Interval

BY_ID = {finding.id: finding for finding in FINDINGS}


def line(slope: float, r: float = 0.95) -> dict[str, Any]:
    return {"slope": [slope, slope - 0.02, slope + 0.02, 500], "r": r}


def curves(function: float, content: float) -> dict[str, Any]:
    told = {name: [[value, value - 2, value + 2, 40]] for name, value in (("function", function), ("content", content))}
    gap = function - content
    return {"sizes": [30], "classes": told, "difference": [[gap, gap - 3, gap + 3, 40]], "any": [90.0]}


def graph(depth: int, ten: float, chance: float, function: float = 60.0, content: float = 50.0) -> dict[str, Any]:
    """A graph of which ten tokens reach `ten` where chance has `chance`; portions scatter by two thousandths or so."""
    around = [-0.002, 0.002, -0.002, 0.002]
    band = {"mean": [0.3, chance]}
    return {
        "depth": depth, "points": [1, 10], "alive": 1000, "alive share": 0.5,
        "coverage": {"frequency": [0.2, ten], "null": [0.3, chance], "all latents": [0.1, ten / 2]},
        "portions": {
            "frequency": [ten + depth * each for each in around], "null": [chance] * 4, "load": 4.4,
            "shuffled": [chance - 0.01, chance + 0.01], "content": [0.05, 0.15], "alive share": 0.4,
        },
        "shuffled": {"positions": band, "documents": band, "bands": band},
        "degrees": {
            "slope": line(0.8), "slope expected": line(0.6), "rank slope": line(-0.7),
            "rank slope expected": line(-0.6),
            "most": 400,
        },
        "rarefaction": {
            "as they come": curves(function, content), "once a document": curves(function + 1, content),
        },
    }  # fmt: skip


def metrics(**changes: Any) -> dict[str, Any]:
    """As the paper would have it, with controls that agree."""
    text = {
        "size": [80.0, 79.0, 81.0, 10], "size in random order": [1500.0, 1300.0, 1700.0, 20],
        "choices": [{"name": "20% of the text", "size": 12}], "scattered": 3,
        "zipf": {"least squares": {"alpha": 1.05}, "maximum likelihood": {"alpha": 0.98}},
        "correlation": [0.93, 0.92, 0.94, 10], "correlation expected": 0.99,
        "spread": {"function": 0.9, "next most frequent": 0.7},
    }  # fmt: skip
    found: dict[str, Any] = {
        "text": text, "places": {"shallow": 1, "middle": 2, "deep": 3},
        "trained": [graph(0, 0.4, 0.3), graph(1, 0.5, 0.4), graph(2, 0.76, 0.5), graph(3, 0.68, 0.5)],
        "untrained": [graph(2, 0.4, 0.6, function=55.0)],
    }  # fmt: skip
    found["untrained"][0]["degrees"]["slope"] = line(0.7)
    return {**found, **changes}


def verdict(name: str, told: dict[str, Any], preset: str = "small") -> Verdict:
    entry = measured(told)[name]
    value, control = (Interval(*entry[key]) for key in ("value", "control"))
    return judge(BY_ID[name], Measurement(value, control, entry["extra"], preset, 1))


def with_middle(**changes: Any) -> dict[str, Any]:
    """Other numbers at the middle depth."""
    told = metrics()
    told["trained"][2] = graph(2, **{"ten": 0.76, "chance": 0.5, **changes})
    return told


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_what_the_paper_shows_is_reproduced(number: int) -> None:
    assert verdict(f"function-{number}", metrics()) is Verdict.REPRODUCED


def test_controls_that_the_paper_lacks_are_directions_at_best() -> None:
    assert verdict("function-7", metrics()) is Verdict.DIRECTION
    assert verdict("function-8", metrics()) is Verdict.DIRECTION
    below = metrics(trained=[graph(depth, 0.5, 0.7) for depth in range(4)])
    assert verdict("function-6", below) is Verdict.DIRECTION


def criterion(name: str, value: float, control: float, **extra: float) -> Verdict:
    """The criterion itself, which knows nothing of the verdicts that a claim without a paper's number may have."""
    found, held = (Interval(number, number - 0.01, number + 0.01, 9) for number in (value, control))
    named = {key.replace("_", " "): number for key, number in extra.items()}
    return BY_ID[name].criterion(Measurement(found, held, named, "small", 1))


def test_saturated_dictionaries_give_a_direction_at_most() -> None:
    assert criterion("function-6", -0.1, 0.0, by_chance=0.8) is Verdict.REPRODUCED
    assert criterion("function-6", -0.1, 0.0, by_chance=0.95) is Verdict.DIRECTION
    assert criterion("function-6", 0.1, 0.0, by_chance=0.95) is Verdict.NOT_REPRODUCED
    assert criterion("function-8", 0.9, 0.8, by_chance=0.9) is Verdict.REPRODUCED
    assert criterion("function-8", 0.98, 0.8, by_chance=0.99) is Verdict.DIRECTION


def test_what_an_untrained_model_does_as_well_is_a_direction_at_most() -> None:
    more = {"difference_once_a_document": 5.0, "difference": 9.0}
    assert criterion("function-7", 60, 51, **more) is Verdict.REPRODUCED
    assert criterion("function-7", 60, 51, **more, difference_in_the_untrained_model=8.0) is Verdict.REPRODUCED
    assert criterion("function-7", 60, 51, **more, difference_in_the_untrained_model=9.5) is Verdict.DIRECTION
    told = metrics()
    told["untrained"][0]["degrees"]["slope"] = line(0.9)
    assert verdict("function-3", told) is Verdict.DIRECTION


def test_coverage_below_chance_is_no_finding_of_tokens() -> None:
    assert verdict("function-4", with_middle(chance=0.9)) is Verdict.DIRECTION
    assert verdict("function-4", with_middle(ten=0.3)) is Verdict.NOT_REPRODUCED


def test_one_depth_above_chance_is_enough_against_the_null() -> None:
    told = metrics(trained=[graph(depth, 0.5, 0.7) for depth in range(3)] + [graph(3, 0.8, 0.7)])
    entry = measured(told)["function-6"]
    assert entry["value"][0] == pytest.approx(0.1)
    assert entry["extra"]["depth 2"] == pytest.approx(-0.2)
    assert verdict("function-6", told) is Verdict.NOT_REPRODUCED


def test_the_embeddings_do_not_count_against_the_null() -> None:
    told = metrics(trained=[graph(0, 0.9, 0.7)] + [graph(depth, 0.5, 0.7) for depth in (1, 2, 3)])
    assert measured(told)["function-6"]["value"][0] == pytest.approx(-0.2)


def test_the_excess_has_an_interval_over_portions_of_the_text() -> None:
    found = excess(graph(1, 0.5, 0.7))
    assert found.low < found.value < found.high < 0
    assert found.value == pytest.approx(-0.2)


def test_the_middle_must_beat_both_others_and_chance() -> None:
    flat = metrics(trained=[graph(0, 0.4, 0.3), graph(1, 0.7, 0.5), graph(2, 0.7001, 0.5), graph(3, 0.6, 0.5)])
    assert verdict("function-5", flat) is Verdict.DIRECTION
    assert verdict("function-5", with_middle(ten=0.6)) is Verdict.NOT_REPRODUCED
    dense = metrics(trained=[graph(0, 0.4, 0.3), graph(1, 0.5, 0.4), graph(2, 0.7, 0.9), graph(3, 0.6, 0.4)])
    assert verdict("function-5", dense) is Verdict.NOT_REPRODUCED
    assert "function-5" not in measured(metrics(places={"shallow": 1, "middle": 1, "deep": 3}))


def test_function_tokens_must_reach_more_in_other_documents_too() -> None:
    assert verdict("function-7", with_middle(function=40)) is Verdict.NOT_REPRODUCED
    told = metrics()
    told["trained"][2]["rarefaction"]["once a document"] = curves(45, 50)
    assert verdict("function-7", told) is Verdict.NOT_REPRODUCED
    told["trained"][2]["rarefaction"]["once a document"] = None
    assert "function-7" not in measured(told)


def test_an_untrained_model_that_does_as_well_takes_the_claim_away() -> None:
    assert verdict("function-8", metrics(untrained=[graph(2, 0.97, 0.99)])) is Verdict.NOT_REPRODUCED
    assert "function-8" not in measured(metrics(untrained=[]))


def test_degrees_that_grow_no_faster_than_occurrences_make_them_are_a_direction() -> None:
    told = metrics()
    told["trained"][2]["degrees"]["slope expected"] = line(0.9)
    assert verdict("function-3", told) is Verdict.DIRECTION
    told["trained"][2]["degrees"]["most"] = 950
    assert verdict("function-3", told) is Verdict.NOT_REPRODUCED


def test_many_tokens_are_not_few() -> None:
    told = metrics()
    told["text"]["size"] = [400.0, 390.0, 410.0, 10]
    assert verdict("function-1", told) is Verdict.DIRECTION
    told["text"]["size"] = [1400.0, 1390.0, 1410.0, 10]
    assert verdict("function-1", told) is Verdict.NOT_REPRODUCED


def test_function_tokens_must_be_spread_for_their_frequency() -> None:
    told = metrics()
    told["text"]["spread"]["function"] = 0.6
    assert verdict("function-2", told) is Verdict.DIRECTION
    told["text"]["zipf"]["least squares"]["alpha"] = 2.0
    assert verdict("function-2", told) is Verdict.NOT_REPRODUCED
