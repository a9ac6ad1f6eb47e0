from pathlib import Path

import numpy as np
import pytest
import torch

import interp
from experiments.othello.boards import readings
from experiments.othello.model import Shape, build
from experiments.othello.probes.metrics import Rates, Results, metrics
from experiments.othello.probes.panels import panels
from experiments.othello.probes import EXPERIMENT, Settings, fit, floor, judge, run
from experiments.othello.rules import Rules
from experiments.othello.sample import held_out
from interp import records
from probes import LinearProbe

RULES = Rules(4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    build(Shape(size=4, depth=2, width=16, heads=2), 0).save_pretrained(folder)  # type: ignore[operator]
    return folder


def test_streamed_probes_are_those_fitted_to_all_rows_at_once(folder: Path) -> None:
    model, train, test = interp.load(folder, device="cpu"), held_out(RULES, 40, 0, "a"), held_out(RULES, 9, 0, "b")
    settings = Settings(batch=7)
    right = judge(model, fit(model, train, settings), test, settings)
    assert right.shape == (3, *readings(test.trace).shape)
    site = interp.resid(1)
    x, y = interp.capture(model, train.seen, site)[site].flatten(0, 1), readings(train.trace).flatten(0, 1)
    whole = LinearProbe(settings.ridge).fit(x, y.flatten(1), classes=3)
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


def results(right: float, random: float) -> Results:
    """Predictions that are right with these chances, the deeper the likelier for the trained model."""
    labels = readings(held_out(RULES, 50, 0).trace).numpy()
    rng = np.random.default_rng(0)
    played = labels >= 0

    def answers(chance: float) -> np.ndarray:
        return (rng.random(labels.shape) < chance) & played

    trained = np.stack([answers(right - 0.1 * (3 - depth)) for depth in range(4)])
    return Results(trained, np.stack([answers(random)] * 4), answers(random), labels)


def test_metrics_are_shares_of_the_positions_that_were_played() -> None:
    made = results(right=0.9, random=0.5)
    found = metrics(made, np.random.default_rng(0))
    played = (made.labels[:, :, 0] >= 0).sum()
    expected = made.trained[3, :, :, 0].sum() / played
    assert found["accuracy"]["trained"]["mine/theirs"][3].value == pytest.approx(expected)
    assert found["best_depth"] == 3
    assert found["accuracy"]["random"]["black/white"][0].value == pytest.approx(made.random[0, :, :, 1].sum() / played)
    empty = (made.labels[:, :, 0] == 0).sum() / played
    assert found["always_empty"].value == pytest.approx(empty)
    whole = made.trained[3, :, :, 0].all(-1).sum() / (made.labels[:, :, 0, 0] >= 0).sum()
    assert found["whole_board"][3].value == pytest.approx(whole)
    assert np.mean(found["by_square"][3]) == pytest.approx(expected)


def test_rising_is_said_only_of_a_rise_at_every_depth_but_the_last() -> None:
    made = results(right=0.9, random=0.5)
    assert metrics(made, np.random.default_rng(0))["findings"]["othello-4"]["extra"]["rising"] == 1.0
    swapped = Results(made.trained[[1, 0, 2, 3]], made.random, made.floor, made.labels)
    assert metrics(swapped, np.random.default_rng(0))["findings"]["othello-4"]["extra"]["rising"] == 0.0
    dip = Results(made.trained[[0, 1, 3, 2]], made.random, made.floor, made.labels)
    assert metrics(dip, np.random.default_rng(0))["findings"]["othello-4"]["extra"]["rising"] == 1.0


def test_a_difference_of_two_readings_is_resampled_in_pairs() -> None:
    played = np.ones((20, 3), dtype=bool)
    one = np.random.default_rng(0).random((20, 3, 4)) < 0.8
    same = Rates(played, 4, np.random.default_rng(1))(one.astype(int) - one)
    assert (same.value, same.low, same.high) == (0, 0, 0)


def test_a_run_measures_every_finding_and_draws_every_figure(folder: Path, tmp_path: Path) -> None:
    settings = Settings(model=str(folder), train_games=20, test_games=6, batch=4)
    with records.run(tmp_path, EXPERIMENT.path, settings, 0, preset="tiny", command="interp run ...") as this:
        record = this.keep(run(settings, this))
    assert record.metrics["findings"].keys() == {finding.id for finding in EXPERIMENT.findings}
    names = ["by_depth", "before_after", "by_ply", "by_square"]
    assert [panel.name for panel in panels(record.metrics)] == names
