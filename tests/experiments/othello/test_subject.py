from pathlib import Path

import pytest

from experiments.othello.model import Shape, build
from experiments.othello.subject import PUBLISHED, subject, subject_or_stand_in
from interp.errors import ModelError, UnknownNameError


def test_a_model_of_the_smallest_board_brings_its_rules(tmp_path: Path) -> None:
    build(Shape(size=4, depth=1, width=8, heads=2), 0).save_pretrained(tmp_path)  # type: ignore[operator]
    model, rules = subject(str(tmp_path), "cpu", "float32")
    assert (model.depth, rules.size) == (1, 4)
    same, _, known = subject_or_stand_in(str(tmp_path), "cpu", "float32")
    assert known
    assert same.depth == 1


def test_what_is_not_there_is_stood_in_for_by_the_published_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("experiments.othello.subject.PUBLISHED", Shape(size=6, depth=2, width=16, heads=2))
    model, rules, known = subject_or_stand_in("./nowhere", "cpu", "float32")
    assert not known
    assert (model.depth, model.width, rules.size) == (2, 16, 6)
    assert (PUBLISHED.depth, PUBLISHED.width, PUBLISHED.heads, PUBLISHED.size) == (8, 512, 8, 8)


def test_other_vocabularies_are_refused(tmp_path: Path) -> None:
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(vocab_size=50, n_positions=64, n_layer=1, n_head=1, n_embd=8)
    GPT2LMHeadModel(config).save_pretrained(tmp_path)
    with pytest.raises((ModelError, UnknownNameError), match="is no Othello model"):
        subject(str(tmp_path), "cpu", "float32")
