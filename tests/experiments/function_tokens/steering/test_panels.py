from typing import Any

import pytest

from experiments.function_tokens.steering.panels import panels
from experiments.samples import pages
from interp.report import Leaf
from tests.experiments.function_tokens.steering.test_findings import metrics, without_a_latent


def test_every_figure_is_drawn_and_named_latents_only_where_they_were_tried() -> None:
    found = panels(metrics())
    assert [panel.name for panel in found] == ["depths", "strength", "topics", "places", "named"]
    assert all(len(panel.caption) > 40 for panel in found)
    assert [panel.name for panel in panels(metrics() | {"named": None})] == ["depths", "strength", "topics", "places"]


def test_topics_with_and_without_a_latent_stand_apart_and_costs_begin_at_0() -> None:
    figure: Any = panels(metrics())[1].figure
    found, others, cost, _ = figure.axes
    assert found.get_title(loc="left").endswith("(torch)")
    assert others.get_title(loc="left").endswith("(nltk)")
    ends = {line.get_label(): line.get_ydata()[-1] for line in others.lines}
    assert (ends["latent of the topic"], ends["random latents"], ends["unsteered"]) == (0.9, 0.4, 0.3)
    assert cost.get_ylim() == pytest.approx((0, 1.25 * 0.18))
    assert len(cost.collections) == 4  # a band for every line
    alone: Any = panels(without_a_latent())[1].figure
    assert len(alone.axes) == 2


def test_every_topic_is_drawn_against_its_own_controls() -> None:
    figure: Any = panels(metrics())[2].figure
    torch, nltk = figure.axes
    assert torch.get_title(loc="left") == "torch\nlatent 5, k = 3 of 8, fires at 30 %"
    assert nltk.get_title(loc="left") == "nltk: no latent found\nlatent 5 stands in, fires at 30 %"
    for ax, expected in ((torch, (0.6, 0.15, 0.1)), (nltk, (0.9, 0.4, 0.3))):
        ends = {line.get_label(): line.get_ydata()[-1] for line in ax.lines}
        assert (ends["latent of the topic"], ends["random latents"], ends["unsteered"]) == expected
        assert ends["real texts of other topics (scorer's error)"] == 0.09
    styles = [
        line.get_linestyle() for ax in (torch, nltk) for line in ax.lines if line.get_label().startswith("latent")
    ]
    assert styles == ["-", "--"]


def test_a_single_depth_and_three_topics_are_drawn_too() -> None:
    told = metrics()
    told["topics"].append(told["topics"][0])
    for one in told["topics"]:
        one["depths"] = one["depths"][:1]
    found = panels(told)
    assert found[0].name == "depths"
    figure: Any = found[2].figure
    assert len(figure.axes) == 3


def test_places_say_whose_they_are() -> None:
    assert "topics whose search found a latent" in panels(metrics())[3].caption
    assert "stand-ins" in panels(without_a_latent())[3].caption


def test_what_was_written_is_a_page() -> None:
    (page,) = pages(metrics())
    assert isinstance(page, Leaf)
    assert page.title == "a <b>"
    assert "d &amp; e" in page.body
