from pathlib import Path

import numpy as np
import pytest
import torch

import interp
from experiments.othello.boards import readings
from experiments.othello.probes.screen import Screen, fit, floor, judge
from experiments.othello.rules import Rules
from experiments.othello.sample import held_out
from probes import LinearProbe

RULES = Rules(4)
pytestmark = pytest.mark.filterwarnings("ignore::probes.ProbeWarning")


def test_streamed_probes_are_those_fitted_to_all_rows_at_once(folder: Path) -> None:
    model, train, test = interp.load(folder, device="cpu"), held_out(RULES, 40, 0, "a"), held_out(RULES, 9, 0, "b")
    how = Screen(batch=7)
    right = judge(model, fit(model, train, how), test, how)
    assert right.shape == (3, *readings(test.trace).shape)
    site = interp.resid(1)
    x, y = interp.capture(model, train.seen, site)[site].flatten(0, 1), readings(train.trace).flatten(0, 1)
    whole = LinearProbe(how.ridge).fit(x, y.flatten(1), classes=3)
    predicted = whole.predict(interp.capture(model, test.seen, site)[site].flatten(0, 1))
    expected = predicted.view(readings(test.trace).shape) == readings(test.trace)
    assert np.mean(right[1] == expected.numpy()) > 0.999  # ties fall either way


def test_the_floor_is_the_majority_of_square_and_ply() -> None:
    train, test = held_out(RULES, 30, 0, "a"), held_out(RULES, 10, 0, "b")
    found, seen, asked = floor(train, test), readings(train.trace), readings(test.trace)
    for ply, reading, square in [(0, 0, 0), (3, 1, 6), (8, 2, 9), (5, 3, 15)]:
        counts = torch.bincount(seen[:, ply, reading, square].clamp(min=0).long(), minlength=3)
        counts[0] -= (seen[:, ply, reading, square] < 0).sum()
        expected = (asked[:, ply, reading, square] == counts.argmax()).numpy()
        assert (found[:, ply, reading, square] == expected).all()
