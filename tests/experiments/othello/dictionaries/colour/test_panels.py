import copy
from typing import Any

from experiments.othello.dictionaries import kinds
from experiments.othello.dictionaries.colour.hits import OTHER
from experiments.othello.dictionaries.colour.panels import panels
from interp import plots


def test_maps_counts_and_parts_are_drawn(metrics: dict[str, Any]) -> None:
    found = panels(metrics)
    assert [panel.name for panel in found] == ["colour_maps", "colour_counts", "colour_parts"]
    assert all(plots.png(panel.figure) for panel in found)


def test_every_count_stands_in_its_cell(metrics: dict[str, Any]) -> None:
    planted = copy.deepcopy(metrics)
    for name in (kinds.FIRST, kinds.SECOND):
        planted["sets"][name][1]["hits"]["0.9"][OTHER] = [7, *[0] * 35]
    figure: Any = panels(planted)[0].figure
    ax = figure.axes[1]
    assert ax.get_title(loc="left") == "depth 1: 14 of 100"
    assert [text.get_text() for text in ax.texts] == ["14", *["0"] * 35]
