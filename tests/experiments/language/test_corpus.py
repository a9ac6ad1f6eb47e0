import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from experiments.language import corpus
from experiments.language.corpus import held_out, prepare, text_hash, warn_if_changed
from interp.errors import FileError, InterpError
from interp.text import Document, train_bpe
from tests.experiments.language.made import QUICK, made


@pytest.fixture(autouse=True)
def _made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "documents", made)


def test_documents_are_whole_on_one_side_of_the_split(tmp_path: Path) -> None:
    data = prepare(QUICK, tmp_path, quiet=True)
    texts = dict(made("made"))
    assert (len(data.train), len(data.validation)) == (8, 2)
    assert set(data.train.names) | set(data.validation.names) == texts.keys()
    for side in (data.train, data.validation):
        for number, name in enumerate(side.names):
            assert side.decode(side.document(number)) == texts[name]
    assert data.hash == text_hash(made("made"))


def test_the_tokenizer_has_seen_the_training_side_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def watching(texts: Iterable[str], vocabulary: int) -> Any:
        seen.extend(texts)
        return train_bpe(seen, vocabulary)

    monkeypatch.setattr(corpus, "train_bpe", watching)
    data = prepare(QUICK, tmp_path, quiet=True)
    texts = dict(made("made"))
    assert seen == [texts[name] for name in data.train.names]


def test_what_was_prepared_is_read_and_not_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = prepare(QUICK, tmp_path, quiet=True)
    monkeypatch.setattr(corpus, "documents", None)
    again = prepare(QUICK, tmp_path, quiet=True)
    assert again.hash == first.hash
    assert again.train.fingerprint() == first.train.fingerprint()
    assert again.validation.fingerprint() == first.validation.fingerprint()


def test_a_preparation_that_died_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(corpus, "text_hash", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            prepare(QUICK, tmp_path, quiet=True)
    assert prepare(QUICK, tmp_path, quiet=True).hash == text_hash(made("made"))


def test_the_text_of_other_settings_is_refused(tmp_path: Path) -> None:
    prepare(QUICK, tmp_path, quiet=True)
    with pytest.raises(FileError, match="text of other settings"):
        prepare(replace(QUICK, validation=0.5), tmp_path, quiet=True)


def test_a_part_of_the_documents_can_be_taken(tmp_path: Path) -> None:
    data = prepare(replace(QUICK, documents=3), tmp_path, quiet=True)
    assert len(data.train) + len(data.validation) == 3


def test_the_same_names_are_held_out_whatever_stands_beside_them() -> None:
    names = [f"library.module{number}" for number in range(200)]
    few = {names[number] for number in held_out(names, 0.1)}
    assert len(few) == 20
    turned = names[::-1]
    assert {turned[number] for number in held_out(turned, 0.1)} == few
    fewer = names[:190]
    assert len({fewer[number] for number in held_out(fewer, 0.1)} & few) >= 17


def test_both_sides_have_a_document_at_least() -> None:
    assert len(held_out(["a", "b"], 0.01)) == 1
    assert len(held_out(["a", "a"], 0.99)) == 1
    for names, share in ((["a"], 0.5), (["a", "b"], 0.0), (["a", "b"], 1.0)):
        with pytest.raises(InterpError, match="hold some out"):
            held_out(names, share)


def test_the_hash_knows_names_texts_and_their_borders() -> None:
    one = text_hash([Document("a", "bc")])
    assert one == text_hash([Document("a", "bc")])
    others = [[Document("ab", "c")], [Document("a", "bd")], [Document("a", "b"), Document("c", "")], []]
    assert len({one, *(text_hash(other) for other in others)}) == 5


def test_a_text_that_changed_is_said_with_both_hashes(tmp_path: Path) -> None:
    (tmp_path / "training.json").write_text(json.dumps({"corpus": {"hash": "old"}}))
    warn_if_changed("old", tmp_path)
    with pytest.warns(UserWarning, match=r"SHA-256 new.*\(old\)"):
        warn_if_changed("new", tmp_path)
