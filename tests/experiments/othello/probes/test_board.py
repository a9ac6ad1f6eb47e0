from pathlib import Path

import numpy as np
import pytest

import interp
from experiments.othello.boards import COLOUR, readings
from experiments.othello.probes.board import read_board, scores, texts
from experiments.othello.rules import Rules
from experiments.othello.sample import held_out
from probes import LinearProbe, LogisticProbe

RULES = Rules(4)


def test_texts_are_games_with_one_reading_as_labels() -> None:
    sample = held_out(RULES, 12, 0)
    made = texts(sample, COLOUR)
    made.check()
    assert made.tokens.shape == made.labels.shape[:2]
    assert (made.labels == readings(sample.trace)[:, :, COLOUR]).all()
    assert (made.kept.numpy() == sample.trace.played[:, :-1]).all()


@pytest.mark.parametrize("probe", [LinearProbe(), LogisticProbe(1e-3)])
def test_there_is_a_score_with_its_controls_at_every_depth(folder: Path, probe: LinearProbe) -> None:
    model, train, test = interp.load(folder, device="cpu"), held_out(RULES, 60, 0, "a"), held_out(RULES, 9, 0, "b")
    told: list[str] = []
    found = scores(read_board(model, train, test, COLOUR, probe, 0, 10, told.append))
    assert {len(by_depth) for by_depth in found.values()} == {model.depth + 1}
    assert ("calibration_error" in found) == isinstance(probe, LogisticProbe)
    assert all(0 <= interval.low <= interval.high <= 1 for interval in found["per_label"])
    majorities = {interval.value for interval in found["majority"]}
    assert len(majorities) == 1
    assert np.mean([i.value for i in found["per_row"]]) <= np.mean([i.value for i in found["per_label"]])
    assert "black/white" in told[0]
