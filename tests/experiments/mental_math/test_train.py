import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import interp
from experiments.mental_math import train as module
from experiments.mental_math.circuits import chain
from experiments.mental_math.model import Shape
from experiments.mental_math.questions import Group, Span, grouped, kinds, tokenizer
from experiments.mental_math.train import TrainSettings, masks, question, run
from interp.errors import UnknownNameError

QUICK = TrainSettings(
    shape=Shape(depth=1, width=16, heads=2),
    spans=(Span("A+B", 4), Span("A-B", 4)),
    steps=8,
    batch=8,
    warmup=1,
    evaluated=16,
    log_every=2,
    checkpoint_every=4,
    styles=True,
)


def test_training_leaves_a_folder_that_loads_with_tokenizer_and_record(tmp_path: Path) -> None:
    outcome = run(QUICK, tmp_path, command="interp train quick", quiet=True)
    model = interp.load(tmp_path / "model", device="cpu")
    record = json.loads((tmp_path / "model" / "training.json").read_text())
    assert model.depth == 1
    assert len(model.tokenizer("2+2=").input_ids) == 5
    assert record["command"] == "interp train quick"
    assert record["log"][-1]["A+B"] == outcome.log[-1]["A+B"]
    assert str(tmp_path) not in json.dumps(record)


def test_a_stopped_training_goes_on_to_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(QUICK, tmp_path / "whole", quiet=True)
    asked = module.question

    def stopping(groups: list[Group], settings: TrainSettings, step: int) -> object:
        if step == 6:
            raise KeyboardInterrupt
        return asked(groups, settings, step)

    monkeypatch.setattr(module, "question", stopping)
    with pytest.raises(KeyboardInterrupt):
        run(QUICK, tmp_path / "stopped", quiet=True)
    monkeypatch.setattr(module, "question", asked)
    run(QUICK, tmp_path / "stopped", quiet=True)
    one, two = (interp.load(tmp_path / name / "model").hf.state_dict() for name in ("whole", "stopped"))
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_every_kind_is_asked_as_often_with_its_circuit_as_without() -> None:
    settings = replace(QUICK, circuit="chain")
    groups = grouped(kinds(tokenizer(99), settings.spans, 99, styles=True))
    for pair in range(20):
        (first, tokens, _), (second, others, _) = (question(groups, settings, 2 * pair + turn) for turn in (0, 1))
        assert first is second
        assert not torch.equal(tokens, others)
        assert masks(settings, first, 2 * pair, tokens.shape[1]) is None
        planted = masks(settings, first, 2 * pair + 1, tokens.shape[1])
        assert (planted is not None) == first.plain
        assert planted is None or torch.equal(planted, chain(1, tokens.shape[1]))


def test_a_share_of_the_batches_is_prose_where_prose_is_asked() -> None:
    asked = kinds(tokenizer(99), QUICK.spans, 99, styles=True)
    settings = replace(QUICK, prose=0.125)
    drawn = [question(grouped(asked), settings, 2 * pair)[0].plain for pair in range(800)]
    assert 0.08 < 1 - sum(drawn) / 800 < 0.17
    plain = grouped([kind for kind in asked if kind.original])
    assert all(question(plain, QUICK, 2 * pair)[0].plain for pair in range(50))


def test_at_the_beginning_the_circuit_can_be_alone() -> None:
    settings = replace(QUICK, circuit="all for one", wait=0, transfer=1, alone=0.5)
    group = grouped(kinds(tokenizer(99), settings.spans, 99, styles=False))[0]
    there = [masks(settings, group, step, 5) is not None for step in range(8)]
    assert there == [True, True, True, True, False, True, False, True]


def test_without_a_circuit_no_mask_is_ever_there() -> None:
    groups = grouped(kinds(tokenizer(99), QUICK.spans, 99, styles=False))
    assert all(masks(QUICK, groups[0], step, 5) is None for step in range(4))


def test_an_unknown_circuit_is_refused_when_it_is_named() -> None:
    with pytest.raises(UnknownNameError):
        TrainSettings(circuit="ring")
