from collections.abc import Callable
from typing import Any

import pytest

from experiments.othello.dictionaries import kinds
from experiments.othello.dictionaries.colour.areas import areas
from experiments.othello.dictionaries.colour.hits import THRESHOLDS, found, hits
from experiments.othello.dictionaries.colour.tiles import tiles
from experiments.othello.dictionaries.subjects import Subjects
from experiments.othello.dictionaries.variability.agreement import correlation
from experiments.othello.dictionaries.variability.findings import FINDINGS, measured
from experiments.othello.dictionaries.variability.measure import COMPARED
from experiments.othello.dictionaries.variability.panels import panels
from interp import plots
from interp.findings import Measurement, Verdict, judge


@pytest.fixture(scope="module")
def metrics(numbers: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    return numbers("variability")


def test_every_set_and_threshold_has_its_profile(who: Subjects, metrics: dict[str, Any]) -> None:
    real = tiles(who)
    for name in COMPARED:
        for threshold in THRESHOLDS:
            expected = [
                int(found(areas(who, name, depth, real), real, 36, float(threshold)).sum()) for depth in who.depths
            ]
            assert metrics["found"][name][threshold] == expected


def test_maps_are_compared_square_by_square(who: Subjects, metrics: dict[str, Any]) -> None:
    real = tiles(who)
    for depth in who.depths:
        first, second = (hits(areas(who, name, depth, real), real, 36, 0.9) for name in (kinds.FIRST, kinds.SECOND))
        assert metrics["maps"]["seeds"][depth] == correlation(first, second)
        random = hits(areas(who, kinds.RANDOM, depth, real), real, 36, 0.0)
        assert random.sum() == 50
        assert metrics["maps"]["random weights"][depth] == correlation(first, random)


def test_one_entry_for_the_decoders_of_each_depth(who: Subjects, metrics: dict[str, Any]) -> None:
    assert len(metrics["partners"]) == len(who.depths)
    assert all(one["mean"]["value"][3] == who.settings.plan.width for one in metrics["partners"])


def test_the_figure_is_drawn(metrics: dict[str, Any]) -> None:
    [panel] = panels(metrics)
    figure: Any = panel.figure
    assert len(figure.axes) == 3
    assert plots.png(panel.figure)


def test_the_finding_is_measured(metrics: dict[str, Any]) -> None:
    one = measured(metrics)["othello-22"]
    assert judge(FINDINGS[0], Measurement(one["value"], one["control"], one["extra"], "tiny", 1)) in Verdict
