import math
from pathlib import Path

import numpy as np
import pytest
import torch

import interp
from experiments.othello.legality import EXPERIMENT, Baselines, Scores, Settings, panels, run, score
from experiments.othello.model import Shape, build
from experiments.othello.rules import Rules
from experiments.othello.sample import held_out
from interp import records


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    build(Shape(size=4, depth=2, width=16, heads=2), 0).save_pretrained(folder)  # type: ignore[operator]
    return folder


def test_scores_are_those_of_a_slow_loop_at_every_depth(folder: Path) -> None:
    model, sample = interp.load(folder, device="cpu"), held_out(Rules(4), 7, seed=0)
    found = score(model, sample, batch=3)
    assert found.hits.shape == (3, 7, 11)
    for game in range(7):
        acts = interp.capture(model, sample.seen[game : game + 1], [interp.resid(depth) for depth in range(3)])
        for depth in range(3):
            logits = model.unembed(acts[interp.resid(depth)])[0]
            for ply in range(11):
                assert found.hits[depth, game, ply] == sample.legal[game, ply, logits[ply].argmax()]
                if found.counted[game, ply]:
                    expected = -logits[ply].log_softmax(-1)[sample.tokens[game, ply + 1]].item()
                    assert found.losses[depth, game, ply] == pytest.approx(expected, rel=1e-4)
                else:
                    assert found.losses[depth, game, ply] == 0


def test_only_moves_that_were_made_are_counted() -> None:
    sample = held_out(Rules(4), 300, seed=0)
    counted = sample.legal[:, :-1].any(-1)
    assert torch.equal(counted, sample.tokens[:, 1:] > 0)
    assert not counted.all(), "the test needs games that end early"


def test_rates_leave_out_what_comes_after_the_end() -> None:
    counted = np.array([[True, True], [True, False]])
    hits = np.array([[1.0, 0.0], [1.0, 1.0]])
    scores = Scores(hits[None], hits[None], counted)
    assert scores.rate(hits, np.random.default_rng(0)).value == pytest.approx(2 / 3)
    assert [interval and interval.value for interval in scores.by_ply(hits, np.random.default_rng(0))] == [1.0, 0.0]


def test_the_guessers_know_only_how_many_squares_are_left() -> None:
    sample, rules = held_out(Rules(4), 5, seed=0), Rules(4)
    base = Baselines(sample, rules)
    for game in range(5):
        for ply in range(11):
            options, empty = (
                int(sample.legal[game, ply].sum()),
                int((sample.trace.black | sample.trace.white)[game, ply]),
            )
            left = 16 - empty.bit_count()
            if options:
                assert base.empty[game, ply] == pytest.approx(options / left)
                assert base.token[game, ply] == pytest.approx(options / 12)
                assert base.floor[game, ply] == pytest.approx(math.log(options))


def test_a_run_measures_every_finding_and_draws_every_figure(folder: Path, tmp_path: Path) -> None:
    settings = Settings(model=str(folder), games=10, batch=4)
    with records.run(tmp_path, EXPERIMENT.path, settings, 0, preset="tiny", command="interp run ...") as this:
        record = this.keep(run(settings, this))
    assert record.metrics["findings"].keys() == {finding.id for finding in EXPERIMENT.findings}
    assert record.metrics["by_depth"]["legal"]["trained"][-1] == record.metrics["findings"]["othello-1"]["value"]
    assert len(record.run["facts"]["model_hash"]) == 64
    assert [panel.name for panel in panels(record.metrics)] == [
        "legal_by_ply",
        "loss_by_ply",
        "legal_by_depth",
        "loss_by_depth",
    ]
