import json
from pathlib import Path

import pytest
import torch

import interp
from experiments.othello.games import random_games, stream
from experiments.othello.model import Shape, build
from experiments.othello.rules import Rules
from experiments.othello.sample import held_out
from experiments.othello.tokens import encode
from experiments.othello.train import Batches, TrainSettings, evaluate, run

QUICK = TrainSettings(
    shape=Shape(size=4, depth=1, width=16, heads=2),
    games=256,
    batch=32,
    warmup=1,
    held_out=8,
    log_every=2,
    checkpoint_every=4,
)


def test_each_step_sees_fresh_games_that_follow_from_seed_and_step() -> None:
    settings = TrainSettings(shape=Shape(size=4), batch=1024)
    batches, again = Batches(settings), Batches(settings)
    fifth = batches(5)
    block = torch.from_numpy(encode(Rules(4), random_games(Rules(4), 4096, stream(0, "train", 1)).moves))
    assert torch.equal(fifth, block[1024:2048])
    assert not torch.equal(batches(6), fifth)
    assert torch.equal(again(5), fifth), "asking for another step first must change nothing"


def test_a_batch_that_does_not_divide_the_block_is_refused() -> None:
    with pytest.raises(ValueError, match="must divide 4096"):
        TrainSettings(batch=100)


def test_training_leaves_a_folder_that_loads_with_its_record(tmp_path: Path) -> None:
    outcome = run(QUICK, tmp_path, command="interp train quick", quiet=True)
    model = interp.load(tmp_path / "model", device="cpu")
    record = json.loads((tmp_path / "model" / "training.json").read_text())
    assert model.depth == 1
    assert record["command"] == "interp train quick"
    assert record["games"] == 256
    assert record["steps"] == 8
    assert record["legal"] == outcome.log[-1]["legal"]
    assert str(tmp_path) not in json.dumps(record)


def test_a_stopped_training_goes_on_to_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(QUICK, tmp_path / "whole", quiet=True)
    asked = Batches.__call__

    def stopping(self: Batches, step: int) -> torch.Tensor:
        if step == 6:
            raise KeyboardInterrupt
        return asked(self, step)

    monkeypatch.setattr(Batches, "__call__", stopping)
    with pytest.raises(KeyboardInterrupt):
        run(QUICK, tmp_path / "stopped", quiet=True)
    monkeypatch.setattr(Batches, "__call__", asked)
    run(QUICK, tmp_path / "stopped", quiet=True)
    one, two = (interp.load(tmp_path / name / "model", device="cpu").hf.state_dict() for name in ("whole", "stopped"))
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_evaluation_counts_what_a_slow_loop_counts() -> None:
    model, sample = build(QUICK.shape, 0), held_out(Rules(4), 6, seed=0)
    found = evaluate(model, sample, batch=4)
    hits, losses, floors = [], [], []
    for game in range(6):
        logits = model(sample.tokens[game : game + 1, :-1]).logits[0]
        for ply in range(Rules(4).plies - 1):
            legal = sample.legal[game, ply]
            if legal.any():
                hits.append(bool(legal[logits[ply].argmax()]))
                losses.append(-logits[ply].log_softmax(-1)[sample.tokens[game, ply + 1]].item())
                floors.append(legal.sum().double().log().item())
    assert found["legal"] == pytest.approx(sum(hits) / len(hits))
    assert found["held_out_loss"] == pytest.approx(sum(losses) / len(losses), rel=1e-5)
    assert found["floor"] == pytest.approx(sum(floors) / len(floors))
