from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from experiments.mental_math.styles import Settings
from experiments.mental_math.styles.report import panels
from experiments.mental_math.styles.settings import TOLD
from experiments.mental_math.styles.telling import Cell, tell
from interp.last_token.setting import AllForOne
from interp.plots import png
from tests.experiments.mental_math.styles.made import cells, metrics


def told(cell: Cell) -> dict[str, Any]:
    return tell(cell, AllForOne(2, 1), Settings(), np.random.default_rng(0))


@pytest.mark.parametrize("right", [{}, dict.fromkeys(TOLD, 0.1)])
def test_every_figure_can_be_drawn_with_and_without_unanswered_styles(right: dict[str, float]) -> None:
    for panel in panels(metrics(cells({"instruction": 0.2}, right), told)):
        assert png(panel.figure).startswith(b"\x89PNG")


def test_bars_stand_for_answered_styles_alone_and_the_others_are_named() -> None:
    figure = panels(metrics(cells({}, dict.fromkeys(TOLD, 0.1)), told))[0].figure
    assert isinstance(figure, Figure)
    for ax in figure.axes:
        assert len(ax.patches) == 2 * 4
        assert [text.get_text() for text in ax.texts] == 2 * ["not answered"]


def test_the_share_kept_is_told_beside_its_baselines() -> None:
    one = told(next(cell for cell in cells({"original": 0.5}) if cell.style == "original"))
    assert one["given"].value == 0.5
    assert one["majority"].value == pytest.approx(1 / 20)
    assert one["no transfer"].value == pytest.approx(1 / 20)
    assert not one["own found"]


def test_a_style_chooses_its_own_setting() -> None:
    one = told(cells({})[0])
    assert (one["own setting"]["wait"], one["own setting"]["transfer"]) == (2, 1)
    assert one["own found"]


def test_a_style_that_could_not_be_asked_says_why() -> None:
    one = told(Cell("A+B", "instruction", None, "numbers are two tokens"))
    assert one == {"answered": False, "base": None, "reason": "numbers are two tokens"}
