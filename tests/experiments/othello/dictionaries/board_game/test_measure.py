import json
from collections.abc import Callable
from typing import Any

import pytest
import torch

from experiments.othello.dictionaries import kinds
from experiments.othello.dictionaries.board_game.findings import FINDINGS, measured
from experiments.othello.dictionaries.board_game.labels import BOARD, LEGAL
from experiments.othello.dictionaries.board_game.panels import panels
from experiments.othello.dictionaries.board_game.seen import NEURONS, PROBE, RANDOM_NEURONS
from experiments.othello.dictionaries.subjects import Subjects
from interp.findings import Measurement, judge
from interp.plots import png
from interp.stats import Interval


@pytest.fixture(scope="module")
def metrics(numbers: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    return numbers("board_game")


def test_every_set_is_scored_at_every_depth_it_has(who: Subjects, metrics: dict[str, Any]) -> None:
    assert set(metrics["sets"]) == {*kinds.SETS, PROBE, NEURONS, RANDOM_NEURONS}
    for name, questions in metrics["sets"].items():
        for question in (BOARD, LEGAL):
            for values in questions[question].values():
                assert [value is None for value in values] == [
                    name in (NEURONS, RANDOM_NEURONS) and depth == 0 for depth in who.depths
                ]


def test_the_quality_of_a_dictionary_is_that_of_its_evaluation(who: Subjects, metrics: dict[str, Any]) -> None:
    latents = who.latents(kinds.FIRST, 2, who.report)
    found = metrics["quality"][kinds.FIRST][2]
    assert found["l0"][0] == pytest.approx(float((latents != 0).sum() / len(latents)))
    assert found["dead"] == pytest.approx(float((latents == 0).all(0).double().mean()))
    assert found["explained_variance"][0] <= 1


def test_neurons_are_those_of_the_block_just_passed(who: Subjects) -> None:
    from experiments.othello.dictionaries.board_game.seen import neurons
    from interp.models.sites import mlp_post

    found = dict(neurons(who, who.model, together=3))
    assert list(found) == [1, 2, 3, 4]
    for depth in (1, 4):
        for half, seen in zip((who.select, who.report), found[depth], strict=True):
            assert torch.equal(seen, who.activations(who.model, mlp_post(depth - 1), half))


def test_panels_are_drawn_and_every_finding_is_judged(metrics: dict[str, Any]) -> None:
    drawn = panels(metrics)
    assert [panel.name for panel in drawn] == ["board_game", "legal_moves"]
    assert all(png(panel.figure) for panel in drawn)
    found = measured(metrics)
    assert list(found) == [finding.id for finding in FINDINGS]
    for finding in FINDINGS:
        entry = found[finding.id]
        for preset in ("tiny", "paper"):
            judge(
                finding, Measurement(Interval(*entry["value"]), Interval(*entry["control"]), entry["extra"], preset, 1)
            )
    assert json.dumps(found, allow_nan=False)
