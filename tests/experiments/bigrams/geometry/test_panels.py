from typing import Any

from experiments.bigrams.geometry.panels import NAMES, panels
from interp.report import Panel
from tests.experiments.bigrams.geometry.test_findings import metrics


def axes(panel: Panel) -> list[Any]:
    figure: Any = panel.figure
    return list(figure.axes)


def test_every_kind_has_a_line_to_either_end_and_a_map() -> None:
    rotation, covariance = panels(metrics())
    assert (rotation.name, covariance.name) == ("rotation", "covariance")
    for ax in axes(rotation):
        assert {line.get_label() for line in ax.lines} == set(NAMES.values())
    assert [ax.get_title(loc="left") for ax in axes(covariance)[:-1]] == list(NAMES.values())
    assert [text.get_text() for text in axes(covariance)[1].texts][1] == "0.15"  # the mean over seeds
