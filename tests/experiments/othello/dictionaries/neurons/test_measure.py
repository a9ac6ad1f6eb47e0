from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import numpy as np
import pytest

from experiments.othello.dictionaries.neurons.findings import FINDINGS, measured
from experiments.othello.dictionaries.neurons.hits import hits
from experiments.othello.dictionaries.neurons.measure import tiles
from experiments.othello.dictionaries.neurons.panels import panels
from experiments.othello.dictionaries.neurons.weights import input_weights
from experiments.othello.dictionaries.subjects import Subjects
from interp.findings import Measurement, Verdict, judge
from interp.plots import png


@pytest.fixture(scope="module")
def metrics(numbers: Callable[[str], dict[str, Any]]) -> Mapping[str, Any]:
    return numbers("neurons")


def test_counts_by_square_are_those_of_the_probe_after_the_block(who: Subjects, metrics: Mapping[str, Any]) -> None:
    tile = tiles(who.probes[3], 1)
    expected = hits(input_weights(who.model, 2), tile.rows, 0.2).sum(0)
    found = metrics["blocks"][2]["mine"]["published"]
    assert found["by square"] == expected.tolist()
    assert found["total"] == expected.sum()


def test_squares_that_are_never_empty_have_no_count(metrics: Mapping[str, Any]) -> None:
    board = metrics["blocks"][0]["empty"]["published"]["by square"]
    assert [square for square, count in enumerate(board) if count is None] == [14, 15, 20, 21]


def test_shares_of_a_board_of_six_make_a_whole(metrics: Mapping[str, Any]) -> None:
    for block in metrics["blocks"]:
        for found in block.values():
            parts = [part[0] for part in found["published"]["share"].values()]
            assert np.isclose(sum(parts), 1.0)


def test_rotations_come_as_near_as_the_closed_form_says(who: Subjects, metrics: Mapping[str, Any]) -> None:
    found = metrics["blocks"][1]["theirs"]["published"]["rotated"]
    expected = metrics["exceedance"]["published"] * metrics["neurons"] * who.rules.size**2
    assert abs(found[0] - expected) < 0.2 * expected


def test_the_numbers_draw_every_panel_with_and_without_neurons(metrics: Mapping[str, Any]) -> None:
    bare: Any = deepcopy(metrics)
    for found in bare["blocks"][0].values():
        found["same chance"]["share"] = found["same chance"]["shuffled"] = {"rim": None, "ring": None, "centre": None}
    for numbers in (metrics, bare):
        for panel in panels(numbers):
            assert png(panel.figure).startswith(b"\x89PNG")


def test_every_finding_is_measured(metrics: Mapping[str, Any]) -> None:
    found = measured(metrics)
    assert set(found) == {finding.id for finding in FINDINGS}
    for finding in FINDINGS:
        assert isinstance(judge(finding, Measurement(**found[finding.id], preset="tiny", seeds=1)), Verdict)


def test_where_no_neuron_is_counted_nothing_is_reproduced(metrics: Mapping[str, Any]) -> None:
    bare: Any = deepcopy(metrics)
    for block in bare["blocks"]:
        for found in block.values():
            found["same chance"]["share"] = found["same chance"]["shuffled"] = {"rim": None, "ring": None}
    found = measured(bare)
    for finding in FINDINGS[:2]:
        made = Measurement(**found[finding.id], preset="small", seeds=1)
        assert judge(finding, made) is Verdict.NOT_REPRODUCED
