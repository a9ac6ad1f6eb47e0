from typing import Any

from experiments.bigrams.necessity.panels import FILLS, NAMES, panels
from interp.report import Panel
from tests.experiments.bigrams.necessity.test_findings import metrics


def axes(panel: Panel) -> list[Any]:
    figure: Any = panel.figure
    return list(figure.axes)


def test_losses_of_every_kind_with_every_fill_and_repetition() -> None:
    losses, repetition = panels(metrics())
    assert (losses.name, repetition.name) == ("ablation", "repetition")
    assert len(axes(losses)) == 2 * len(FILLS)
    first = axes(losses)[0]
    assert [text.get_text() for text in first.get_yticklabels()] == list(NAMES.values())
    assert first.texts[0].get_text() == "4.1"
    (ax,) = axes(repetition)
    assert [text.get_text() for text in ax.get_yticklabels()][-1] == "bigram subnetwork alone"
