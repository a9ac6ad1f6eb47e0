from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure

from experiments.othello.dictionaries.averages.facts import CLASSES, Facts
from experiments.othello.dictionaries.averages.findings import FINDINGS, measured
from experiments.othello.dictionaries.averages.measure import SAME_PLIES, depths, fall, share
from experiments.othello.dictionaries.averages.panels import panels
from experiments.othello.dictionaries.kinds import FIRST, SETS
from experiments.othello.dictionaries.subjects import Subjects
from interp import plots
from interp.findings import Measurement, judge
from interp.stats import Interval


@pytest.fixture(scope="module")
def metrics(numbers: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    return numbers("averages")


def some_facts(kinds: list[int], judged: int) -> Facts:
    """Latents of these classes by their number of facts: 0 none, 1 a single square, 2 a conjunction."""
    squares = torch.zeros(len(kinds), 2, 3, dtype=torch.bool)
    for latent, count in enumerate(kinds):
        squares[latent, 0, :count] = True
    mask = torch.arange(len(kinds)) < judged
    nowhere = torch.full((len(kinds),), -1)
    return Facts(mask, squares, squares, squares, nowhere, torch.zeros(len(kinds), 3, dtype=torch.bool))


def test_every_set_has_shares_of_every_class_at_every_depth(who: Subjects, metrics: dict[str, Any]) -> None:
    assert set(metrics["sets"]) == {*SETS, SAME_PLIES}
    for found in metrics["sets"].values():
        assert set(found["kinds"]) == set(CLASSES)
        for depth, judged in enumerate(found["judged"]):
            values = [found["kinds"][kind][depth][0] for kind in CLASSES if judged]
            assert not judged or sum(values) == pytest.approx(1)
            assert judged <= found["live"][depth]
    assert len(metrics["sets"][FIRST]["judged"]) == who.model.depth + 1


def test_panels_are_drawn_from_the_record(metrics: dict[str, Any]) -> None:
    found = panels(metrics)
    assert [panel.name for panel in found] == ["latents_by_class", "average_boards"]
    assert all(plots.png(panel.figure) for panel in found)


def test_boards_to_look_at_are_drawn_and_missing_ones_leave_their_place_empty(metrics: dict[str, Any]) -> None:
    board = {"mine": [0.2] * 36, "theirs": [0.8] * 36, "usual mine": [0.5] * 36, "usual theirs": [0.4] * 36}
    boards = [
        {"depth": 1, "class": "current move", "latent": 7, "rows": 20, "moved": 5, "marked": [], **board},
        {"depth": 1, "class": "conjunction", "latent": 8, "rows": 20, "moved": -1, "marked": [0, 35], **board},
    ]
    for shown, count in ((boards, 3), (boards[:1], 2), ([], 0)):
        figure = panels({**metrics, "gallery": shown})[1].figure
        assert isinstance(figure, Figure)
        assert sum(bool(ax.patches) for ax in figure.get_axes()) == count


def test_every_finding_is_measured_and_judged(metrics: dict[str, Any]) -> None:
    found = measured(metrics)
    assert set(found) == {finding.id for finding in FINDINGS}
    for finding in FINDINGS:
        one = found[finding.id]
        judge(finding, Measurement(one["value"], one["control"], one["extra"], "tiny", 1))


def test_a_share_counts_judged_latents_only() -> None:
    facts = some_facts([1, 1, 0, 0, 1, 1], judged=4)
    found = share(facts.kinds == CLASSES.index("single square"), facts, np.random.default_rng(0))
    assert found is not None
    assert found.value == 0.5
    assert found.n == 4
    assert share(torch.tensor([True]), some_facts([1], judged=0), np.random.default_rng(0)) is None


def test_a_fall_is_the_difference_of_shares_and_none_judged_is_none_of_that_class() -> None:
    pair = [some_facts([2, 2, 2, 0], judged=4), some_facts([2, 0], judged=2)]
    found = fall(pair, "conjunction", np.random.default_rng(0))
    assert found.value == 0.25
    assert found.low < 0.25 < found.high
    assert found.n == 2
    nobody = some_facts([0], judged=0)
    assert fall([nobody, nobody], "conjunction", np.random.default_rng(0)) == Interval(0.0, 0.0, 0.0, 0)


@pytest.mark.parametrize(("blocks", "expected"), [(1, (1, 0, 0)), (4, (1, 2, 3)), (6, (1, 3, 5)), (8, (1, 4, 7))])
def test_depths_are_one_half_way_and_the_last_but_one(blocks: int, expected: tuple[int, int, int]) -> None:
    assert depths(blocks) == expected
