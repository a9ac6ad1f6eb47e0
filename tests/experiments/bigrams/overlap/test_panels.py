from typing import Any

from experiments.bigrams.overlap.panels import NULLS, panels
from interp.report import Panel
from tests.experiments.bigrams.overlap.test_findings import metrics


def axes(panel: Panel) -> list[Any]:
    figure: Any = panel.figure
    return list(figure.axes)


def test_correlations_by_size_and_overlaps_beside_each_chance() -> None:
    pruning, shared = panels(metrics())
    assert (pruning.name, shared.name) == ("optimal_pruning", "overlap")
    (ax,) = axes(pruning)
    lines = {line.get_label(): line.get_ydata().tolist() for line in ax.lines}
    assert lines["r with bigrams"] == [0.885, 0.91, 0.94]
    assert lines["full model, with bigrams"] == [0.87] * 3
    left, right = axes(shared)
    assert [text.get_text() for text in left.get_yticklabels()][1:5] == [f"chance: {name}" for name in NULLS.values()]
    assert [text.get_text() for text in right.texts] == ["5.5", "2.75", "4.4", "3.67"]
