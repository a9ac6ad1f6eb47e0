from typing import Any

from experiments.function_tokens.steering.panels import panels
from experiments.samples import pages
from interp.report import Leaf
from tests.experiments.function_tokens.steering.test_findings import metrics


def test_every_figure_is_drawn_and_named_latents_only_where_they_were_tried() -> None:
    found = panels(metrics())
    assert [panel.name for panel in found] == ["depths", "strength", "topics", "places", "named"]
    assert all(len(panel.caption) > 40 for panel in found)
    assert [panel.name for panel in panels(metrics() | {"named": None})] == ["depths", "strength", "topics", "places"]
    strength: Any = found[1].figure
    assert [line.get_label() for line in strength.axes[0].lines][-2:] == [
        "latent of the topic", "whole activation of the topic's prompt",
    ]  # fmt: skip
    topics: Any = found[2].figure
    labels = [text.get_text() for text in topics.axes[0].get_legend().get_texts()]
    assert "torch (latent 5, k = 3 of 8)" in labels
    assert "nltk (latent 5, not by all 8)" in labels


def test_a_single_depth_is_drawn_too() -> None:
    told = metrics()
    for one in told["topics"]:
        one["depths"] = one["depths"][:1]
    assert panels(told)[0].name == "depths"


def test_what_was_written_is_a_page() -> None:
    (page,) = pages(metrics())
    assert isinstance(page, Leaf)
    assert page.title == "a <b>"
    assert "d &amp; e" in page.body
