import json
from typing import Any

import numpy as np
import torch

from experiments.othello.probes.across import measure_across
from experiments.othello.probes.ages import measure_ages
from experiments.othello.probes.board_panels import across_panel, age_panel, first_panel, flip_panel
from experiments.othello.probes.first import Lens, compare
from experiments.othello.rules import Rules
from experiments.othello.sample import held_out
from interp.plots import png
from interp.report import Panel


def stored(metrics: Any) -> Any:
    """As they come back from a record."""
    return json.loads(json.dumps(metrics))


def drawn(panel: Panel) -> list[Any]:
    """The axes that hold something, after a look whether the figure can be written."""
    assert png(panel.figure)
    assert panel.caption.endswith(".")
    figure: Any = panel.figure
    return [ax for ax in figure.axes if ax.get_title(loc="left")]


def labels(ax: Any) -> set[str]:
    return {line.get_label() for line in ax.lines}


def test_ages_are_drawn_by_group_with_their_controls() -> None:
    trace, rng = held_out(Rules(4), 20, 0).trace, np.random.default_rng(0)
    right = rng.random((20, 11, 16)) < 0.7
    rows = drawn(age_panel(stored(measure_ages(right, {"random": right, "floor": ~right}, trace, rng, fewest=20))))
    assert len(rows) == 3
    for ax in rows:
        assert labels(ax) == {"trained", "random weights", "majority of square and ply", "ply alone"}


def test_flips_are_drawn_beside_random_weights_and_floors() -> None:
    row = {name: [(0.5, 0.4, 0.6, 9)] * 4 for name in ("f1", "precision", "recall")}
    floor = {name: {"f1": (0.1, 0.1, 0.2, 9)} for name in ("always", "ply", "move")}
    panel = flip_panel(stored({"models": {"trained": row, "random": row}, "floor": floor}))
    above, below = drawn(panel)
    assert labels(above) == {"trained", "random weights", "frequency after the move", "frequency at the ply"}
    assert {"precision", "recall"} < labels(below)
    assert "F1 0.10" in panel.caption


def test_what_comes_first_is_drawn_by_ply_and_by_depth() -> None:
    rng = np.random.default_rng(0)
    exact, counted = rng.random((3, 5, 7)) < 0.5, np.ones((5, 7), dtype=bool)
    counted[:, -1] = False
    found = compare(rng.random((3, 5, 7, 4)) < 0.8, Lens(exact, exact, counted), rng)
    above, below = drawn(first_panel(stored({"trained": found, "random": found})))
    assert {"moves first", "board first", "same depth", "neither ever"} < labels(above)
    assert {"whole board read", "top N = N legal moves", "top-1 legal"} < labels(below)


def test_cosines_are_drawn_with_their_numbers() -> None:
    weights = [torch.randn(4, 3, 5, generator=torch.Generator().manual_seed(seed)) for seed in range(3)]
    maps = drawn(across_panel(stored(measure_across(weights, weights, (weights, weights)))))
    assert len(maps) == 6
    for ax in maps:
        assert [text.get_text() for text in ax.texts][::4] == ["1.00"] * 3
