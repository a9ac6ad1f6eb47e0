from pathlib import Path

import pytest
import torch

from interp.errors import ShapeError
from interp.latents.active import Active, active
from interp.latents.context import Reader, pieces
from interp.sequences import Sequences
from interp.text.codec import Codec
from tests.interp.dictionaries.small import identity
from tests.interp.latents.made import SITE, TEXTS, corpus, world


@pytest.mark.parametrize("text", [*TEXTS, "", "é", "日本日本"])
def test_pieces_together_are_the_text(text: str) -> None:
    codec = corpus().codec
    ids = codec.encode([text])[0].tolist()
    assert "".join(pieces(codec, ids)) == codec.decode(ids) == text
    assert len(pieces(codec, ids)) == len(ids)


def test_a_character_of_several_tokens_belongs_to_the_last() -> None:
    codec = corpus(["plain text only"]).codec
    ids = codec.encode(["a€b"])[0].tolist()
    assert pieces(codec, ids) == ["a", "", "", "€", "b"]
    assert "".join(pieces(codec, ids[:3])) == codec.decode(ids[:3]) == "a\ufffd"


def spaced() -> Codec:
    """A tokenizer that drops the space at the start of what it decodes, as Llama's does."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    backend = Tokenizer(models.WordLevel({"[unk]": 0, "▁the": 1, "▁cat": 2}, unk_token="[unk]"))
    backend.pre_tokenizer = pre_tokenizers.Metaspace()
    backend.decoder = decoders.Metaspace()
    return Codec(backend.to_str(), 0)


def test_a_space_dropped_at_the_start_is_there_in_the_midst_of_a_text() -> None:
    assert pieces(spaced(), [1, 2, 1]) == ["the", " cat", " the"]
    reader = Reader(Sequences.of(torch.tensor([[1, 2, 1, 2]])), lambda ids: pieces(spaced(), ids))
    assert reader.vocable(2) == " cat"
    (one,) = active_at(torch.tensor([[0.0], [0.0], [1.0], [2.0]]))
    assert [token.text for token in reader.context(one, 3, 0, 3, 1, 9).tokens] == [" the", " cat"]


def active_at(values: torch.Tensor) -> list[Active]:
    return active(identity(1), values, [0], quiet=True)


@pytest.mark.parametrize("latent", [0, 7])
def test_tokens_and_activations_are_those_of_the_sequence(tmp_path: Path, latent: int) -> None:
    made = world(tmp_path)
    (one,) = active(made.dictionary, made.store[SITE], [latent], quiet=True)
    reader, index = Reader.of(made.data, made.corpus), made.store.index
    rows = {(int(s), int(p)): row for row, (s, p) in enumerate(zip(index.sequence, index.position, strict=True))}
    latents = made.dictionary.encode(made.rows)[:, latent].tolist()
    for row in one.rows.tolist():
        sequence, position = int(index.sequence[row]), int(index.position[row])
        found = reader.context(one, row, sequence, position, 5, 3)
        first, stop = max(0, position - 5), min(14, position + 4)
        assert [token.activation for token in found.tokens] == [
            pytest.approx(latents[rows[sequence, place]], abs=1e-6) if (sequence, place) in rows else None
            for place in range(first, stop)
        ]
        ids = made.data.tokens[sequence].tolist()
        before = len(made.corpus.decode(ids[:first]).rstrip("\ufffd"))
        assert made.corpus.decode(ids)[before:].startswith("".join(one.text for one in found.tokens[:-1]))
        assert found.tokens[found.peak].activation == found.activation > 0
        assert found.document == made.corpus.names[int(index.document[row])]
        assert (found.row, found.place) == (row, int(index.place[row]))


def test_without_a_tokenizer_ids_are_numbers_and_documents_too() -> None:
    data = Sequences.of(torch.tensor([[7, 8], [9, 6]]))
    (one,) = active_at(torch.tensor([[1.0], [0.0], [0.0], [2.0]]))
    found = Reader.of(data, None).context(one, 3, 1, 1, 4, 4)
    assert ["".join(token.text) for token in found.tokens] == ["9 ", "6 "]
    assert found.document == "document 1"


def test_a_function_names_what_is_not_text() -> None:
    data = Sequences.of(torch.tensor([[19, 18, 20]]))
    (one,) = active_at(torch.tensor([[1.0], [0.0], [2.0]]))
    found = Reader.of(data, lambda ids: ["abcdefgh"[i % 8] + str(i // 8 + 1) for i in ids]).context(one, 0, 0, 0, 2, 1)
    assert found.tokens == (("d3", 1.0), ("c3", 0.0))
    assert found.peak == 0


def test_a_function_that_loses_tokens_is_refused() -> None:
    reader = Reader.of(Sequences.of(torch.tensor([[1, 2]])), lambda _: ["x"])
    with pytest.raises(ShapeError, match="made 1 strings of 2"):
        reader.vocable(1)


def test_a_corpus_that_the_sequences_are_not_of_is_refused(tmp_path: Path) -> None:
    data = corpus().sequences(14, bos=0)
    for other in (corpus(TEXTS[::-1]), corpus(TEXTS[:2]), corpus([one.upper() for one in TEXTS])):
        with pytest.raises(ShapeError, match="were not made from"):
            Reader.of(data, other)
