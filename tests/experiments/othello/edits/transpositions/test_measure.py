"""The whole measurement on the smallest model, its figures and its verdicts."""

import json
import math
from typing import Any

import pytest

from experiments.othello.edits.settings import Settings
from experiments.othello.edits.transpositions.findings import FINDINGS, measured
from experiments.othello.edits.transpositions.measure import GROUPS, OTHER_LAST, measure
from experiments.othello.edits.transpositions.pairs import APART, KINDS, SAME, STRANGERS
from experiments.othello.edits.transpositions.panels import panels
from experiments.othello.subject import subject
from interp.findings import Measurement, Verdict, judge
from interp.models.randomise import random_weights
from interp.stats import Interval

SETTINGS = Settings(model="othello-tiny", pool=400, first_ply=4, last_ply=8, batch=100)


@pytest.fixture(scope="module")
def metrics() -> dict[str, Any]:
    """As they come back from a record."""
    model, rules = subject(SETTINGS.model, "cpu", "float32")
    found = measure(model, random_weights(model, 0), rules, SETTINGS, 0)
    text = json.dumps(found, allow_nan=False)
    assert len(text) < 50_000
    again: dict[str, Any] = json.loads(text)
    return again


def test_a_player_who_looks_at_the_board_answers_both_paths_alike(metrics: dict[str, Any]) -> None:
    rules = metrics["answers"]["rules"]
    assert rules[SAME]["tv"][:3] == [0, 0, 0]
    assert rules[SAME]["disagree"][:3] == [0, 0, 0]
    assert all(rules[kind]["illegal"][:3] == [0, 0, 0] for kind in KINDS)
    assert 0 < rules[APART]["tv"][0] < rules[STRANGERS]["tv"][0] < 1


def test_the_same_board_is_answered_more_alike_than_any_two_boards(metrics: dict[str, Any]) -> None:
    trained = metrics["answers"]["trained"]
    assert 0 < trained[SAME]["tv"][0] < trained[APART]["tv"][0] < trained[STRANGERS]["tv"][0]
    assert trained[SAME]["illegal"][0] < metrics["answers"]["random"][SAME]["illegal"][0]


def test_every_mean_is_that_of_its_groups(metrics: dict[str, Any]) -> None:
    whole, count = metrics["answers"]["trained"][SAME]["tv"][0], metrics["count"]
    by_length = metrics["by_length"]["trained"][SAME]
    assert sum(metrics["counts"]) == count
    assert [row[3] for row in by_length] == metrics["counts"]
    assert math.isclose(sum(row[0] * row[3] for row in by_length) / count, whole)
    assert set(metrics["paths"]) == set(GROUPS)
    for groups in metrics["paths"].values():
        assert sum(group["count"] for group in groups.values()) == count
        assert math.isclose(sum(group["tv"][0] * group["count"] for group in groups.values()) / count, whole)


def test_streams_at_depth_zero_are_those_of_the_last_move(metrics: dict[str, Any]) -> None:
    model = subject(SETTINGS.model, "cpu", "float32")[0]
    for streams in metrics["streams"].values():
        assert all(len(rows) == model.depth + 1 for rows in streams["distance"].values())
        # Two other embeddings are about as far apart whatever the board.
        assert streams["distance"][SAME][0][0] < streams["distance"][OTHER_LAST][0][0]
        assert all(abs(row[0]) <= 1 for rows in streams["cosine"].values() for row in rows)


def test_figures_are_drawn_from_a_record(metrics: dict[str, Any]) -> None:
    found = panels(metrics)
    assert len({panel.name for panel in found}) == 3
    assert all(panel.caption.endswith(".") for panel in found)


def test_every_finding_is_measured_and_judged(metrics: dict[str, Any]) -> None:
    found = measured(metrics)
    assert set(found) == {finding.id for finding in FINDINGS}
    for finding in FINDINGS:
        entry = found[finding.id]
        made = Measurement(Interval(*entry["value"]), Interval(*entry["control"]), entry["extra"], "tiny", 1)
        assert isinstance(judge(finding, made), Verdict)


@pytest.mark.parametrize(
    ("finding", "value", "verdict"),
    [
        ("othello-30", (0.23, 0.22, 0.24), Verdict.REPRODUCED),
        ("othello-30", (0.27, 0.25, 0.29), Verdict.DIRECTION),
        ("othello-30", (0.08, 0.06, 0.10), Verdict.DIRECTION),
        ("othello-30", (0.05, 0.04, 0.06), Verdict.NOT_REPRODUCED),
        ("othello-30-top1", (0.26, 0.24, 0.28), Verdict.REPRODUCED),
        ("othello-30-top1", (0.40, 0.38, 0.42), Verdict.DIRECTION),
        ("othello-30-top1", (0.04, 0.02, 0.06), Verdict.NOT_REPRODUCED),
    ],
)
def test_criteria_by_hand(finding: str, value: tuple[float, float, float], verdict: Verdict) -> None:
    one = next(each for each in FINDINGS if each.id == finding)
    assert judge(one, Measurement(Interval(*value, 100), Interval(0, 0, 0, 100), {}, "small", 1)) is verdict


def test_what_a_player_of_the_rules_does_must_be_beaten() -> None:
    for finding in FINDINGS:
        made = Measurement(Interval(0.24, 0.23, 0.25, 9), Interval(0.3, 0.2, 0.4, 9), {}, "small", 1)
        assert judge(finding, made) is Verdict.NOT_REPRODUCED
