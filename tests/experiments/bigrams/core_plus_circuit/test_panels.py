import json
from typing import Any

from experiments.bigrams.core_plus_circuit.panels import NAMES, panels
from interp.report import Panel
from tests.experiments.bigrams.core_plus_circuit.made import made


def test_every_figure_is_drawn_from_json() -> None:
    found = panels(json.loads(json.dumps(made())))
    assert [panel.name for panel in found] == ["added", "circuit_location"]
    assert [len(_axes(panel)) for panel in found] == [3, 1]
    assert all(len(panel.caption) > 40 for panel in found)


def test_what_is_compared_has_one_legend_that_names_all_of_it() -> None:
    axes = _axes(panels(made())[0])
    assert [ax.get_legend() is None for ax in axes] == [True, True, False]
    names = {text.get_text() for text in axes[2].get_legend().get_texts()}
    assert names == {*NAMES.values(), "core alone", "full model"}


def _axes(panel: Panel) -> list[Any]:
    return list(panel.figure.figure.axes)
