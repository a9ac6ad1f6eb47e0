import os
from pathlib import Path

import pytest

from experiments.bigrams import text
from experiments.bigrams.settings import Plan
from experiments.bigrams.subject import Subject
from experiments.bigrams.text import TEXT, tokenised


def test_a_text_is_read_once(subject: Subject, plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = tokenised(plan.corpus, 5, subject.model, tmp_path)
    monkeypatch.setattr(text, "documents", lambda source: pytest.fail(f"{source} is read again"))
    again = tokenised(plan.corpus, 5, subject.model, tmp_path)
    assert again.fingerprint() == first.fingerprint()
    assert again.names == first.names
    assert len(again) == 5


def test_a_file_that_changed_is_read_again(subject: Subject, tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text("the model reads\n\na token")
    os.utime(path, ns=(0, 0))
    first = tokenised(str(path), None, subject.model, tmp_path)
    path.write_text("the model reads\n\na tiger")
    assert tokenised(str(path), None, subject.model, tmp_path).fingerprint() != first.fingerprint()


def test_a_damaged_copy_is_made_again(subject: Subject, plan: Plan, tmp_path: Path) -> None:
    first = tokenised(plan.corpus, 5, subject.model, tmp_path)
    (tokens,) = (tmp_path / TEXT).glob("*/tokens.safetensors")
    tokens.write_bytes(b"damaged")
    assert tokenised(plan.corpus, 5, subject.model, tmp_path).fingerprint() == first.fingerprint()
