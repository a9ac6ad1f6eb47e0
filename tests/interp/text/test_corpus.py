from pathlib import Path
from typing import Any

import pytest
import torch

from interp.errors import FileError, InterpError, ShapeError
from interp.text import Context, Corpus, Document, train_bpe

TEXTS = ["The cat sat.", "A dog", "été ☃ naïve", "the cat and the dog sat on the mat; the cat sat.", "x"]


def made(texts: list[str] = TEXTS, vocabulary: int = 270) -> Corpus:
    documents = [Document(f"d{number}", text) for number, text in enumerate(texts)]
    return Corpus.of(documents, train_bpe(TEXTS, vocabulary), "texts", quiet=True)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def joined(corpus: Corpus) -> list[tuple[int, int, int]]:
    """The oracle: (token, document, place) of the documents joined by EOS, one after the other."""
    row: list[tuple[int, int, int]] = []
    for number in range(len(corpus)):
        if number:
            row.append((corpus.codec.eos, number - 1, -1))
        row += [(int(token), number, place) for place, token in enumerate(corpus.document(number))]
    return row


def test_every_document_comes_back_unchanged() -> None:
    corpus = made()
    assert [corpus.decode(corpus.document(number)) for number in range(len(corpus))] == TEXTS
    assert corpus.names == ("d0", "d1", "d2", "d3", "d4")
    assert (corpus.ids.dtype, corpus.starts.dtype) == (torch.int32, torch.int64)
    assert "5 documents" in repr(corpus)


