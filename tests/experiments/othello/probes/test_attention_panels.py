import json
from typing import Any

import numpy as np
import pytest

import interp
from experiments.othello.model import Shape, build
from experiments.othello.probes.attention_panels import empties_panel, heads_panel, played_panel
from experiments.othello.probes.empties import measure_empties
from experiments.othello.probes.heads import measure_heads
from experiments.othello.probes.played import measure_played
from experiments.othello.rules import Rules
from experiments.othello.sample import held_out
from interp import Model, plots
from interp.report import Panel
from tests.experiments.othello.probes.test_played import some_probe

RULES = Rules(4)


def made(seed: int) -> Model:
    return interp.load(build(Shape(size=4, depth=2, width=32, heads=2), seed))


@pytest.fixture(scope="module")
def games() -> Any:
    return held_out(RULES, 20, 0)


def from_json(measured: dict[str, Any]) -> dict[str, Any]:
    """As a record gives it back: lists in place of intervals."""
    back: dict[str, Any] = json.loads(json.dumps(measured))
    return back


def first_axes(panel: Panel) -> Any:
    figure: Any = panel.figure
    return figure.axes[0]


def test_heads_are_drawn_with_every_share_in_its_cell(games: Any) -> None:
    metrics = from_json(measure_heads(made(0), made(1), games, np.random.default_rng(0)))
    panel = heads_panel(metrics)
    first = first_axes(panel)
    shown = [text.get_text() for text in first.texts]
    assert shown == [f"{head[0]:.2f}" for layer in metrics["trained"]["even"] for head in layer]
    assert f"of {metrics['heads']} heads" in panel.caption
    assert plots.png(panel.figure)


def test_played_squares_are_drawn_and_the_centre_stays_empty() -> None:
    panel = played_panel(from_json(measure_played(made(0), RULES, some_probe(), np.random.default_rng(0))))
    assert len(first_axes(panel).texts) == 12
    assert plots.png(panel.figure)


def test_empties_are_drawn_by_what_was_just_added(games: Any) -> None:
    panel = empties_panel(from_json(measure_empties(made(0), made(1), games, games, np.random.default_rng(0))))
    ticks = [label.get_text() for label in first_axes(panel).get_xticklabels()]
    assert ticks == ["embedding", "attention 1", "block 1", "attention 2", "block 2"]
    assert plots.png(panel.figure)