@pytest.mark.parametrize("bos", [None, 0, 1])
@pytest.mark.parametrize("length", [2, 3, 7, 16])
def test_windows_hold_every_token_once_and_drop_only_the_tail(length: int, bos: int | None) -> None:
    corpus = made()
    row, width = joined(corpus), length if bos is None else length - 1
    sequences = corpus.sequences(length, bos)
    assert sequences.tokens.shape == (len(row) // width, length)
    found: list[tuple[int, int, int]] = []
    for window in zip(sequences.tokens, sequences.documents, sequences.places, strict=True):
        cells = list(zip(*(part.tolist() for part in window), strict=True))
        if bos is not None:
            assert cells[0] == (bos, cells[1][1], -1)
            cells = cells[1:]
        found += cells
    assert found == row[: len(row) - len(row) % width]
    assert torch.equal(sequences.kept, sequences.places >= 0)
    assert sequences.source == "texts"


def test_a_window_as_long_as_everything_drops_nothing() -> None:
    corpus = made()
    total = len(corpus.ids) + len(corpus) - 1
    assert corpus.sequences(total).tokens.shape == (1, total)
    with pytest.raises(ShapeError, match=f"texts: it has {total} tokens"):
        corpus.sequences(total + 1)


@pytest.mark.parametrize(("length", "bos"), [(0, None), (-1, None), (1, 0)])
def test_windows_without_room_are_refused(length: int, bos: int | None) -> None:
    with pytest.raises(ShapeError, match="cannot be made"):
        made().sequences(length, bos)


def test_a_split_keeps_documents_whole_and_depends_on_the_generator_alone() -> None:
    corpus = made([f"text number {number}" for number in range(20)])
    train, validation = corpus.split(0.25, generator())
    assert (len(train), len(validation)) == (15, 5)
    assert sorted(train.names + validation.names) == sorted(corpus.names)
    texts = dict(zip(corpus.names, (corpus.decode(corpus.document(n)) for n in range(20)), strict=True))
    for part in (train, validation):
        assert [part.decode(part.document(n)) for n in range(len(part))] == [texts[name] for name in part.names]
        assert sorted(part.names, key=lambda name: int(name[1:])) == list(part.names)
    assert corpus.split(0.25, generator())[1].fingerprint() == validation.fingerprint()
    assert corpus.split(0.25, generator(1))[1].fingerprint() != validation.fingerprint()


def test_either_side_of_a_split_has_a_document() -> None:
    assert [len(part) for part in made().split(0.001, generator())] == [4, 1]
    assert [len(part) for part in made().split(0.999, generator())] == [1, 4]
    with pytest.raises(ShapeError, match="between 0 and 1"):
        made().split(1.0, generator())
    with pytest.raises(ShapeError, match="one document"):
        made(["alone"]).split(0.5, generator())


def test_the_fingerprint_is_of_the_text_and_its_borders_and_the_tokenizer() -> None:
    corpus = made()
    renamed = Corpus(corpus.ids, corpus.starts, tuple("abcde"), "other", corpus.codec)
    assert renamed.fingerprint() == made().fingerprint() == corpus.fingerprint()
    assert made([*TEXTS[:-1], "y"]).fingerprint() != corpus.fingerprint()
    assert made(vocabulary=260).fingerprint() != corpus.fingerprint()
    moved = corpus.starts.clone()
    moved[1] += 1
    assert Corpus(corpus.ids, moved, corpus.names, "texts", corpus.codec).fingerprint() != corpus.fingerprint()


def test_a_saved_corpus_loads_as_it_was(tmp_path: Path) -> None:
    corpus = made()
    corpus.save(tmp_path / "corpus")
    loaded = Corpus.load(tmp_path / "corpus")
    assert loaded.fingerprint() == corpus.fingerprint()
    assert (loaded.names, loaded.source, loaded.tokenizer) == (corpus.names, corpus.source, corpus.tokenizer)
    assert loaded.context(3, 2, 2) == corpus.context(3, 2, 2)


@pytest.mark.parametrize("name", ["tokens.safetensors", "tokenizer.json", "corpus.json"])
def test_a_damaged_corpus_is_refused(tmp_path: Path, name: str) -> None:
    made().save(tmp_path)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FileError, match="cannot read"):
        Corpus.load(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(FileError, match="cannot read"):
        Corpus.load(tmp_path)


@pytest.mark.parametrize("name", ["tokens.safetensors", "tokenizer.json"])
def test_a_file_of_another_corpus_is_refused(tmp_path: Path, name: str) -> None:
    made().save(tmp_path / "one")
    made([*TEXTS[:-1], "y"], vocabulary=260).save(tmp_path / "two")
    (tmp_path / "two" / name).replace(tmp_path / "one" / name)
    with pytest.raises(FileError, match="not the one that was saved"):
        Corpus.load(tmp_path / "one")


def test_a_token_is_shown_in_its_context() -> None:
    corpus = made(["abcdefgh"], vocabulary=257)
    assert corpus.context(0, 3, 2) == Context("bc", "d", "ef")
    assert corpus.context(0, 0, 2) == Context("", "a", "bc")
    assert corpus.context(0, 7, 100) == Context("abcdefg", "h", "")
    assert corpus.context(0, 3, 0) == Context("", "d", "")
    for document, place in [(0, 8), (0, -1), (1, 0), (-1, 0)]:
        with pytest.raises(ShapeError, match=r"there is no document|has places"):
            corpus.context(document, place)


@pytest.mark.parametrize("around", [0, 1, 3, 50])
def test_a_context_is_the_text_of_its_tokens_whatever_their_bytes(around: int) -> None:
    for vocabulary in (257, 270):
        corpus = made(vocabulary=vocabulary)
        for number in range(len(corpus)):
            ids = corpus.document(number)
            for place in range(len(ids)):
                context = corpus.context(number, place, around)
                assert "".join(context) == corpus.decode(ids[max(0, place - around) : place + around + 1])
                assert context.token


def test_a_token_of_some_bytes_is_shown_as_its_character() -> None:
    corpus = made(["a☃b"], vocabulary=257)
    assert [corpus.context(0, place) for place in (1, 2, 3)] == [Context("a", "☃", "b")] * 3


def test_documents_without_tokens_are_left_out_and_nothing_at_all_is_refused() -> None:
    corpus = made(["", "one", "", "two", ""])
    assert corpus.names == ("d1", "d3")
    for texts in ([], ["", ""]):
        with pytest.raises(InterpError, match=f"no text in texts: {len(texts)} documents"):
            made(texts)


def test_documents_may_come_one_by_one_in_many_batches() -> None:
    tokenizer = train_bpe(TEXTS, 260)
    documents = [Document(str(n), f"text {n}") for n in range(600)]
    streamed = Corpus.of(iter(documents), tokenizer, "stream")
    assert streamed.fingerprint() == Corpus.of(documents, tokenizer, "list", quiet=True).fingerprint()
    assert len(streamed) == 600


def test_progress_is_reported_for_documents_that_can_be_counted(capsys: pytest.CaptureFixture[str]) -> None:
    Corpus.of([Document("a", "b")], train_bpe(TEXTS, 260), "texts")
    assert "document 1/1" in capsys.readouterr().err


def wrong_corpora(corpus: Corpus) -> dict[str, Any]:
    starts = corpus.starts
    return {
        "no documents": (corpus.ids, starts[:1], ()),
        "a name too few": (corpus.ids, starts, corpus.names[1:]),
        "a start after 0": (corpus.ids, starts + 1, corpus.names),
        "an end before the last token": (torch.cat([corpus.ids, corpus.ids]), starts, corpus.names),
        "an empty document": (corpus.ids, torch.cat([starts[:1], starts[:1], starts[2:]]), corpus.names),
    }


def test_borders_that_cannot_be_are_refused() -> None:
    corpus = made()
    for ids, starts, names in wrong_corpora(corpus).values():
        with pytest.raises(ShapeError, match="start"):
            Corpus(ids, starts, names, "texts", corpus.codec)
    with pytest.raises(ShapeError, match="no documents chosen"):
        corpus.part(torch.tensor([], dtype=torch.int64))
